package io.tfcluster.estimator;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfcluster.tests.harness.LocalSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Graph;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/** TFModel on executor JVMs of their own; it stands in this package to count what they load. */
@Timeout(180)
class ModelsOnExecutorsTest {
    private static LocalSpark spark;

    @TempDir
    static Path folder;

    @BeforeAll
    static void startSpark() {
        spark = LocalSpark.cluster(2, 2, Map.of("spark.tfcluster.models.max", "3"));
    }

    @AfterAll
    static void stopSpark() {
        spark.close();
    }

    private static TFModel model(String name) throws IOException {
        try (Graph graph = new Graph()) {
            Ops tf = Ops.create(graph);
            Placeholder<TFloat32> x = tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1)));
            tf.withName("twice").math.mul(x, tf.constant(2f));
            Path file = Files.write(folder.resolve(name), graph.toGraphDef().toByteArray());
            return new TFModel().setFrozenGraph(file.toString()).setOutputMapping(Map.of("twice", "y"));
        }
    }

    private static Dataset<Row> rows() {
        return spark.session().range(0, 10_000, 1, 16).selectExpr("id", "cast(id as float) as x");
    }

    /** Returns, by process id, how many models each executor has loaded so far and has now. */
    private static Map<Long, List<Long>> executors() {
        Map<Long, List<Long>> all = new HashMap<>();
        spark.context()
                .parallelize(java.util.stream.IntStream.range(0, 64).boxed().toList(), 64)
                .map(i -> List.of(
                        ProcessHandle.current().pid(), ModelCache.ofProcess().loads(), (long)
                                ModelCache.ofProcess().size()))
                .collect()
                .forEach(each -> all.put(each.get(0), each.subList(1, 3)));
        return all;
    }

    @Test
    void jobsInSequenceLoadAModelOncePerExecutorAndTheCacheStaysWithinItsLimit() throws IOException {
        TFModel model = model("once.pb");
        Map<Long, List<Long>> before = executors();

        for (int job = 0; job < 3; job++) {
            assertThat(model.transform(rows()).filter("y = 2 * id").count()).isEqualTo(10_000);
        }
        Map<Long, List<Long>> after = executors();
        for (int i = 0; i < 10; i++) {
            assertThat(model("turn" + i + ".pb")
                            .transform(rows())
                            .filter("y = 2 * id")
                            .count())
                    .isEqualTo(10_000);
        }

        assertThat(after).hasSizeLessThanOrEqualTo(2).isNotEmpty();
        after.forEach((pid, counts) -> assertThat(counts.get(0)
                        - before.getOrDefault(pid, List.of(0L, 0L)).get(0))
                .as("models that executor %s loaded for three jobs", pid)
                .isLessThanOrEqualTo(1));
        assertThat(after.values().stream().mapToLong(counts -> counts.get(0)).sum())
                .isPositive();
        executors()
                .forEach((pid, counts) -> assertThat(counts.get(1))
                        .as("models that executor %s holds after eleven", pid)
                        .isLessThanOrEqualTo(3));
    }
}
