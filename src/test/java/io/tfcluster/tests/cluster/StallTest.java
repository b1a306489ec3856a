package io.tfcluster.tests.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.tfcluster.ClusterConfig;
import io.tfcluster.ClusterListener;
import io.tfcluster.EpochReport;
import io.tfcluster.NodeExitException;
import io.tfcluster.StallReport;
import io.tfcluster.TFCluster;
import io.tfcluster.reservation.NodeInfo;
import io.tfcluster.reservation.NodeProgress;
import io.tfcluster.tests.harness.Leftovers;
import io.tfcluster.tests.harness.LocalSpark;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A cluster that stands still says who keeps it, and ends when it was told to. */
final class StallTest {
    private static final int ROWS = 20_000;
    private static LocalSpark spark;

    private Leftovers.Snapshot before;

    @BeforeAll
    static void startSpark() {
        spark = LocalSpark.cluster(1, 4);
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

    private static ClusterConfig.Builder config(Watcher watcher) {
        return Linear.config(2)
                .heartbeat(Duration.ofMillis(250), Duration.ofMinutes(2))
                .feedTimeout(Duration.ofMinutes(3))
                .stallWarning(Duration.ofSeconds(8))
                .listener(watcher);
    }

    @Test
    void aFrozenPeerIsNamedAsTheRootAndTrainingGoesOnWhenItThaws() throws Exception {
        Watcher watcher = new Watcher("worker:1", 20);
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try (TFCluster cluster =
                TFCluster.run(spark.session(), Linear::main, "", config(watcher).build())) {
            Future<List<EpochReport>> training = thread.submit(
                    () -> cluster.train(Linear.points(spark.context(), ROWS, 4), Linear.trainEncoder(), 1));

            await().atMost(Duration.ofMinutes(2))
                    .until(() ->
                            watcher.frozen != 0 && watcher.stallOf("worker:1").isPresent());
            StallReport stall = watcher.stallOf("worker:1").orElseThrow();
            Signals.send("CONT", watcher.frozen);

            assertThat(stall.nodes()).contains("worker:1");
            assertThat(stall.cause())
                    .contains("says nothing")
                    .contains("process " + watcher.frozen + " on ")
                    .contains(" is frozen");
            assertThat(stall.text())
                    .contains("threads of worker:1: it does not answer")
                    .contains("worker:1 (ring)");
            assertThat(training.get(3, TimeUnit.MINUTES).get(0).rowsTaken()).isEqualTo(ROWS);
            cluster.shutdown();
        } finally {
            thread.shutdownNow();
        }
    }

    @Test
    void aMainThatNeverTakesRowsIsNamedWithItsThreadAndAfterTheLimitItIsTheFirstCause() {
        Watcher watcher = new Watcher("", 0);
        ClusterConfig config =
                config(watcher).stallLimit(Duration.ofSeconds(12)).build();
        try (TFCluster cluster = TFCluster.run(spark.session(), CauseMains::oneTakesNothing, "", config)) {
            NodeExitException failure = catchThrowableOfType(
                    NodeExitException.class,
                    () -> cluster.train(Linear.points(spark.context(), ROWS, 4), Linear.trainEncoder(), 1));

            assertThat(failure.first().node()).isEqualTo("worker:1");
            assertThat(failure)
                    .hasMessageContaining("stalled: no progress for 1")
                    .hasMessageContaining("stallLimit is PT12S")
                    .hasMessageContaining("rows of feed train");
            assertThat(failure.first().stackTrace()).contains("CauseMains.waitForEver");
        }
        StallReport stall = watcher.stallOf("worker:1").orElseThrow();
        assertThat(stall.text()).contains("does not take").contains("CauseMains.oneTakesNothing");
    }

    /** Freezes a node at a step, and writes down what it hears. */
    private static final class Watcher implements ClusterListener {
        private final String victim;
        private final long atStep;
        private final Map<String, Long> pids = new ConcurrentHashMap<>();
        private final List<StallReport> stalls = new CopyOnWriteArrayList<>();
        private volatile long frozen;

        Watcher(String victim, long atStep) {
            this.victim = victim;
            this.atStep = atStep;
        }

        @Override
        public void joined(NodeInfo node) {
            pids.put(node.task().name(), node.pid());
        }

        @Override
        public void progress(String node, NodeProgress progress) {
            if (node.equals(victim) && progress.step() >= atStep) {
                Long pid = pids.remove(node);
                if (pid != null) {
                    Signals.send("STOP", pid);
                    frozen = pid;
                }
            }
        }

        @Override
        public void stalled(StallReport stall) {
            stalls.add(stall);
        }

        Optional<StallReport> stallOf(String root) {
            return stalls.stream().filter(stall -> stall.root().equals(root)).findFirst();
        }
    }
}
