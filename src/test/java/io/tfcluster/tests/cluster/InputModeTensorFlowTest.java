package io.tfcluster.tests.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tfcluster.ClusterConfig;
import io.tfcluster.InputMode;
import io.tfcluster.NodeExitException;
import io.tfcluster.TFCluster;
import io.tfcluster.TFParallel;
import io.tfcluster.TrainingReport;
import io.tfcluster.tests.harness.Leftovers;
import io.tfcluster.tests.harness.LocalSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nodes that read their own data: raw TensorFlow servers, and independent copies. */
final class InputModeTensorFlowTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static LocalSpark spark;

    private Leftovers.Snapshot before;

    @BeforeAll
    static void startSpark() {
        spark = LocalSpark.shared(2, 2);
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
    void aCrashAfterTheFarewellIsNoFailureAndStartsNothingAgain(@TempDir Path folder) throws IOException {
        try (TFCluster cluster = TFCluster.run(
                spark.session(),
                Mains::crashesAfterItsFarewell,
                folder.toString(),
                config(2).build())) {
            TrainingReport report = cluster.shutdown(true, LIMIT);

            assertThat(report.nodes().get(0).result()).containsEntry("who", "the first attempt");
        }
        try (Stream<Path> runs = Files.list(folder)) {
            assertThat(runs.filter(file -> file.getFileName().toString().startsWith("run")))
                    .hasSize(1);
        }
    }

    @Test
    void anEvaluatorStaysUntilTheOthersHaveEndedAndTheMasterHasItsName() {
        ClusterConfig config = config(3).chiefName("master").evaluator(true).build();
        try (TFCluster cluster = TFCluster.run(spark.session(), Mains::evaluatorWaits, "", config)) {
            TrainingReport report = cluster.shutdown(true, LIMIT);

            assertThat(report.nodes())
                    .extracting(TrainingReport.Node::name)
                    .containsExactly("master:0", "evaluator:0", "worker:0");
            assertThat(report.nodes().get(0).result()).containsEntry("chief", "true");
            assertThat(report.nodes().get(1).result()).containsEntry("stopped", "true");
            assertThat(report.nodes().get(2).result()).containsEntry("chief", "false");
            assertThat(report.nodes().get(2).result().get("config"))
                    .contains("\"master\"")
                    .contains("\"type\":\"worker\"");
        }
    }

    @Test
    void tensorboardRunsBesideTheChiefAndEndsWithIt(@TempDir Path folder) throws Exception {
        Path program = folder.resolve("tensorboard");
        Files.writeString(program, "#!/bin/sh\necho \"$@\" > " + folder.resolve("arguments") + "\nexec sleep 600\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        ClusterConfig config = config(2)
                .tensorboard(true)
                .logDir(folder.resolve("events").toString())
                .environment("PATH", folder + ":" + System.getenv("PATH"))
                .build();
        try (TFCluster cluster = TFCluster.run(spark.session(), Mains::tellsWhoItIs, "", config)) {
            String url = cluster.tensorboardUrl().orElseThrow();

            assertThat(url).matches("http://(127\\.0\\.0\\.1|localhost):[0-9]+");
            await().until(() -> Files.exists(folder.resolve("arguments")));
            assertThat(Files.readString(folder.resolve("arguments")))
                    .contains("--logdir " + folder.resolve("events"))
                    .contains("--port " + url.substring(url.lastIndexOf(':') + 1));
            cluster.shutdown(true, LIMIT);
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
