package io.tfcluster.feeding;

import static io.tfcluster.feeding.TestNode.IDS;
import static io.tfcluster.feeding.TestNode.async;
import static io.tfcluster.feeding.TestNode.feedIds;
import static org.assertj.core.api.Assertions.assertThat;

import io.tfcluster.transport.ClusterSecret;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A node knows which rows its user has been given; rows are called by their numbers here. */
@Timeout(20)
final class HandedOutTest {
    private static final int ROWS = 3_000;

    @TempDir
    Path folder;

    private final ClusterSecret secret = ClusterSecret.random();

    private TestNode node(String name, FeedConfig config) {
        return new TestNode(name, secret, IDS, folder.resolve(name), feed -> config);
    }

    private static RowRanges rows(FeedPosition position, long epoch) {
        return position.done(epoch).getOrDefault(0, new RowRanges());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 250, 100_000})
    void afterEachBatchThePositionIsWhatTheBatchesHad(int window) throws Exception {
        FeedConfig config = FeedConfig.of(IDS).shuffle(window, 3);
        try (TestNode node = node("a", config)) {
            CompletableFuture<FeedResult> fed = async(() ->
                    feedIds(secret, TestNode.partition(0), 0, ROWS, FeedOptions.DEFAULTS.withBlockBytes(700), node));
            Random random = new Random(1);
            RowRanges handedOut = new RowRanges();
            boolean ended = false;
            while (handedOut.rows() < ROWS) {
                if (fed.isDone() && !ended) {
                    ended = true;
                    node.server.endEpoch("train", 0);
                }
                boolean hurry = random.nextInt(4) == 0;
                node.reader()
                        .poll(1 + random.nextInt(100), () -> hurry || fed.isDone())
                        .ifPresent(batch -> {
                            TestNode.ids(batch).forEach(id -> handedOut.add(id, id + 1));
                            batch.close();
                        });
                assertThat(rows(node.reader().position(), 0)).isEqualTo(handedOut);
            }
            assertThat(fed.get(10, TimeUnit.SECONDS).totalRows()).isEqualTo(ROWS);
            assertThat(node.reader().position().text())
                    .isEqualTo(
                            "{\"feed\":\"train\",\"node\":\"a\",\"ended\":0,\"epochs\":{\"0\":{\"done\":{\"0\":[0,3000]}}}}");
        }
    }

    @Test
    void anEpochIsTakenWhenItHasEndedAndNothingOfItIsLeft() throws Exception {
        try (TestNode node = node("a", FeedConfig.of(IDS).shuffle(30, 1))) {
            List<Long> taken = new CopyOnWriteArrayList<>();
            node.server.onEpochTaken((feed, epoch) -> taken.add(epoch));
            for (long epoch = 0; epoch < 2; epoch++) {
                FeedPartition partition = new FeedPartition("train", epoch, 0, 0);
                CompletableFuture<FeedResult> fed =
                        async(() -> feedIds(secret, partition, 0, 50, FeedOptions.DEFAULTS, node));
                node.reader().next(20).close();
                CompletableFuture<Integer> second = async(() -> {
                    try (RowBatch batch = node.reader().next(20)) {
                        return batch.rows();
                    }
                });
                fed.get(10, TimeUnit.SECONDS);
                node.server.endEpoch("train", epoch);
                assertThat(second.get(10, TimeUnit.SECONDS)).isEqualTo(20);
                assertThat(taken).hasSize((int) epoch);
                node.reader().next(20).close();
                assertThat(taken).hasSize((int) epoch + 1).endsWith(epoch);
            }
            assertThat(node.reader().position().epochs()).containsExactly(0L, 1L);

            node.server.epochOver("train", 0);

            FeedPosition position = node.reader().position();
            assertThat(position.endedEpochs()).isEqualTo(1);
            assertThat(position.epochs()).containsExactly(1L);
            assertThat(position.rows(1)).isEqualTo(50);
            node.server.endEpoch("train", 2); // had no rows for this node
            assertThat(taken).containsExactly(0L, 1L, 2L);
        }
    }

    @Test
    void whatWasDoneBeforeResumingIsPartOfThePosition() throws Exception {
        try (TestNode node = node("a", FeedConfig.of(IDS))) {
            RowRanges before = new RowRanges();
            before.add(0, 10);
            before.add(20, 30);
            FeedPosition.parse("{\"feed\":\"train\",\"ended\":4,\"epochs\":{\"4\":{\"partitions\":3,\"done\":"
                            + "{\"0\":[0,10,10,10],\"2\":[0,5]}},\"5\":{\"done\":{\"1\":[0,1]}}}}")
                    .split(1)
                    .forEach(node.server::resume);
            FeedPartition partition = new FeedPartition("train", 4, 0, 0);
            CompletableFuture<FeedResult> fed =
                    async(() -> feed(partition, 50, new PartitionShare(before, null), node));
            List<Long> ids = new ArrayList<>();
            for (int batch = 0; batch < 2; batch++) {
                try (RowBatch rows = node.reader().next(9)) {
                    assertThat(rows.epoch()).isEqualTo(4);
                    ids.addAll(TestNode.ids(rows));
                }
            }

            assertThat(ids)
                    .isEqualTo(LongStream.concat(LongStream.range(10, 20), LongStream.range(30, 38))
                            .boxed()
                            .toList());
            assertThat(node.reader().position().text())
                    .isEqualTo(
                            "{\"feed\":\"train\",\"node\":\"a\",\"ended\":4,\"epochs\":{\"4\":{\"partitions\":3,\"done\":"
                                    + "{\"0\":[0,38],\"2\":[0,5]}},\"5\":{\"done\":{\"1\":[0,1]}}}}");
            node.reader().next(12).close();
            FeedResult result = fed.get(10, TimeUnit.SECONDS);
            assertThat(result.inputRows()).isEqualTo(50);
            assertThat(result.totalRows()).isEqualTo(30);
        }
    }

    private FeedResult feed(FeedPartition partition, long rows, PartitionShare share, TestNode node) {
        return PartitionFeeder.feed(
                partition,
                LongStream.range(0, rows).iterator(),
                IDS,
                TestNode.IDS_ENCODER,
                List.of(node.target()),
                secret,
                FeedOptions.DEFAULTS,
                share);
    }

    @Test
    void rowsOfAStreamAreNotKept() throws Exception {
        try (TestNode node = node("a", FeedConfig.of(IDS))) {
            for (int piece = 0; piece < 3; piece++) {
                int number = piece;
                CompletableFuture<FeedResult> fed =
                        async(() -> feedIds(secret, TestNode.partition(number), 0, 50, FeedOptions.DEFAULTS, node));
                node.reader().next(50).close();
                fed.get(10, TimeUnit.SECONDS);
                node.server.settle("train", 0, piece + 1);
            }

            assertThat(node.reader().position().text())
                    .isEqualTo("{\"feed\":\"train\",\"node\":\"a\",\"stream\":true,\"ended\":0,\"epochs\":{}}");
        }
    }

    @Test
    void rowsForInferenceHaveNoPosition() {
        try (TestNode node = node("a", FeedConfig.of(IDS))) {
            CompletableFuture<Boolean> asked = async(() -> PartitionFeeder.infer(
                            TestNode.partition(0),
                            LongStream.range(0, 5).iterator(),
                            IDS,
                            TestNode.IDS_ENCODER,
                            List.of(node.target()),
                            secret,
                            FeedOptions.DEFAULTS)
                    .hasNext());
            node.reader().next(5).close();

            assertThat(node.reader().position().epochs()).isEmpty();
            node.reader().terminate();
            assertThat(asked).failsWithin(10, TimeUnit.SECONDS);
        }
    }
}
