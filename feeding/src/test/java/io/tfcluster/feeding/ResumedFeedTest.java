package io.tfcluster.feeding;

import static io.tfcluster.feeding.TestNode.async;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tfcluster.transport.ClusterSecret;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Feed tasks leave out what was handed out before; rows have columns of fixed and of any length. */
@Timeout(20)
final class ResumedFeedTest {
    private static final FeedSchema SCHEMA = FeedSchema.builder()
            .int64("id")
            .string("name")
            .uint8("pixels", 3)
            .binary("raw")
            .build();
    private static final int ROWS = 2_000;

    @TempDir
    Path folder;

    private final ClusterSecret secret = ClusterSecret.random();
    private final AtomicInteger encoded = new AtomicInteger();

    private RowEncoder<Long> encoder() {
        return (id, out) -> {
            encoded.incrementAndGet();
            out.putLong(id).putString(name(id)).putBytes(new byte[] {(byte) (long) id, 1, 2});
            out.putBytes(name(id).getBytes(StandardCharsets.UTF_8));
        };
    }

    private static String name(long id) {
        return "n".repeat((int) (id % 7)) + id;
    }

    private TestNode node() {
        return new TestNode("a", secret, SCHEMA, folder.resolve("a"), config -> config);
    }

    /** Reads ids and checks that the other columns are theirs. */
    private static CompletableFuture<List<Long>> read(TestNode node) {
        return async(() -> {
            List<Long> ids = new ArrayList<>();
            while (!node.reader().shouldStop()) {
                try (RowBatch batch = node.reader().next(64)) {
                    List<Long> some = new ArrayList<>();
                    batch.visit(0, (memory, at, length) -> some.add(memory.getLong(at)));
                    for (int column : new int[] {1, 3}) {
                        List<String> names = new ArrayList<>();
                        batch.visit(column, (memory, at, length) -> {
                            byte[] bytes = new byte[length];
                            memory.get(at, bytes);
                            names.add(new String(bytes, StandardCharsets.UTF_8));
                        });
                        assertThat(names)
                                .isEqualTo(
                                        some.stream().map(ResumedFeedTest::name).toList());
                    }
                    batch.visit(
                            2,
                            (memory, at, length) ->
                                    assertThat(memory.get(at + 2)).isEqualTo((byte) 2));
                    ids.addAll(some);
                }
            }
            return ids;
        });
    }

    private static RowRanges holes(Random random) {
        RowRanges before = new RowRanges();
        before.add(0, 1 + random.nextInt(700));
        for (int i = 0; i < 200; i++) {
            long start = random.nextInt(ROWS - 20);
            before.add(start, start + 1 + random.nextInt(10));
        }
        return before;
    }

    private static List<Long> missing(RowRanges before) {
        return LongStream.range(0, ROWS)
                .filter(row -> !before.contains(row))
                .boxed()
                .toList();
    }

