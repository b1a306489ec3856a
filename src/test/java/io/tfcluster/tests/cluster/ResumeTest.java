package io.tfcluster.tests.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tfcluster.EpochReport;
import io.tfcluster.FeedInput;
import io.tfcluster.NodeContext;
import io.tfcluster.TFCluster;
import io.tfcluster.TrainingReport;
import io.tfcluster.feeding.FeedConfig;
import io.tfcluster.feeding.FeedPosition;
import io.tfcluster.feeding.RowEncoder;
import io.tfcluster.feeding.tensor.Batch;
import io.tfcluster.feeding.tensor.DataFeed;
import io.tfcluster.tests.harness.LocalSpark;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.util.LongAccumulator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A training that ends in the middle of an epoch goes on at the next row, in another cluster, of any size. */
final class ResumeTest {
    private static final int ROWS = 12_000;
    private static final int[] STARTS = {0, 5_000, 5_000, 5_001, 9_000, ROWS}; // one holds nothing, one a single row
    private static final int EPOCHS = 3;
    private static final int BATCH = 64;
    private static final AtomicInteger FAILURES = new AtomicInteger();
    private static LocalSpark spark;

    @TempDir
    Path folder;

    @BeforeAll
    static void startSpark() {
        spark = LocalSpark.shared(2, 2);
        spark.session().sparkContext().addSparkListener(new Watcher());
    }

    /** Counts what was done to the tasks. */
    private static final class Watcher extends SparkListener {
        @Override
        public void onTaskEnd(SparkListenerTaskEnd end) {
            if (end.taskInfo().failed()) {
                FAILURES.incrementAndGet();
            }
        }
    }

    @AfterAll
    static void stopSpark() {
        spark.close();
    }

    /**
     * What a main function is to do.
     *
     * @param folder of its files
     * @param endAfter batches of the epoch 1 after which it notes its position and ends the feed, or 0
     */
    record Orders(String folder, int endAfter) implements Serializable {}

    /** Writes the ids of each batch, a line each; it notes its position in every tenth, and what it got until then is what counts. */
    static void reads(Orders orders, NodeContext ctx) throws IOException {
        DataFeed feed = ctx.dataFeed("train");
        List<String> lines = new ArrayList<>();
        int inEpoch = 0;
        while (!feed.shouldStop()) {
            try (Batch batch = feed.nextBatch(BATCH)) {
                if (batch.rows() > 0) {
                    StringBuilder line = new StringBuilder().append(batch.epoch());
                    LongStream.of(Ids.of(batch)).forEach(id -> line.append(' ').append(id));
                    lines.add(line.toString());
                }
                inEpoch += batch.epoch() == 1 && batch.rows() > 0 ? 1 : 0;
            }
            if (orders.endAfter() > 0 && inEpoch == orders.endAfter()) {
                break;
            }
        }
        ctx.result("position", feed.position().text());
        Files.write(Path.of(orders.folder(), "batches-" + ctx.index()), lines);
        feed.terminate();
    }

    /** Ids by partition; the first attempt of one of them fails in each epoch. */
    private static JavaRDD<Long> rows() {
        return spark.context()
                .parallelize(IntStream.range(0, 5).boxed().toList(), 5)
                .mapPartitionsWithIndex(
                        (partition, none) -> {
                            int attempt = TaskContext.get().attemptNumber();
                            return LongStream.range(STARTS[partition], STARTS[partition + 1])
                                    .peek(id -> {
                                        if (partition == 3 && attempt == 0 && id == 6_500) {
                                            throw new IllegalStateException("the reader broke at " + id);
                                        }
                                    })
                                    .boxed()
                                    .iterator();
                        },
                        true);
    }

    private static RowEncoder<Long> encoder(LongAccumulator encoded) {
        return (id, out) -> {
            encoded.add(1);
            out.putLong(id);
        };
    }

