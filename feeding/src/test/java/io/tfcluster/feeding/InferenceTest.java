package io.tfcluster.feeding;

import static io.tfcluster.feeding.TestNode.async;
import static io.tfcluster.feeding.TestNode.targets;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tfcluster.transport.ClusterSecret;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
final class InferenceTest {
    private static final FeedSchema ANSWER =
            FeedSchema.builder().int64("twice").string("text").build();

    @TempDir
    Path folder;

    private final ClusterSecret secret = ClusterSecret.random();

    private TestNode node(String name, boolean unix) {
        return node(name, unix, 1 << 20);
    }

    private TestNode node(String name, boolean unix, long bufferBytes) {
        return new TestNode(
                name, secret, TestNode.IDS, unix ? folder.resolve(name) : null, feed -> feed.buffer(bufferBytes));
    }

    private InferredRows<Long> infer(int partition, long from, long to, FeedOptions options, TestNode... nodes) {
        return PartitionFeeder.infer(
                TestNode.partition(partition),
                LongStream.range(from, to).iterator(),
                TestNode.IDS,
                TestNode.IDS_ENCODER,
                targets(nodes),
                secret,
                options);
    }

    private static void answer(FeedReader reader, List<Long> ids) {
        ByteBuffer twice = ByteBuffer.allocate(8 * ids.size()).order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer text = ByteBuffer.allocate(4 + 30 * ids.size()).order(ByteOrder.LITTLE_ENDIAN);
        StringBuilder all = new StringBuilder();
        text.putInt(0);
        for (long id : ids) {
            twice.putLong(2 * id);
            all.append("row ").append(id);
            text.putInt(all.length());
        }
        text.put(all.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8));
        reader.answer(ANSWER, ids.size(), List.of(twice.flip(), text.flip()));
    }

    /** Answers batches until the feed ends; returns the number of batches. */
    private static CompletableFuture<Integer> serve(TestNode node, int batchRows, long micros) {
        return async(() -> {
            int batches = 0;
            while (!node.reader().shouldStop()) {
                try (RowBatch batch = node.reader().next(batchRows)) {
                    if (batch.rows() > 0) {
                        java.util.concurrent.locks.LockSupport.parkNanos(1000 * micros);
                        answer(node.reader(), TestNode.ids(batch));
                        batches++;
                    }
                }
            }
            return batches;
        });
    }

    private static void check(InferredRows<Long> results, long from, long to) {
        for (long id = from; id < to; id++) {
            InferredRow<Long> result = results.next();
            assertThat(result.row()).isEqualTo(id);
            assertThat(result.cell("twice")).isEqualTo(2 * id);
            assertThat(result.cells().get(1)).isEqualTo("row " + id);
        }
        assertThat(results.hasNext()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 128})
    void resultsComeInRowOrderWhateverTheBatchSize(int batchRows) throws Exception {
        long rows = batchRows == 1 ? 3000 : 20_011;
        try (TestNode quick =
                        node("quick", true, 16_000); // little room, so that its host's feeders turn to the other one
                TestNode slow = node("slow", false)) {
            CompletableFuture<Integer> first = serve(quick, batchRows, 0);
            CompletableFuture<Integer> second = serve(slow, batchRows, 500);

            CompletableFuture<Void> other = async(() -> {
                check(
                        infer(1, 1_000_000, 1_000_000 + rows, FeedOptions.DEFAULTS.withBlockBytes(3000), quick, slow),
                        1_000_000,
                        1_000_000 + rows);
                return null;
            });
            check(infer(0, 0, rows, FeedOptions.DEFAULTS.withBlockBytes(2000), quick, slow), 0, rows);

            other.get(30, TimeUnit.SECONDS);
            List.of(quick, slow).forEach(node -> node.server.endFeed("train"));
            assertThat(first.get(5, TimeUnit.SECONDS)).isPositive();
            assertThat(second.get(5, TimeUnit.SECONDS)).isPositive();
        }
    }

    @Test
    void aBatchLargerThanWhatMayBeInFlightDoesNotWaitForRowsThatCannotCome() throws Exception {
        try (TestNode node = node("a", true)) {
            CompletableFuture<Integer> served = serve(node, 5000, 0);
            AtomicLong pulled = new AtomicLong();
            long most = 0;
            try (InferredRows<Long> results = PartitionFeeder.infer(
                    TestNode.partition(0),
                    LongStream.range(0, 500).peek(i -> pulled.incrementAndGet()).iterator(),
                    TestNode.IDS,
                    TestNode.IDS_ENCODER,
                    targets(node),
                    secret,
                    FeedOptions.DEFAULTS.withRowsInFlight(100))) {
                for (long id = 0; id < 500; id++) {
                    assertThat(results.next().row()).isEqualTo(id);
                    most = Math.max(most, pulled.get() - id);
                }
                assertThat(results.hasNext()).isFalse();
            }
            assertThat(most).isBetween(20L, 101L);
            node.server.endFeed("train");
            assertThat(served.get(5, TimeUnit.SECONDS)).isBetween(5, 60);
        }
    }

    @Test
    void partitionsWithoutRowsAndReadersThatStopEarlyLeaveNothingBehind() throws Exception {
        try (TestNode node = node("a", true)) {
            CompletableFuture<Integer> served = serve(node, 10, 0);
            check(infer(0, 0, 0, FeedOptions.DEFAULTS, node), 0, 0);
            try (InferredRows<Long> results = infer(1, 0, 10_000, FeedOptions.DEFAULTS.withBlockBytes(500), node)) {
                assertThat(results.next().row()).isZero();
            }
            check(infer(2, 5, 25, FeedOptions.DEFAULTS, node), 5, 25);
            node.server.endFeed("train");
            assertThat(served.get(5, TimeUnit.SECONDS)).isPositive();
        }
    }

    @Test
    void aWrongNumberOfResultsIsRefusedWithBothNumbers() throws Exception {
        try (TestNode node = node("a", true)) {
            CompletableFuture<Boolean> reading =
                    async(() -> infer(0, 0, 8, FeedOptions.DEFAULTS, node).hasNext());
            try (RowBatch batch = node.reader().next(8)) {
                assertThatThrownBy(() -> answer(node.reader(), List.of(1L, 2L, 3L)))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("results for 3 rows, but the last batch of feed train has 8 rows");
                assertThatThrownBy(() -> node.reader().next(8))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("8 rows that wait for results");
                answer(node.reader(), TestNode.ids(batch));
                assertThatThrownBy(() -> answer(node.reader(), TestNode.ids(batch)))
                        .hasMessageContaining("no batch of feed train waits for results");
            }
            assertThat(reading.get(5, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void aNodeThatEndsWithoutResultsForAllRowsIsReportedWithBothNumbers() throws Exception {
        TestNode node = node("a", false);
        CompletableFuture<List<Long>> reading = async(() -> {
            List<Long> rows = new ArrayList<>();
            infer(0, 0, 10, FeedOptions.DEFAULTS, node).forEachRemaining(row -> rows.add(row.row()));
            return rows;
        });
        try (RowBatch batch = node.reader().next(3)) {
            answer(node.reader(), TestNode.ids(batch));
        }
        node.close();

        assertThatThrownBy(() -> reading.get(5, TimeUnit.SECONDS))
                .cause()
                .isInstanceOf(FeedException.class)
                .hasMessageContaining("a answered 3 of 10 rows")
                .hasMessageContaining("main function ended before");
    }

    @Test
    void terminateEndsInferenceWithBothNumbers() throws Exception {
        try (TestNode node = node("a", true)) {
            CompletableFuture<Boolean> reading =
                    async(() -> infer(0, 0, 10, FeedOptions.DEFAULTS, node).hasNext());
            node.reader().next(4).close();
            node.reader().terminate();

            assertThatThrownBy(() -> reading.get(2, TimeUnit.SECONDS))
                    .hasMessageContaining("terminated")
                    .hasMessageContaining("a answered 0 of 10 rows");
            answer(node.reader(), List.of(1L));
        }
    }

    @Test
    void aNodeThatNeverAnswersEndsTheTaskAfterTheFeedTimeout() {
        try (TestNode node = node("a", true)) {
            assertThatThrownBy(() -> infer(0, 0, 10, FeedOptions.DEFAULTS.withFeedTimeout(Duration.ofMillis(300)), node)
                            .next())
                    .isInstanceOf(FeedTimeoutException.class)
                    .hasMessageContaining("answered 0 of 10 rows");
        }
    }
}
