package io.tfcluster.tests.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.tfcluster.ClusterConfig;
import io.tfcluster.ClusterListener;
import io.tfcluster.FeedInput;
import io.tfcluster.Ledger;
import io.tfcluster.NodeExitException;
import io.tfcluster.TFCluster;
import io.tfcluster.TrainingReport;
import io.tfcluster.reservation.NodeFailure;
import io.tfcluster.reservation.NodeInfo;
import io.tfcluster.reservation.NodeProgress;
import io.tfcluster.tests.harness.Leftovers;
import io.tfcluster.tests.harness.LocalSpark;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whatever is killed, the cluster starts again, and each row is learned once: by the variables' own account, and by the ledger's. */
@Timeout(600)
final class RecoveryTest {
    private static LocalSpark spark;

    @TempDir
    Path folder;

    private Leftovers.Snapshot before;
    private boolean replaced;

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
        if (replaced) { // Spark starts an executor for the one that was killed, which is no leftover of ours
            await().atMost(Duration.ofMinutes(1))
                    .until(() -> Leftovers.since(before).stream()
                            .allMatch(left ->
                                    left.contains("CoarseGrainedExecutorBackend") || left.startsWith("port: ")));
        } else {
            Leftovers.assertNothingLeftSince(before);
        }
    }

    /** Kills when a node has come so far, once in each of the first generations. */
    private static class Killer implements ClusterListener {
        final List<String> restarts = new CopyOnWriteArrayList<>();
        final Map<String, Long> pids = new ConcurrentHashMap<>();
        private final String victim;
        private final String watched;
        private final long[] steps;
        private final AtomicInteger generation = new AtomicInteger();
        private final AtomicInteger killed = new AtomicInteger();

        /** Kills {@code victim} when {@code watched} has made so many steps, in generation 0, 1, …. */
        Killer(String victim, String watched, long... steps) {
            this.victim = victim;
            this.watched = watched;
            this.steps = steps;
        }

        @Override
        public void joined(NodeInfo node) {
            pids.put(node.task().name(), node.pid());
        }

        @Override
        public void progress(String node, NodeProgress progress) {
            int now = generation.get();
            if (now < steps.length
                    && node.equals(watched)
                    && progress.step() >= steps[now]
                    && killed.compareAndSet(now, now + 1)) {
                kill();
            }
        }

        void kill() {
            ProcessHandle.of(pids.get(victim)).ifPresent(ProcessHandle::destroyForcibly);
        }

        @Override
        public void restarting(NodeFailure cause, int next) {
            generation.set(next);
            restarts.add(next + " " + cause.node());
        }
    }

    private Visits.Plan plan(int pauseMillis) {
        return new Visits.Plan(folder.toString(), pauseMillis);
    }

    private static void assertExact(Ledger ledger, int epochs) {
        for (int epoch = 0; epoch < epochs; epoch++) {
            Ledger.Epoch each = ledger.epoch("train", epoch).orElseThrow();
            assertThat(each.rowsTaken()).as("%s", each).isEqualTo(Visits.ROWS);
            assertThat(each.inputRows()).isEqualTo(Visits.ROWS);
            assertThat(each.repeatedRows()).isZero();
            assertThat(each.resumedRows()).isZero();
            assertThat(each.state()).isEqualTo(Ledger.State.DONE);
        }
    }

    private TrainingReport trainOnce(ClusterConfig config, int trainers, Killer killer) throws IOException {
        try (TFCluster cluster = TFCluster.run(spark.session(), Visits::main, plan(15), config)) {
            cluster.train(Visits.rows(spark.context()), 1);
            TrainingReport report = cluster.shutdown();

            assertThat(killer.restarts).hasSize(1);
            assertThat(report.restarts()).hasSize(1);
            assertThat(report.restarts().get(0).generation()).isEqualTo(1);
            assertExact(cluster.ledger(), 1);
            assertThat(Visits.learned(folder, 1, trainers)).containsOnly(1);
            return report;
        }
    }

    @Test
    void aKilledWorkerCostsNoRowAndRepeatsNone() throws IOException {
        Killer killer = new Killer("worker:1", "worker:1", 22);

        TrainingReport report =
                trainOnce(Visits.config(2).maxRestarts(1).listener(killer).build(), 2, killer);

        assertThat(report.restarts().get(0).cause().node()).isEqualTo("worker:1");
        assertThat(report.restarts().get(0).cause().exitCode()).hasValue(137);
        assertThat(report.nodes())
                .allSatisfy(node -> assertThat(node.result())
                        .containsEntry("visited", Integer.toString(Visits.ROWS))
                        .containsEntry("generation", "1"));
    }

    @Test
    void aKilledParameterServerCostsNoRowAndRepeatsNone() throws IOException {
        Killer killer = new Killer("ps:0", "worker:0", 22);

        TrainingReport report =
                trainOnce(Visits.config(2).ps(1).maxRestarts(1).listener(killer).build(), 1, killer);

        assertThat(report.restarts().get(0).cause().node()).isEqualTo("ps:0");
    }

    @Test
    void aKilledExecutorCostsNoRowAndRepeatsNone() throws IOException {
        Killer killer = new Killer("", "worker:1", 22) {
            @Override
            void kill() {
                ProcessHandle.of(pids.get("worker:1"))
                        .flatMap(ProcessHandle::parent)
                        .ifPresent(ProcessHandle::destroyForcibly);
            }
        };

        trainOnce(Visits.config(2).maxRestarts(1).listener(killer).build(), 2, killer);

        replaced = true;
    }

    @Test
    void aChiefKilledTwiceEndsWithTheParametersOfAnUndisturbedRun() throws IOException {
        int epochs = 2;
        Killer killer = new Killer("chief:0", "chief:0", 60, 190);
        String disturbed = parameters(
                "disturbed", epochs, alone().maxRestarts(3).listener(killer).build());

        assertThat(killer.restarts).containsExactly("1 chief:0", "2 chief:0");
        assertThat(parameters("undisturbed", epochs, alone().build())).isEqualTo(disturbed);
    }

    private static ClusterConfig.Builder alone() {
        return Visits.config(1)
                .chiefName("chief")
                .feed("train", Visits.feed().deterministic(true).shuffle(64, 5));
    }

    private String parameters(String name, int epochs, ClusterConfig config) throws IOException {
        Path own = java.nio.file.Files.createDirectory(folder.resolve(name));
        FeedInput rows = Visits.rows(spark.context());
        try (TFCluster cluster =
                TFCluster.run(spark.session(), Visits::main, new Visits.Plan(own.toString(), 8), config)) {
            cluster.feed("train", rows, 1);
            assertThat(cluster.feed("train", rows, epochs - 1)).hasSize(epochs - 1);
            TrainingReport report = cluster.shutdown();
            assertExact(cluster.ledger(), epochs);
            return report.nodes().get(0).result().get("parameters");
        }
    }

    /** Takes slots as soon as the cluster starts again, and gives them back when it is closed. */
    private static final class SlotTaker extends Killer implements AutoCloseable {
        private static final String GROUP = "slot-taker";

        private final int slots;
        private volatile boolean ended;

        SlotTaker(int slots) {
            super("worker:2", "worker:2", 12);
            this.slots = slots;
        }

        @Override
        public void restarting(NodeFailure cause, int next) {
            super.restarting(cause, next);
            Thread thread = new Thread(this::take, "slot-taker");
            thread.setDaemon(true);
            thread.start();
        }

        private void take() {
            spark.context().setJobGroup(GROUP, "takes slots", true);
            try {
                spark.context()
                        .parallelize(List.of(1, 2, 3, 4).subList(0, slots), slots)
                        .foreach(none -> {
                            Thread.sleep(120_000); // it is interrupted when the group is cancelled
                        });
            } catch (Exception e) { // Spark's, which Java takes for checked; the job is cancelled at the end
                ended = true;
            }
        }

        @Override
        public void close() {
            spark.context().cancelJobGroup(GROUP);
            await().atMost(Duration.ofMinutes(1)).until(() -> ended || restarts.isEmpty());
        }
    }

    @Test
    void withFewerSlotsTheClusterGoesOnWithFewerWorkers() throws IOException {
        try (SlotTaker taker = new SlotTaker(2)) {
            ClusterConfig config = Visits.config(3)
                    .maxRestarts(1)
                    .restartBackoff(Duration.ofSeconds(1), Duration.ofSeconds(1))
                    .minWorkers(1, Duration.ofSeconds(8))
                    .listener(taker)
                    .build();
            try (TFCluster cluster = TFCluster.run(spark.session(), Visits::main, plan(15), config)) {
                cluster.train(Visits.rows(spark.context()), 1);
                TrainingReport report = cluster.shutdown();

                assertThat(report.nodes()).hasSize(2);
                assertThat(report.restarts()).hasSize(1);
                assertExact(cluster.ledger(), 1);
                int last = Integer.parseInt(report.nodes().get(0).result().get("generation"));
                assertThat(Visits.learned(folder, last, 2)).containsOnly(1);
            }
        }
    }

    @Test
    void whenNoRestartIsLeftTheLastFailureIsThrownAndTheOthersAreNamed() {
        Killer killer = new Killer("", "", 0);
        ClusterConfig config = Linear.config(2)
                .maxRestarts(1)
                .restartBackoff(Duration.ofMillis(50), Duration.ofSeconds(1))
                .listener(killer)
                .build();
        try (TFCluster cluster = TFCluster.run(spark.session(), Mains::exitsWhileFeeding, "", config)) {
            NodeExitException failure = catchThrowableOfType(
                    NodeExitException.class,
                    () -> cluster.train(Linear.points(spark.context(), 20_000, 4), Linear.trainEncoder(), 1));

            assertThat(failure.first().node()).isEqualTo("worker:1");
            assertThat(failure.first().exitCode()).hasValue(3);
            assertThat(failure.restarts()).hasSize(1);
            assertThat(failure).hasMessageContaining("no restart is left").hasMessageContaining("generation 0");
            assertThat(killer.restarts).containsExactly("1 worker:1");
        }
    }
}
