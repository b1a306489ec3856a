package io.tfcluster.tests.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tfcluster.ClusterListener;
import io.tfcluster.EpochReport;
import io.tfcluster.TFCluster;
import io.tfcluster.TrainingReport;
import io.tfcluster.reservation.NodeInfo;
import io.tfcluster.reservation.NodeProgress;
import io.tfcluster.tests.harness.ChildJvm;
import io.tfcluster.tests.harness.Leftovers;
import io.tfcluster.tests.harness.LocalSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A driver that is killed can say nothing; its nodes leave by themselves, and another driver goes on at the next row. */
@Timeout(600)
final class DriverDeathTest {
    private static final Pattern NODE = Pattern.compile("^NODE (\\d+)$");
    private static final Pattern STEP = Pattern.compile("^STEP (\\d+)$");

    @TempDir
    Path folder;

    /** The driver that dies: trains slowly, and says who its nodes are and how far they have come. */
    public static final class Driver {
        private Driver() {}

        public static void main(String[] arguments) {
            ClusterListener teller = new ClusterListener() {
                @Override
                public void joined(NodeInfo node) {
                    say("NODE " + node.pid());
                }

                @Override
                public void progress(String node, NodeProgress progress) {
                    say("STEP " + progress.step());
                }
            };
            try (LocalSpark spark = LocalSpark.cluster(1, 2);
                    TFCluster cluster = TFCluster.run(
                            spark.session(),
                            Visits::main,
                            new Visits.Plan(arguments[0], 40),
                            Visits.config(2).listener(teller).build())) {
                cluster.train(Visits.rows(spark.context()), 1);
            }
        }

        private static void say(String line) {
            System.out.println(line);
            System.out.flush();
        }
    }

    @Test
    void theNodesOfAKilledDriverLeaveAndAnotherOneGoesOnAtTheNextRow() throws IOException {
        Leftovers.Snapshot before = Leftovers.snapshot();
        Path temporary = Files.createDirectory(folder.resolve("tmp"));
        List<MatchResult> nodes;
        try (ChildJvm driver = ChildJvm.start(
                "driver",
                Driver.class,
                List.of("-Xmx512m", "-Djava.io.tmpdir=" + temporary),
                Map.of(),
                folder,
                folder.toString())) {
            nodes = driver.awaitLines(NODE, 2, Duration.ofMinutes(4));
            await().atMost(Duration.ofMinutes(3))
                    .until(() -> driver.lastLines().stream()
                            .flatMap(line -> STEP.matcher(line).results())
                            .anyMatch(step -> Long.parseLong(step.group(1)) >= 12));
            ProcessHandle.of(driver.pid()).ifPresent(ProcessHandle::destroyForcibly);

            await().atMost(Duration.ofSeconds(10)) // 5 s are promised; the machine may be busy
                    .until(() -> nodes.stream()
                            .noneMatch(node -> ProcessHandle.of(Long.parseLong(node.group(1)))
                                    .isPresent()));
        }

        try (LocalSpark spark = LocalSpark.cluster(1, 2);
                TFCluster cluster = TFCluster.run(
                        spark.session(),
                        Visits::main,
                        new Visits.Plan(folder.toString(), 0, true),
                        Visits.config(2).build())) {
            List<EpochReport> epochs =
                    cluster.train(Visits.rows(spark.context()).resume(folder + "/checkpoints"), 1);
            TrainingReport report = cluster.shutdown();

            assertThat(epochs.get(0).resumedRows()).isPositive();
            assertThat(epochs.get(0).rowsTaken() + epochs.get(0).resumedRows()).isEqualTo(Visits.ROWS);
            assertThat(report.nodes())
                    .allSatisfy(
                            node -> assertThat(node.result()).containsEntry("visited", Integer.toString(Visits.ROWS)));
        }
        Leftovers.assertNothingLeftSince(
                before, Duration.ofMinutes(1)); // executors look for their driver every few seconds
    }
}
