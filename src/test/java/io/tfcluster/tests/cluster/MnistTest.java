package io.tfcluster.tests.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfcluster.ClusterConfig;
import io.tfcluster.TFCluster;
import io.tfcluster.TrainingReport;
import io.tfcluster.tests.harness.LocalSpark;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Real digits, three epochs, validated by the workers after each. */
@Timeout(900)
final class MnistTest {
    private static final int EPOCHS = 3;
    private static LocalSpark spark;

    @BeforeAll
    static void startSpark() {
        spark = LocalSpark.shared(2, 2);
    }

    @AfterAll
    static void stopSpark() {
        spark.close();
    }

    @Test
    void twoWorkersByAllReduceLearnTheDigits() {
        assertThat(accuracy("all-reduce", Mnist.config(2), 2)).isGreaterThanOrEqualTo(0.990);
    }

    @Test
    void twoWorkersByAsynchronousParameterServerLearnTheDigits() {
        assertThat(accuracy("asynchronous ps", Mnist.config(3).ps(1), 1)).isGreaterThanOrEqualTo(0.985);
    }

    private static double accuracy(String how, ClusterConfig.Builder config, int batchesPerStep) {
        int batchSize = 32;
        Mnist.Plan plan = new Mnist.Plan((long) EPOCHS * Mnist.TRAIN_ROWS / batchSize / batchesPerStep, batchSize);
        long start = System.nanoTime();
        try (TFCluster cluster = TFCluster.run(spark.session(), Mnist::main, plan, config.build())) {
            cluster.train(Mnist.input(spark.context(), "train", 4), Mnist.input(spark.context(), "t10k", 2), EPOCHS);
            cluster.endFeed("train");
            cluster.feed("test", Mnist.input(spark.context(), "t10k", 3), 1);
            TrainingReport report = cluster.shutdown();
            List<TrainingReport.Node> workers = report.nodes().stream()
                    .filter(node -> node.name().startsWith("worker"))
                    .toList();

            assertThat(workers)
                    .hasSize(2)
                    .allSatisfy(node -> assertThat(node.result().get("epochs")).isEqualTo("" + EPOCHS));
            assertThat(workers.stream()
                            .mapToLong(node -> Long.parseLong(node.result().get("rows")))
                            .sum())
                    .isEqualTo((long) EPOCHS * Mnist.TRAIN_ROWS);
            assertThat(workers.get(1).result().get("test"))
                    .as("accuracy over the rows of both")
                    .isEqualTo(workers.get(0).result().get("test"));
            double accuracy = Double.parseDouble(workers.get(0).result().get("test"));
            System.out.printf(
                    Locale.ROOT,
                    "MNIST, %s: test accuracy %.2f%% after %d epochs, %.0f s%n",
                    how,
                    100 * accuracy,
                    EPOCHS,
                    (System.nanoTime() - start) / 1e9);
            return accuracy;
        }
    }
}
