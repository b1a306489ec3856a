package io.tfcluster.tests.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tfcluster.EpochReport;
import io.tfcluster.FeedInput;
import io.tfcluster.TFCluster;
import io.tfcluster.TrainingReport;
import io.tfcluster.feeding.FeedConfig;
import io.tfcluster.tests.harness.LocalSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.util.LongAccumulator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What can be fed, and what is kept of it; Spark is set to Kryo, which cannot write records. */
final class FeedInputTest {
    private static final int ROWS = 20_000;
    private static LocalSpark spark;

    @TempDir
    static Path folder;

    @BeforeAll
    static void startSpark() {
        spark = LocalSpark.cluster(2, 2, Map.of("spark.serializer", "org.apache.spark.serializer.KryoSerializer"));
    }

    @AfterAll
    static void stopSpark() {
        spark.close();
    }

    private static TFCluster cluster(FeedConfig feed) {
        return TFCluster.run(
                spark.session(),
                Ids::reads,
                Ids.Plan.of(100),
                Ids.config(2).feed("train", feed).build());
    }

    private static TFCluster cluster() {
        return cluster(FeedConfig.of(Ids.SCHEMA));
    }

    private static JavaRDD<Long> counted(LongAccumulator computed) {
        return Ids.rdd(spark.context(), ROWS, 5).map(id -> {
            computed.add(1);
            return id;
        });
    }

    private static long rows(TrainingReport report) {
        return report.nodes().stream()
                .mapToLong(node -> Long.parseLong(node.result().get("rows")))
                .sum();
    }

    @Test
    void aCachedInputIsComputedOnceAndTellsWhatItTakes() {
        LongAccumulator computed = spark.session().sparkContext().longAccumulator();
        try (TFCluster cluster = cluster()) {
            List<EpochReport> epochs =
                    cluster.train(FeedInput.of(counted(computed), Ids.encoder()).cached(), 3);

            assertThat(computed.value()).isEqualTo(ROWS);
            assertThat(epochs).extracting(EpochReport::rowsTaken).containsOnly((long) ROWS);
            assertThat(epochs.get(2).cache().memoryBytes()).isGreaterThan(8L * ROWS);
            assertThat(spark.context().getPersistentRDDs()).isEmpty();
            assertThat(rows(cluster.shutdown())).isEqualTo(3L * ROWS);
        }
    }

    @Test
    void blocksMayLieOnDiskOnlyAndTheirUseIsTold() {
        try (TFCluster cluster = cluster()) {
            FeedInput input = FeedInput.of(Ids.rdd(spark.context(), ROWS, 5), Ids.encoder());

            List<EpochReport> epochs = cluster.train(input.cached(StorageLevel.DISK_ONLY()), 2);

            assertThat(epochs.get(1).cache().diskBytes()).isGreaterThan(8L * ROWS);
            assertThat(epochs.get(1).cache().memoryBytes()).isZero();
        }
    }

    @Test
    void anInputWithoutOrderIsWarnedOfOnceAndACheckpointPinsIt() throws IOException {
        LongAccumulator computed = spark.session().sparkContext().longAccumulator();
        JavaRDD<Long> indeterminate = counted(computed).repartition(3).repartition(4);
        Path log = Path.of(System.getProperty("tfcluster.tests.log"));
        long before = warnings(log); // of other tests, which share the file
        try (TFCluster cluster = cluster()) {
            FeedInput input = FeedInput.of(indeterminate, Ids.encoder());
            cluster.feed("train", input, 1);
            cluster.feed("train", input, 1);
            assertThat(warnings(log)).isEqualTo(before + 1);

            assertThatThrownBy(() -> cluster.feed("train", input.checkpointed(), 1))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("sc.setCheckpointDir");
            spark.context().setCheckpointDir(folder.toUri().toString());
            computed.reset();
            List<EpochReport> epochs = cluster.train(
                    FeedInput.of(counted(computed).repartition(5).repartition(4), Ids.encoder())
                            .checkpointed(),
                    2);

            assertThat(computed.value())
                    .as("rows computed, once for two epochs")
                    .isEqualTo(ROWS);
            assertThat(epochs).extracting(EpochReport::rowsTaken).containsOnly((long) ROWS);
            assertThat(warnings(log)).isEqualTo(before + 1);
            assertThat(cluster.ledger().rowsTaken("train")).isEqualTo(4L * ROWS);
            assertThat(rows(cluster.shutdown())).isEqualTo(4L * ROWS);
        }
        try (Stream<Path> files = Files.walk(folder)) {
            assertThat(files.filter(Files::isRegularFile)).isEmpty();
        }
    }

    private static long warnings(Path log) throws IOException {
        try (Stream<String> lines = Files.lines(log)) {
            return lines.filter(line -> line.contains("when Spark computes it again"))
                    .count();
        }
    }

    @Test
    void columnsOfADataFrameAreFedUnderTheNamesOfTheFeedsColumns() {
        Dataset<Row> frame = spark.session().range(0, ROWS, 1, 4).toDF("the number");
        try (TFCluster cluster = cluster()) {
            assertThatThrownBy(() -> cluster.train(frame, Map.of("number", "id"), 1))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("number missing");
            assertThatThrownBy(() -> cluster.train(frame, Map.of("the number", "label"), 1))
                    .hasMessageContaining("the feed has no column label");
            assertThatThrownBy(() -> cluster.train(frame, 1)).hasMessageContaining("missing");

            List<EpochReport> epochs = cluster.train(frame, Map.of("the number", "id"), 2);

            assertThat(epochs).extracting(EpochReport::rowsTaken).containsExactly((long) ROWS, (long) ROWS);
            assertThat(rows(cluster.shutdown())).isEqualTo(2L * ROWS);
        }
    }

    @Test
    void aDeterministicFeedGivesEachNodeTheSameBatchesInEachRun() {
        List<String> orders = new ArrayList<>();
        for (int run = 0; run < 2; run++) {
            LongAccumulator computed = spark.session().sparkContext().longAccumulator();
            try (TFCluster cluster =
                    cluster(FeedConfig.of(Ids.SCHEMA).shuffle(500, 7).deterministic(true))) {
                FeedInput input = FeedInput.of(counted(computed), Ids.encoder());
                List<EpochReport> epochs = cluster.train(input.cached(), 2);
                TrainingReport report = cluster.shutdown();

                assertThat(epochs).extracting(EpochReport::rowsTaken).containsOnly((long) ROWS);
                assertThat(computed.value())
                        .as("rows computed, counting included")
                        .isEqualTo(ROWS);
                orders.add(report.nodes().stream()
                        .map(node -> node.name() + " " + node.result().get("order"))
                        .toList()
                        .toString());
            }
        }
        assertThat(orders.get(0)).isEqualTo(orders.get(1));
    }
}
