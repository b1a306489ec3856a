package io.tfcluster.tests.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tfcluster.ClusterConfig;
import io.tfcluster.InputMode;
import io.tfcluster.NodeExitException;
import io.tfcluster.TFCluster;
import io.tfcluster.TFParallel;
import io.tfcluster.TrainingReport;
import io.tfcluster.tests.harness.Leftovers;
import io.tfcluster.tests.harness.LocalSpark;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Nodes that read their own data: raw TensorFlow servers, and independent copies. */
final class InputModeTensorFlowTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static LocalSpark spark;

    private Leftovers.Snapshot before;

    @BeforeAll
    static void startSpark() {
        spark = LocalSpark.cluster(2, 2);
    }

    @AfterAll
    static void stopSpark() {
        spark.close();
    }

    @BeforeEach
    void look() {
        before = Leftovers.snapshot();
    }

    @AfterEach
    void nothingIsLeft() {
        Leftovers.assertNothingLeftSince(before);
    }

    private static ClusterConfig.Builder config(int nodes) {
        return ClusterConfig.builder(nodes)
                .inputMode(InputMode.TENSORFLOW)
                .nodeMemory("256m")
                .reservationTimeout(Duration.ofSeconds(90));
    }

    @Test
    void aWorkerRunsPartOfItsGraphOnTheParameterServer() {
        try (TFCluster cluster = TFCluster.run(
                spark.session(),
                Mains::runsOnItsServer,
                "",
                config(3).ps(1).chiefName("chief").build())) {
            TrainingReport report = cluster.shutdown(true, LIMIT);

            assertThat(report.nodes())
                    .extracting(TrainingReport.Node::name)
                    .containsExactly("ps:0", "chief:0", "worker:0");
            assertThat(report.nodes().get(1).result()).containsEntry("sum", "42.0");
            assertThat(report.nodes().get(2).result()).containsEntry("sum", "42.0");
            assertThat(report.nodes().get(2).result().get("path"))
                    .startsWith("file:///")
                    .endsWith("/model");
        }
    }

    @Test
    void independentCopiesRunSideBySideAndReturnTheirResults() {
        List<Map<String, String>> results = TFParallel.run(
                spark.session(), Mains::tellsWhoItIs, "copy", config(3).build(), LIMIT);

        assertThat(results)
                .extracting(result -> result.get("who"))
                .containsExactly("copy 0 of 3 in 1", "copy 1 of 3 in 1", "copy 2 of 3 in 1");
    }

    @Test
    void aCopyThatFailsFailsTheRun() {
        assertThatThrownBy(() -> TFParallel.run(
                        spark.session(), Mains::oneCopyFails, "", config(3).build(), LIMIT))
                .isInstanceOf(NodeExitException.class)
                .hasMessageContaining("copy 1 found nothing");
    }

    @Test
    void feedingAClusterThatReadsItsOwnDataIsRefused() {
        try (TFCluster cluster = TFCluster.run(
                spark.session(), Mains::tellsWhoItIs, "", config(1).build())) {
            assertThatThrownBy(() -> cluster.train(Linear.points(spark.context(), 10, 1), Linear.trainEncoder(), 1))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("inputMode(SPARK)");
            cluster.shutdown(true, LIMIT);
        }
    }
}
