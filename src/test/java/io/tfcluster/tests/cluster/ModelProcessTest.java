package io.tfcluster.tests.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tfcluster.estimator.TFModel;
import io.tfcluster.tests.harness.Leftovers;
import io.tfcluster.tests.harness.LocalSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Graph;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/** A model in a process beside its executor: there once, for job after job, and gone with the executor. */
@Timeout(600)
final class ModelProcessTest {
    @TempDir
    Path folder;

    private Path graph() throws IOException {
        try (Graph graph = new Graph()) {
            Ops tf = Ops.create(graph);
            Placeholder<TFloat32> x = tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1)));
            tf.withName("twice").math.add(x, x);
            return Files.write(folder.resolve("twice.pb"), graph.toGraphDef().toByteArray());
        }
    }

    @Test
    void eachExecutorHasOneForAllJobsThatGoesWithIt() throws IOException {
        TFModel model = new TFModel()
                .setFrozenGraph(graph().toString())
                .setOutputMapping(Map.of("twice", "y"))
                .setIsolation("child")
                .setThreads(1);
        Leftovers.Snapshot before = Leftovers.snapshot();
        try (LocalSpark spark = LocalSpark.cluster(2, 1)) {
            Dataset<Row> rows = spark.session().range(0, 4_000, 1, 8).selectExpr("cast(id as float) as x");
            await().atMost(Duration.ofMinutes(5))
                    .until(
                            () -> { // until both executors have had a task
                                assertThat(sum(model.transform(rows))).isEqualTo(4_000d * 3_999);
                                return models(spark).size() == 2;
                            });
            Map<Long, Long> first = models(spark);

            assertThat(sum(model.transform(rows))).isEqualTo(4_000d * 3_999);
            assertThat(models(spark)).as("the same for the next job").isEqualTo(first);

            long executor = first.keySet().iterator().next();
            ProcessHandle child = ProcessHandle.of(first.get(executor)).orElseThrow();
            ProcessHandle.of(executor).ifPresent(ProcessHandle::destroyForcibly);
            await().atMost(Duration.ofSeconds(60)).until(() -> !child.isAlive());
            assertThat(sum(model.transform(rows))).isEqualTo(4_000d * 3_999);
        }
        Leftovers.assertNothingLeftSince(before);
    }

    private static double sum(Dataset<Row> answers) {
        return answers.selectExpr("sum(cast(y as double))").head().getDouble(0);
    }

    /** The model's process of each executor that has one. */
    private static Map<Long, Long> models(LocalSpark spark) {
        Map<Long, Long> models = new TreeMap<>();
        for (long executor : spark.executorPids()) {
            ProcessHandle.of(executor).stream()
                    .flatMap(ProcessHandle::children)
                    .filter(ProcessHandle::isAlive)
                    .forEach(child -> models.put(executor, child.pid()));
        }
        return models;
    }
}
