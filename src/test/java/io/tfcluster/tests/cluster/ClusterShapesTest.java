package io.tfcluster.tests.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.tfcluster.ClusterConfig;
import io.tfcluster.EpochReport;
import io.tfcluster.TFCluster;
import io.tfcluster.TrainingReport;
import io.tfcluster.tests.cluster.Linear.Point;
import io.tfcluster.tests.harness.Leftovers;
import io.tfcluster.tests.harness.LocalSpark;
import io.tfcluster.tests.harness.StandaloneCluster;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import scala.Tuple2;

/** The same training on every shape of application: where nodes and feed tasks land must make no difference. */
final class ClusterShapesTest {
    private static final int ROWS = 2_003;
    private static final int EPOCHS = 6;

    @Test
    void twoExecutorsWithOneCoreEach() {
        try (LocalSpark spark = LocalSpark.cluster(2, 1)) {
            Set<String> executors = new TreeSet<>();

            trains(spark, Linear.config(2).listener(new ExecutorsOf(executors)), 2);

            assertThat(executors).as("one node on each executor").hasSize(2);
        }
    }

    @Test
    void oneExecutorWithManyCoresHoldsBothNodesAndParameterServersLearnToo() {
        try (LocalSpark spark = LocalSpark.cluster(1, 4)) {
            trains(spark, Linear.config(2), 2);
            trains(spark, Linear.config(3).ps(1), 2);
            trains(spark, Linear.config(2).ps(1).chiefName("chief"), 1);
        }
    }

    @Test
    void aClusterSmallerThanTheApplicationIsFedFromEverywhere() {
        try (LocalSpark spark = LocalSpark.cluster(3, 1)) {
            trains(spark, Linear.config(2), 2);
            trains(spark, Linear.config(3).ps(1).parameterServersOnDriver(true), 2);
        }
    }

    @Test
    void insideTheDriver() {
        try (LocalSpark spark = LocalSpark.inThisJvm()) {
            trains(spark, Linear.config(1), 1);
            trains(spark, Linear.config(2), 2);
        }
    }

    @Test
    void aStandaloneMasterWithTwoWorkers() {
        try (StandaloneCluster standalone = StandaloneCluster.start(2, 1);
                LocalSpark spark = standalone.connect(Map.of())) {
            trains(spark, Linear.config(2), 2);
        }
    }

    private static void trains(LocalSpark spark, ClusterConfig.Builder config, int workers) {
        Leftovers.Snapshot before = Leftovers.snapshot();
        JavaRDD<Point> points = Linear.points(spark.context(), ROWS, 7);
        try (TFCluster cluster = TFCluster.run(spark.session(), Linear::main, "", config.build())) {
            List<EpochReport> epochs = cluster.train(points, Linear.trainEncoder(), EPOCHS);
            List<Tuple2<Point, Row>> answers =
                    cluster.inference(points, Linear.inferenceEncoder()).collect();
            TrainingReport report = cluster.shutdown();

            assertThat(epochs).hasSize(EPOCHS).allSatisfy(epoch -> {
                assertThat(epoch.inputRows()).isEqualTo(ROWS);
                assertThat(epoch.rowsTaken()).isEqualTo(ROWS);
                assertThat(epoch.rowsByNode()).hasSize(workers);
            });
            assertThat(rowsTrained(report)).isEqualTo((long) EPOCHS * ROWS);
            assertThat(answers).hasSize(ROWS);
            for (int i = 0; i < ROWS; i++) {
                Tuple2<Point, Row> answer = answers.get(i);
                assertThat(answer._1().id()).isEqualTo(i);
                float predicted = (float)
                        answer._2().getList(answer._2().fieldIndex("predicted")).get(0);
                assertThat(predicted).isCloseTo(answer._1().y(), within(0.5f));
            }
        }
        Leftovers.assertNothingLeftSince(before);
    }

    private static long rowsTrained(TrainingReport report) {
        return report.nodes().stream()
                .mapToLong(node -> Long.parseLong(node.result().getOrDefault("rows", "0")))
                .sum();
    }
}