    /** Feeds partition 0; attempt 0 breaks in the middle. */
    private FeedResult feed(TestNode node, PartitionShare share, int blockBytes, boolean kept) {
        FeedConfig config = FeedConfig.of(SCHEMA).blocks(blockBytes);
        for (int attempt = 0; ; attempt++) {
            FeedPartition partition = new FeedPartition("train", 7, 0, attempt);
            FeedOptions options = FeedOptions.DEFAULTS.withBlockBytes(blockBytes);
            int broken = attempt == 0 ? ROWS / 2 : -1;
            LongStream rows = LongStream.range(0, ROWS).peek(row -> {
                if (row == broken) {
                    throw new IllegalStateException("lost");
                }
            });
            try {
                return kept
                        ? PartitionFeeder.feedBlocks(
                                partition,
                                PartitionFeeder.encode(partition, rows.iterator(), config, encoder()),
                                SCHEMA,
                                List.of(node.target()),
                                secret,
                                options,
                                share)
                        : PartitionFeeder.feed(
                                partition,
                                rows.iterator(),
                                SCHEMA,
                                encoder(),
                                List.of(node.target()),
                                secret,
                                options,
                                share);
            } catch (FeedException e) {
                assertThat(e).hasMessageContaining("lost");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 300, 4_000, 1 << 20})
    void onlyTheOtherRowsAreSent(int blockBytes) throws Exception {
        for (boolean kept : new boolean[] {false, true}) {
            RowRanges before = holes(new Random(blockBytes));
            try (TestNode node = node()) {
                CompletableFuture<List<Long>> reader = read(node);
                encoded.set(0);

                FeedResult result = feed(node, new PartitionShare(before, null), blockBytes, kept);
                node.server.endEpoch("train", 7);
                node.server.endFeed("train");

                assertThat(reader.get(20, TimeUnit.SECONDS)).isEqualTo(missing(before));
                assertThat(result.inputRows()).isEqualTo(ROWS);
                assertThat(result.totalRows()).isEqualTo(ROWS - before.rows());
                if (!kept) {
                    assertThat(encoded.get())
                            .isLessThanOrEqualTo(2 * missing(before).size());
                }
            }
        }
    }

    @Test
    void aPartitionThatHasFewerRowsThanBeforeIsAnErrorWithBothNumbers() {
        RowRanges before = new RowRanges();
        before.add(ROWS, ROWS + 5);
        try (TestNode node = node()) {
            CompletableFuture<List<Long>> reader = read(node);
            assertThatThrownBy(() -> feed(node, new PartitionShare(before, null), 1 << 20, false))
                    .hasMessageContaining("partition 0")
                    .hasMessageContaining("has 2000 rows")
                    .hasMessageContaining("2005 or more")
                    .hasMessageContaining("same partitions");
            assertThat(reader).isNotDone();
        }
    }

    private static final long[] PLANNED = {130, 7, 0, 260, 64, 1, 90};
    private static final FeedConfig DETERMINISTIC =
            FeedConfig.of(TestNode.IDS).deterministic(true).shuffle(100, 9);

    /** A run of two nodes over three epochs of a deterministic feed; each notes where it was after some batches. */
    private final class Run implements AutoCloseable {
        final List<TestNode> nodes = new ArrayList<>();
        final List<CompletableFuture<List<List<Long>>>> readers = new ArrayList<>();
        final CompletableFuture<Boolean> fed;
        final FeedPosition[] positions = new FeedPosition[2];

        Run(String run, List<FeedPosition> before, int batchRows, int noteAfter) {
            for (int i = 0; i < 2; i++) {
                TestNode node =
                        new TestNode("n" + i, secret, TestNode.IDS, folder.resolve(run + i), feed -> DETERMINISTIC);
                nodes.add(node);
                if (!before.isEmpty()) {
                    node.server.resume(before.get(i));
                }
                int index = i;
                readers.add(async(() -> read(index, batchRows, noteAfter)));
            }
            fed = async(() -> {
                for (long epoch = 0; epoch < 3; epoch++) {
                    feedEpoch(epoch);
                    for (TestNode node : nodes) {
                        node.server.endEpoch("train", epoch);
                    }
                }
                nodes.forEach(node -> node.server.endFeed("train"));
                return true;
            });
        }

        private void feedEpoch(long epoch) throws Exception {
            DeterministicPlan plan = DeterministicPlan.of(PLANNED, 2, 20);
            for (List<Integer> wave : plan.waves()) {
                List<CompletableFuture<FeedResult>> tasks = new ArrayList<>();
                for (int partition : wave) {
                    tasks.add(async(() -> PartitionFeeder.feed(
                            new FeedPartition("train", epoch, partition, 0),
                            LongStream.range(0, PLANNED[partition])
                                    .map(row -> 1_000L * partition + row)
                                    .iterator(),
                            TestNode.IDS,
                            TestNode.IDS_ENCODER,
                            nodes.stream().map(TestNode::target).toList(),
                            secret,
                            FeedOptions.DEFAULTS,
                            new PartitionShare(new RowRanges(), plan.assignment(partition)))));
                }
                for (CompletableFuture<FeedResult> task : tasks) {
                    task.get(30, TimeUnit.SECONDS);
                }
            }
        }

        private List<List<Long>> read(int index, int batchRows, int noteAfter) {
            FeedReader reader = nodes.get(index).reader();
            List<List<Long>> batches = new ArrayList<>();
            while (!reader.shouldStop()) {
                try (RowBatch rows = reader.next(batchRows)) {
                    if (rows.rows() > 0 || rows.planned()) {
                        batches.add(TestNode.ids(rows));
                    }
                }
                if (batches.size() == noteAfter) {
                    positions[index] = FeedPosition.parse(reader.position().text());
                }
            }
            return batches;
        }

        List<List<List<Long>>> all() throws Exception {
            List<List<List<Long>>> all = new ArrayList<>();
            for (CompletableFuture<List<List<Long>>> reader : readers) {
                all.add(reader.get(15, TimeUnit.SECONDS));
            }
            assertThat(fed.get(5, TimeUnit.SECONDS)).isTrue();
            return all;
        }

        @Override
        public void close() {
            nodes.forEach(TestNode::close);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 8, 9, 10, 13})
    void aDeterministicFeedGoesOnWithTheBatchesItWouldHaveHad(int before) throws Exception {
        List<List<List<Long>>> whole;
        List<FeedPosition> positions;
        try (Run run = new Run("x", List.of(), 32, before)) {
            whole = run.all();
            positions = List.of(run.positions);
        }
        try (Run run = new Run("z", positions, 32, 2)) {
            List<List<List<Long>>> rest = run.all();

            for (int node = 0; node < 2; node++) {
                List<List<Long>> its = whole.get(node);
                assertThat(rest.get(node)).isEqualTo(its.subList(before, its.size()));
                long rows = its.subList(0, before + 2).stream()
                        .mapToLong(List::size)
                        .sum();
                FeedPosition position = run.positions[node];
                assertThat(position.epochs().stream().mapToLong(position::rows).sum())
                        .isEqualTo(rows);
            }
        }
    }

    @Test
    void aDeterministicFeedInBatchesOfAnotherSizeCannotGoOn() throws Exception {
        List<FeedPosition> positions;
        try (Run run = new Run("y", List.of(), 32, 3)) {
            run.all();
            positions = List.of(run.positions);
        }
        try (Run run = new Run("z", positions, 31, 3)) {
            assertThatThrownBy(run::all)
                    .hasRootCauseInstanceOf(FeedException.class)
                    .hasMessageContaining("first 3 batches had 96 rows")
                    .hasMessageContaining("(93)")
                    .hasMessageContaining("batches of the same size");
        }
    }
}
