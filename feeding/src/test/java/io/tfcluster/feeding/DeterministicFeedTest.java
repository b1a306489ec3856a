package io.tfcluster.feeding;

import static io.tfcluster.feeding.TestNode.IDS;
import static io.tfcluster.feeding.TestNode.IDS_ENCODER;
import static io.tfcluster.feeding.TestNode.async;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tfcluster.transport.ClusterSecret;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class DeterministicFeedTest {
    private static final long[] PARTITIONS = {0, 130, 7, 0, 260, 64, 1, 90, 0};
    private static final int BATCH = 32;

    @TempDir
    Path folder;

    private final ClusterSecret secret = ClusterSecret.random();

    /** The batches that each node got, empty ones too; feeders and readers dawdle at random, and some attempts fail. */
    private List<List<List<Long>>> run(String run, int nodeCount, FeedConfig config, int epochs, long noise)
            throws Exception {
        List<TestNode> nodes = new ArrayList<>();
        try {
            List<CompletableFuture<List<List<Long>>>> readers = new ArrayList<>();
            for (int i = 0; i < nodeCount; i++) {
                TestNode node = new TestNode("n" + i, secret, IDS, folder.resolve(run + i), feed -> config);
                nodes.add(node);
                readers.add(async(() -> batches(node, new Random(noise + node.name.hashCode()))));
            }
            for (int epoch = 0; epoch < epochs; epoch++) {
                feedEpoch(nodes, epoch, noise);
                for (TestNode node : nodes) {
                    node.server.endEpoch("train", epoch);
                }
            }
            nodes.forEach(node -> node.server.endFeed("train"));
            List<List<List<Long>>> all = new ArrayList<>();
            for (CompletableFuture<List<List<Long>>> reader : readers) {
                all.add(reader.get(30, TimeUnit.SECONDS));
            }
            return all;
        } finally {
            nodes.forEach(TestNode::close);
        }
    }

    private static List<List<Long>> batches(TestNode node, Random random) {
        List<List<Long>> batches = new ArrayList<>();
        while (!node.reader().shouldStop()) {
            try (RowBatch batch = node.reader().next(BATCH)) {
                if (!node.reader().shouldStop() || batch.rows() > 0 || batch.endOfEpoch()) {
                    batches.add(TestNode.ids(batch));
                }
            }
            LockSupport.parkNanos(random.nextInt(500_000));
        }
        return batches;
    }

    private void feedEpoch(List<TestNode> nodes, int epoch, long noise) throws Exception {
        DeterministicPlan plan = DeterministicPlan.of(PARTITIONS, nodes.size(), 20);
        for (List<Integer> wave : plan.waves()) {
            List<CompletableFuture<FeedResult>> tasks = new ArrayList<>();
            for (int partition : wave) {
                tasks.add(async(() -> feed(nodes, epoch, partition, plan, new Random(noise * 31 + partition))));
            }
            for (CompletableFuture<FeedResult> task : tasks) {
                task.get(30, TimeUnit.SECONDS);
            }
        }
    }

    private FeedResult feed(List<TestNode> nodes, int epoch, int partition, DeterministicPlan plan, Random random) {
        long breaksAt = random.nextInt(200);
        for (int attempt = 0; ; attempt++) {
            long fails = attempt == 0 ? breaksAt : Long.MAX_VALUE;
            try {
                return PartitionFeeder.feed(
                        new FeedPartition("train", epoch, partition, attempt),
                        LongStream.range(0, PARTITIONS[partition])
                                .peek(row -> {
                                    LockSupport.parkNanos(random.nextInt(20_000));
                                    if (row == fails) {
                                        throw new IllegalStateException("lost");
                                    }
                                })
                                .map(row -> 1_000L * partition + row)
                                .iterator(),
                        IDS,
                        IDS_ENCODER,
                        nodes.stream().map(TestNode::target).toList(),
                        secret,
                        FeedOptions.DEFAULTS,
                        new PartitionShare(new RowRanges(), plan.assignment(partition)));
            } catch (FeedException e) {
                assertThat(e).hasMessageContaining("lost");
            }
        }
    }

    @Test
    void everyRunGivesEachNodeTheSameBatchesInTheSameOrder() throws Exception {
        for (int nodes : new int[] {1, 2, 3}) {
            FeedConfig config = FeedConfig.of(IDS).deterministic(true).shuffle(100, 9);
            List<List<List<Long>>> first = run("x" + nodes, nodes, config, 2, 1);
            List<List<List<Long>>> second = run("y" + nodes, nodes, config, 2, 2);

            assertThat(second).isEqualTo(first);
            List<Long> ids = first.stream()
                    .flatMap(node -> node.stream().flatMap(List::stream))
                    .sorted()
                    .toList();
            List<Long> expected = new ArrayList<>();
            for (int partition = 0; partition < PARTITIONS.length; partition++) {
                for (int row = 0; row < PARTITIONS[partition]; row++) {
                    expected.add(1_000L * partition + row);
                    expected.add(1_000L * partition + row);
                }
            }
            assertThat(ids).isEqualTo(expected.stream().sorted().toList());
            assertThat(first).extracting(List::size).containsOnly(first.get(0).size()); // as many batches on every node
        }
    }

    @Test
    void feedersMayBeAnEpochAheadOfTheReader() throws Exception {
        FeedConfig config = FeedConfig.of(IDS).deterministic(true).shuffle(1_000, 9);
        try (TestNode node = new TestNode("a", secret, IDS, folder.resolve("a"), feed -> config)) {
            CompletableFuture<Boolean> fed = async(() -> {
                for (int epoch = 0; epoch < 2; epoch++) {
                    feedEpoch(List.of(node), epoch, 1);
                    node.server.endEpoch("train", epoch);
                }
                node.server.endFeed("train");
                return true;
            });
            int rows = 0;
            for (int batch = 0; batch < 2 * 18; batch++) { // 552 rows are 17.25 batches
                try (RowBatch next = node.reader().next(BATCH)) {
                    assertThat(next.epoch()).isEqualTo(batch / 18);
                    assertThat(next.endOfEpoch()).isEqualTo(batch % 18 == 17);
                    rows += next.rows();
                }
                if (batch == 0) { // everything of epoch 0 is staged now, so that epoch 1 is being fed
                    await().until(() -> node.reader().stats().connections() > 0
                            && node.reader().stats().bufferedBytes() > 0);
                }
            }
            assertThat(rows).isEqualTo(2 * 552);
            assertThat(fed.get(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void nodesDifferByABlockAtMost() {
        Random random = new Random(3);
        long[] rows = random.longs(500, 0, 400).toArray();
        DeterministicPlan plan = DeterministicPlan.of(rows, 3, 64);
        long mostBlocks = 0;
        for (int node = 0; node < 3; node++) {
            mostBlocks = Math.max(mostBlocks, plan.assignment(0).planOf(node).blocks());
        }
        long all = LongStream.of(rows).sum();
        assertThat(plan.assignment(0).planOf(0).mostRows() * 3 - all).isBetween(0L, 2 * 64L);
        assertThat(mostBlocks).isPositive();
    }

    @Test
    void aFeederWithoutAPlanIsRefused() {
        FeedConfig config = FeedConfig.of(IDS).deterministic(true);
        try (TestNode node = new TestNode("a", secret, IDS, folder.resolve("a"), feed -> config)) {
            assertThatThrownBy(() -> TestNode.feedIds(secret, TestNode.partition(0), 0, 10, FeedOptions.DEFAULTS, node))
                    .hasMessageContaining("deterministic on this node");
        }
    }
}
