package io.tfcluster.benchmarks;

import io.tfcluster.ClusterConfig;
import io.tfcluster.TFCluster;
import io.tfcluster.feeding.FeedConfig;
import io.tfcluster.feeding.RowEncoder;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * A convolutional network that learns from rows fed by Spark, and the same network from batches that lie in the node's memory: stretches of
 * steps of one kind, then of the other, in turn, so that both see the same machine; medians of the stretches are compared. What is in memory
 * is the limit.
 */
final class FeedTrainingBenchmark implements Benchmark {
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final FeedTrainingMain.Plan PLAN = new FeedTrainingMain.Plan(9, 25, 100);
    private static final FeedTrainingMain.Plan QUICK = new FeedTrainingMain.Plan(3, 3, 60);

    /** Small, so that rows that piled up while the other loop ran do not count. */
    private static final long BUFFER_BYTES = 4L << 20;

    /** More than are ever asked for: the node ends the feed. */
    private static final long PARTITION_ROWS = 100_000_000;

    private static final RowEncoder<Example> ENCODER =
            (row, out) -> out.putBytes(row.bytes()).putLong(row.label());

    private final FeedTrainingMain.Plan plan;
    private final LocalSpark spark;

    FeedTrainingBenchmark(Settings settings, LocalSpark spark) {
        this.plan = settings.quick() ? QUICK : PLAN;
        this.spark = spark;
    }

    @Override
    public String name() {
        return "feed.training";
    }

    @Override
    public String about() {
        return "a CNN fed from Spark against the same on data in memory";
    }

    @Override
    public List<Measurement> run(Consumer<String> progress) {
        progress.accept(name() + ": " + plan.rounds() + " times " + plan.steps()
                + " steps on rows from Spark, and as many on rows in memory ...");
        ClusterConfig config = ClusterConfig.builder(1)
                .feed("train", FeedConfig.of(FeedTrainingMain.SCHEMA).buffer(BUFFER_BYTES))
                .threads(1, 1)
                .jvmOptions("-Dlog4j2.configurationFile=benchmarks-log4j2.properties")
                .build();
        try (TFCluster cluster = TFCluster.run(spark.session(), FeedTrainingMain::run, plan, config)) {
            cluster.train(
                    GeneratedRows.of(spark.context(), FeedTrainingBenchmark::prepared, 1, PARTITION_ROWS), ENCODER, 0);
            return measurements(cluster.shutdown(true, LIMIT).nodes().get(0).result());
        }
    }

    private static List<Example> prepared() {
        Random random = new Random(42);
        return IntStream.range(0, 64)
                .mapToObj(index ->
                        Example.ofLabelledBytes(random, FeedTrainingMain.ROW_BYTES, index % FeedTrainingMain.CLASSES))
                .toList();
    }

    private List<Measurement> measurements(Map<String, String> result) {
        double fed = number(result, "fedStep");
        double memory = number(result, "memoryStep");
        return List.of(
                Measurement.of(name(), 1 / fed, "steps/s", 1 / memory).aimingAt(Target.ratioAtLeast(0.95)),
                Measurement.of(name() + ".feedWait", 100 * number(result, "waited"), "%")
                        .aimingAt(Target.atMost(3)),
                Measurement.of(name() + ".takesBatch", 100 * number(result, "ready"), "%"),
                Measurement.of(name() + ".stepInMemory", 1000 * memory, "ms"),
                Measurement.of(name() + ".batchRows", number(result, "rows"), "rows"));
    }

    private static double number(Map<String, String> result, String key) {
        return Double.parseDouble(result.getOrDefault(key, "NaN"));
    }

    @Override
    public void close() {
        spark.close();
    }
}