    private static FeedConfig feed() {
        return FeedConfig.of(Ids.SCHEMA).blocks(1_600).buffer(16_000);
    }

    private Path run(String name) throws IOException {
        return Files.createDirectories(folder.resolve(name));
    }

    /** What became of one cluster: its lines by node, its reports and what it had to say. */
    private record Ran(List<List<String>> lines, List<EpochReport> epochs, String ledger, TrainingReport report) {
        List<String> all() {
            return lines.stream().flatMap(List::stream).toList();
        }
    }

    private Ran train(String name, int nodes, int endAfter, FeedConfig config, FeedInput input) throws IOException {
        Path own = run(name);
        try (TFCluster cluster = TFCluster.run(
                spark.session(),
                ResumeTest::reads,
                new Orders(own.toString(), endAfter),
                Ids.config(nodes).feed("train", config).build())) {
            List<EpochReport> epochs = cluster.train(input, EPOCHS);
            TrainingReport report = cluster.shutdown();
            List<List<String>> lines = new ArrayList<>();
            for (int node = 0; node < nodes; node++) {
                lines.add(Files.readAllLines(own.resolve("batches-" + node)));
            }
            return new Ran(lines, epochs, cluster.ledger().toString(), report);
        }
    }

    /** Writes what a trainer would have written. */
    private String checkpoint(String name, Ran ran) throws IOException {
        Path directory = run(name + "-checkpoints");
        Files.createDirectories(directory.resolve("ckpt-7"));
        List<String> positions = ran.report().nodes().stream()
                .map(node -> node.result().get("position"))
                .toList();
        Files.writeString(directory.resolve("ckpt-7").resolve("ledger.json"), positions.toString());
        return directory.toUri().toString();
    }

    private static int[] counts(List<String> lines, long onlyEpoch) {
        int[] counts = new int[ROWS];
        for (String line : lines) {
            String[] words = line.split(" ", -1);
            if (onlyEpoch < 0 || Long.parseLong(words[0]) == onlyEpoch) {
                for (int word = 1; word < words.length; word++) {
                    counts[Integer.parseInt(words[word])]++;
                }
            }
        }
        return counts;
    }

    private static List<String> both(Ran first, Ran second) {
        List<String> all = new ArrayList<>(first.all());
        all.addAll(second.all());
        return all;
    }

    private static void assertEveryIdCameOnceInEachEpoch(List<String> lines) {
        for (int epoch = 0; epoch < EPOCHS; epoch++) {
            assertThat(counts(lines, epoch)).as("epoch %d", epoch).containsOnly(1);
        }
        assertThat(counts(lines, -1)).containsOnly(EPOCHS);
    }

    private static void assertResumed(Ran second, long taken) {
        assertThat(second.epochs()).extracting(EpochReport::epoch).endsWith(1L, 2L);
        EpochReport epoch = second.epochs().get(second.epochs().size() - 2);
        assertThat(epoch.inputRows()).isEqualTo(ROWS);
        assertThat(epoch.resumedRows()).isEqualTo(taken);
        assertThat(epoch.rowsTaken()).isEqualTo(ROWS - taken);
        assertThat(second.ledger())
                .contains("epoch 1 of train: %,d of 12,000 rows (%,d before resuming), 0 repeated = "
                        .formatted(ROWS - taken, taken))
                .contains("epoch 2 of train: 12,000 of 12,000 rows, 0 repeated = ");
    }

    private static long takenOfEpoch1(Ran ran) {
        return FeedPosition.union(ran.report().nodes().stream()
                        .map(node -> FeedPosition.parse(node.result().get("position")))
                        .toList())
                .rows(1);
    }

