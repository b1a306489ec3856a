package io.tfcluster.benchmarks;

import io.tfcluster.estimator.TFModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/**
 * Many small rows, a number and four floats, through a network of 4, 16 and 3 units in one task of one executor; the rows are made as they
 * are asked for, and thrown away with their three scores. The executor's memory is watched from outside.
 */
final class TransformSmallBenchmark implements Benchmark {
    private static final double WANTED_ROWS = 300_000;
    private static final double FLAT_PERCENT = 5;
    private static final int PASSES = 10;

    /** Until the heap has its size and the code is compiled. */
    private static final int WARM_UPS = 6;

    private final boolean quick;
    private final LocalSpark spark;

    TransformSmallBenchmark(Settings settings, LocalSpark spark) {
        this.quick = settings.quick();
        this.spark = spark;
    }

    @Override
    public String name() {
        return "transform.small";
    }

    @Override
    public String about() {
        return "1,000,000 small rows through a small model by TFModel";
    }

    @Override
    public List<Measurement> run(Consumer<String> progress) {
        long rows = quick ? 20_000 : 1_000_000;
        Path graph = network();
        try {
            TFModel model = new TFModel()
                    .setFrozenGraph(graph.toString())
                    .setInputMapping(Map.of("features", "x"))
                    .setOutputMapping(Map.of("scores", "scores"))
                    .setBatchSize(1_024);
            Dataset<Row> out = model.transform(spark.session()
                    .range(0, rows, 1, 1)
                    .selectExpr("id", "array(cast(id as float), 1f, 2f, cast(id % 7 as float)) as features"));
            progress.accept(name() + ": " + rows + " rows, " + (PASSES + WARM_UPS) + " times ...");
            for (int pass = 0; pass < WARM_UPS; pass++) {
                consume(out);
            }
            List<Double> rates = new ArrayList<>();
            try (ResidentMemory memory = ResidentMemory.start(Map.of("executor", executor()), 50)) {
                for (int pass = 0; pass < PASSES; pass++) {
                    long start = System.nanoTime();
                    consume(out);
                    rates.add(rows / ((System.nanoTime() - start) / 1e9));
                }
                memory.close();
                Curve curve = memory.curves().get(0);
                double growth = 100 * curve.slope() * curve.lastX() / curve.mean();
                return List.of(
                        Measurement.of(name(), median(rates), "rows/s").aimingAt(Target.atLeast(WANTED_ROWS)),
                        Measurement.of(name() + ".memory", curve.max(), "MB"),
                        Measurement.of(name() + ".memoryGrowth", growth, "%").aimingAt(Target.atMost(FLAT_PERCENT)));
            }
        } finally {
            delete(graph);
        }
    }

    /** Asks for every cell and keeps none. */
    static void consume(Dataset<Row> rows) {
        rows.write().format("noop").mode("overwrite").save();
    }

    static double median(List<Double> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }

    private long executor() {
        return spark.context()
                .parallelize(List.of(1), 1)
                .map(one -> ProcessHandle.current().pid())
                .first();
    }

    private static Path network() {
        try (Graph graph = new Graph()) {
            Ops tf = Ops.create(graph);
            Placeholder<TFloat32> x = tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 4)));
            Operand<TFloat32> hidden = tf.nn.relu(tf.linalg.matMul(x, tf.constant(weights(4, 16))));
            tf.withName("scores").nn.softmax(tf.linalg.matMul(hidden, tf.constant(weights(16, 3))));
            Path file = Files.createTempFile("tfcluster-small-", ".pb");
            Files.write(file, graph.toGraphDef().toByteArray());
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write a graph to the temporary folder: " + e, e);
        }
    }

    private static float[][] weights(int in, int out) {
        float[][] weights = new float[in][out];
        for (int i = 0; i < in; i++) {
            for (int j = 0; j < out; j++) {
                weights[i][j] = (float) Math.sin(i * out + j);
            }
        }
        return weights;
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            file.toFile().deleteOnExit();
        }
    }

    @Override
    public void close() {
        spark.close();
    }
}
