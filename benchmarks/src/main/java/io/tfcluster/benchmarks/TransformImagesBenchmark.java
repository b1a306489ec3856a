package io.tfcluster.benchmarks;

import io.tfcluster.estimator.TFModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.storage.StorageLevel;

/**
 * Pictures, 224 x 224 x 3 floats in an array, through mobilenet_v2 in one task of one executor, out of Spark's cache. The limit is a bare
 * TensorFlow loop in the same executor, of the same batch size and threads, over one tensor that is there already; both by turns.
 */
final class TransformImagesBenchmark implements Benchmark {
    private static final int BATCH = 32;
    private static final double WANTED_RATIO = 0.95;
    private static final String GRAPH = "models/mobilenet_v2_1.0_224/frozen_graph.pb";
    private static final String OUTPUT = "MobilenetV2/Predictions/Softmax";

    private final boolean quick;
    private final LocalSpark spark;

    TransformImagesBenchmark(Settings settings, LocalSpark spark) {
        this.quick = settings.quick();
        this.spark = spark;
    }

    @Override
    public String name() {
        return "transform.images";
    }

    @Override
    public String about() {
        return "pictures through mobilenet_v2 by TFModel, against a bare TensorFlow loop";
    }

    @Override
    public List<Measurement> run(Consumer<String> progress) {
        Optional<Path> graph = SharedData.find(GRAPH);
        if (graph.isEmpty()) {
            progress.accept(name() + ": skipped, ../shared/data/" + GRAPH + " is not beside this checkout");
            return List.of();
        }
        int batches = quick ? 1 : 16;
        int rounds = quick ? 1 : 3;
        int threads = Runtime.getRuntime().availableProcessors();
        long count = (long) BATCH * batches;
        Dataset<Row> pictures = spark.session()
                .range(0, count, 1, 1)
                .selectExpr(
                        "id",
                        "transform(sequence(1, 150528), i -> cast(((i * 31 + id * 17) % 255) / 127.5 - 1 as float)) as pixels")
                .persist(StorageLevel.MEMORY_ONLY());
        progress.accept(name() + ": making " + count + " pictures ...");
        TransformSmallBenchmark.consume(pictures);
        TFModel model = new TFModel()
                .setFrozenGraph(graph.get().toString())
                .setInputMapping(Map.of("pixels", "input"))
                .setOutputMapping(Map.of(OUTPUT, "scores"))
                .setKeepInputs(false)
                .setBatchSize(BATCH)
                .setThreads(threads);
        Dataset<Row> answers = model.transform(pictures);
        List<Double> bare = new ArrayList<>();
        List<Double> transformed = new ArrayList<>();
        progress.accept(name() + ": " + rounds + " times " + batches + " batches, bare and by transform ...");
        TransformSmallBenchmark.consume(answers);
        BareTransform loop = new BareTransform(graph.get().toString(), "input", OUTPUT, BATCH, batches, threads);
        for (int round = 0; round < rounds; round++) {
            bare.add(count
                    / spark.context()
                            .parallelize(List.of(1), 1)
                            .map(loop::seconds)
                            .first());
            long start = System.nanoTime();
            TransformSmallBenchmark.consume(answers);
            transformed.add(count / ((System.nanoTime() - start) / 1e9));
        }
        pictures.unpersist(true);
        return List.of(Measurement.of(
                        name(),
                        TransformSmallBenchmark.median(transformed),
                        "images/s",
                        TransformSmallBenchmark.median(bare))
                .aimingAt(Target.ratioAtLeast(WANTED_RATIO)));
    }

    @Override
    public void close() {
        spark.close();
    }
}