    @Test
    void everyIdComesThreeTimesWhateverClusterGoesOnAndHoweverOften() throws IOException {
        int failuresBefore = FAILURES.get();
        LongAccumulator encoded = spark.session().sparkContext().longAccumulator();
        FeedInput input = FeedInput.of(rows(), encoder(encoded));
        Ran first = train("first", 2, 30, feed().shuffle(500, 3).prefetch(3), input);
        String directory = checkpoint("first", first);
        long taken = takenOfEpoch1(first);
        assertThat(taken).isBetween(1L, ROWS - 1L);

        encoded.reset();
        Ran alone = train("alone", 1, 0, feed().prefetch(2), input.resume(directory));
        assertEveryIdCameOnceInEachEpoch(both(first, alone));
        assertResumed(alone, taken);
        assertThat(encoded.value()).isLessThanOrEqualTo(2L * ROWS - taken); // by tasks that did not fail

        FeedConfig mixed = feed().shuffle(700, 1).prefetch(1);
        Ran second = train("second", 3, 12, mixed, input.cached().resume(directory));
        long more = takenOfEpoch1(second);
        assertThat(more).isBetween(taken + 1, ROWS - 1L);
        Ran third = train("third", 2, 0, feed(), input.resume(checkpoint("second", second)));
        List<String> all = both(first, second);
        all.addAll(third.all());
        assertEveryIdCameOnceInEachEpoch(all);
        assertResumed(third, more);
        assertThat(FAILURES.get()).as("tasks that failed").isGreaterThan(failuresBefore);
    }

    @Test
    void aDeterministicTrainingGoesOnWithTheSameBatches() throws IOException {
        FeedConfig feed = feed().deterministic(true).shuffle(300, 5);
        FeedInput input =
                FeedInput.of(rows(), encoder(spark.session().sparkContext().longAccumulator()));
        Ran whole = train("whole", 2, 0, feed, input);
        Ran first = train("part", 2, 40, feed, input);
        Ran second = train("rest", 2, 0, feed, input.resume(checkpoint("part", first)));

        for (int node = 0; node < 2; node++) {
            List<String> lines = new ArrayList<>(first.lines().get(node));
            lines.addAll(second.lines().get(node));
            assertThat(lines).isEqualTo(whole.lines().get(node));
        }
        assertThat(second.ledger()).contains("before resuming), 0 repeated");
        assertThat(second.epochs().get(0).rowsTaken() + second.epochs().get(0).resumedRows())
                .isEqualTo(ROWS);
    }

    @Test
    void anotherInputAndPiecesOfStreamsAreRefused() throws IOException {
        Path directory = run("given");
        Files.createDirectories(directory.resolve("ckpt-1"));
        Files.writeString(
                directory.resolve("ckpt-1").resolve("ledger.json"),
                "[{\"feed\":\"train\",\"ended\":1,\"epochs\":{\"1\":{\"partitions\":5,\"done\":{\"3\":[4000,2000]}}}}]");
        JavaRDD<Long> rows = rows();
        try (TFCluster cluster = TFCluster.run(
                spark.session(),
                Ids::reads,
                Ids.Plan.of(BATCH),
                Ids.config(2).feed("train", feed()).build())) {
            FeedInput other = FeedInput.of(Ids.rdd(spark.context(), 100, 4), Ids.encoder());
            assertThatThrownBy(() -> cluster.feed("train", other.resume(directory.toString()), 2))
                    .hasMessageContaining("has 4 partitions, but 5 when the checkpoint")
                    .hasMessageContaining("ckpt-1");
            assertThatThrownBy(() -> cluster.feedMore("train", other.resume(directory.toString())))
                    .hasMessageContaining("checkpointLocation");
            assertThat(cluster.feed("train", other.resume(directory + "/none"), 1))
                    .extracting(EpochReport::rowsTaken)
                    .containsExactly(100L);
            FeedInput shorter = FeedInput.of(rows, Ids.encoder());
            assertThatThrownBy(() -> cluster.feed("train", shorter.resume(directory.toString()), 1))
                    .hasMessageContaining("partition 3")
                    .hasMessageContaining("has 3999 rows")
                    .hasMessageContaining("6000 or more");
        }
    }
}
