package io.tfcluster.tests.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.tfcluster.ClusterConfig;
import io.tfcluster.ClusterListener;
import io.tfcluster.NodeExitException;
import io.tfcluster.TFCluster;
import io.tfcluster.TFMain;
import io.tfcluster.reservation.NodeInfo;
import io.tfcluster.reservation.NodeProgress;
import io.tfcluster.tests.cluster.Linear.Point;
import io.tfcluster.tests.harness.Leftovers;
import io.tfcluster.tests.harness.LocalSpark;
import io.tfcluster.transport.ChannelException;
import io.tfcluster.transport.PortRange;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.api.java.JavaRDD;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Every way to get it wrong: the driver hears within seconds what happened, where, and what to do; the application goes on. */
final class ClusterFailureTest {
    private static final int MANY_ROWS = 200_000;
    private static LocalSpark spark;

    private Leftovers.Snapshot before;

    @BeforeAll
    static void startSpark() {
        spark = LocalSpark.cluster(2, 1);
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
    void nothingIsLeftAndSparkStillWorks() {
        Leftovers.assertNothingLeftSince(before);
        assertThat(Linear.points(spark.context(), 10, 2).count()).isEqualTo(10);
    }

    private static NodeExitException failureOf(TFMain<String> main, int rows) {
        return failureOf(main, rows, Linear.config(2));
    }

    private static NodeExitException failureOf(TFMain<String> main, int rows, ClusterConfig.Builder config) {
        JavaRDD<Point> points = Linear.points(spark.context(), rows, 4);
        try (TFCluster cluster = TFCluster.run(spark.session(), main, "", config.build())) {
            return catchThrowableOfType(NodeExitException.class, () -> {
                cluster.train(points, Linear.trainEncoder(), 1);
                cluster.shutdown();
            });
        }
    }

    @Test
    void aMainThatThrowsWhileFeedingIsTheFirstCauseWithItsStackTrace() {
        NodeExitException failure = failureOf(Mains::throwsWhileFeeding, MANY_ROWS);

        assertThat(failure.first().node()).isEqualTo("worker:1");
        assertThat(failure).hasMessageContaining("the third batch is cursed");
        assertThat(failure.first().stackTrace()).contains("Mains.lambda$throwsWhileFeeding");
    }

    @Test
    @Timeout(120)
    void aFeedTaskThatWaitsForItsInputEndsWithTheNodes() {
        JavaRDD<Point> stuck = Linear.points(spark.context(), MANY_ROWS, 2)
                .mapPartitionsWithIndex(
                        (partition, rows) -> {
                            if (partition == 1) {
                                TimeUnit.MINUTES.sleep(10);
                            }
                            return rows;
                        },
                        true);
        try (TFCluster cluster = TFCluster.run(
                spark.session(), Mains::throwsWhileFeeding, "", Linear.config(2).build())) {
            NodeExitException failure =
                    catchThrowableOfType(NodeExitException.class, () -> cluster.train(stuck, Linear.trainEncoder(), 1));

            assertThat(failure).hasMessageContaining("the third batch is cursed");
        }
    }

    @Test
    void aMainThatThrowsAfterTheLastRowIsHeardInShutdown() {
        NodeExitException failure = failureOf(Mains::throwsAtTheEnd, 100);

        assertThat(failure).hasMessageContaining("the export failed");
    }

    @Test
    void aMainThatExitsIsNamedWithCodeAndLastLine() {
        NodeExitException failure = failureOf(Mains::exitsWhileFeeding, MANY_ROWS);

        assertThat(failure.first().node()).isEqualTo("worker:1");
        assertThat(failure.first().exitCode()).hasValue(3);
        assertThat(failure.first().lastLines()).contains("leaving now");
    }

    @Test
    void aNodeThatIsKilledWhileFeedingIsNamedWithItsSignal() {
        Killer killer = new Killer("worker:1", 5);

        NodeExitException failure =
                failureOf(Mains::consumesSlowly, MANY_ROWS, Linear.config(2).listener(killer));

        assertThat(failure.first().node()).isEqualTo("worker:1");
        assertThat(failure.first().exitCode()).hasValue(137);
        assertThat(failure).hasMessageContaining("SIGKILL");
    }

    @Test
    void aPeerKilledWhileTrainingIsTheCauseAndTheOthersErrorAConsequence() {
        Killer killer = new Killer("worker:1", 20);

        NodeExitException failure =
                failureOf(Linear::main, MANY_ROWS, Linear.config(2).listener(killer));

        assertThat(failure.first().node()).isEqualTo("worker:1");
        assertThat(failure.first().exitCode()).hasValue(137);
    }

    @Test
    void aModelThatDoesNotFitTheFeedShowsBothShapes() {
        NodeExitException failure = failureOf(Mains::modelThatDoesNotFit, 100);

        assertThat(failure.first().message()).contains("x").contains("3");
        assertThat(failure.first().stackTrace()).contains("IllegalArgumentException");
    }

    @Test
    void moreNodesThanSlotsIsSaidAtOnce() {
        assertThatThrownBy(() -> TFCluster.run(
                        spark.session(), Linear::main, "", Linear.config(3).build()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("3 nodes need 3 slots at once, but the application has 2")
                .hasMessageContaining("lower the number of nodes");
    }

    @Test
    void aPortRangeThatIsUsedUpIsNamed() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            int port = taken.getLocalPort();

            assertThatThrownBy(() -> TFCluster.run(
                            spark.session(),
                            Linear::main,
                            "",
                            Linear.config(2)
                                    .serverPorts(new PortRange(port, port))
                                    .build()))
                    .isInstanceOf(ChannelException.class)
                    .hasMessageContaining("no free port")
                    .hasMessageContaining(Integer.toString(port));
            assertThatThrownBy(() -> TFCluster.run(
                            spark.session(),
                            Linear::main,
                            "",
                            Linear.config(2)
                                    .nodePorts(new PortRange(port, port))
                                    .build()))
                    .isInstanceOf(NodeExitException.class)
                    .hasMessageContaining("no free port for the TensorFlow server");
        }
    }

    @Test
    void aFeedThatWasNotDeclaredAndAClusterThatIsShutDownSaySo() {
        JavaRDD<Point> points = Linear.points(spark.context(), 100, 2);
        ClusterConfig config = ClusterConfig.builder(1)
                .feed("train", Linear.TRAIN)
                .nodeMemory("256m")
                .build();
        try (TFCluster cluster = TFCluster.run(spark.session(), Mains::consumes, "", config)) {
            assertThatThrownBy(() -> cluster.inference(points, Linear.inferenceEncoder()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("no feed \"inference\"");
            cluster.train(points, Linear.trainEncoder(), 1);
            assertThatThrownBy(() -> cluster.train(points, Linear.trainEncoder(), 1))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("has ended");
            assertThat(cluster.shutdown().nodes()).hasSize(1);
            assertThat(cluster.shutdown().nodes()).hasSize(1);
            assertThatThrownBy(() -> cluster.train(points, Linear.trainEncoder(), 1))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("shut down");
        }
    }

    @Test
    void rowsThatDoNotFitNameColumnAndRow() {
        JavaRDD<Point> points = Linear.points(spark.context(), 100, 2);
        try (TFCluster cluster = TFCluster.run(
                spark.session(), Mains::consumes, "", Linear.config(2).build())) {
            assertThatThrownBy(() -> cluster.train(
                            points, (point, out) -> out.putFloats(new float[2]).putFloats(new float[1]), 1))
                    .rootCause()
                    .hasMessageContaining("x")
                    .hasMessageContaining("3");
        }
    }

    @Test
    void aTerminatedFeedEndsTrainingUntilTerminated() {
        JavaRDD<Point> points = Linear.points(spark.context(), 500, 2);
        try (TFCluster cluster = TFCluster.run(
                spark.session(),
                Mains::terminatesAfterAWhile,
                "",
                Linear.config(2).build())) {
            assertThat(cluster.train(points, Linear.trainEncoder(), 0)).isNotEmpty();
            cluster.shutdown();
        }
    }

    @Test
    void shutdownReturnsSoonAfterTheLastFarewell() {
        AtomicLong lastFarewell = new AtomicLong();
        ClusterListener clock = new ClusterListener() {
            @Override
            public void left(String node) {
                lastFarewell.set(System.nanoTime());
            }
        };
        try (TFCluster cluster = TFCluster.run(
                spark.session(),
                Mains::consumes,
                "",
                Linear.config(2).listener(clock).build())) {
            cluster.train(Linear.points(spark.context(), 100, 2), Linear.trainEncoder(), 1);
            cluster.shutdown();
            assertThat(Duration.ofNanos(System.nanoTime() - lastFarewell.get())).isLessThan(Duration.ofSeconds(5));
        }
    }

    @Test
    void anUngracefulShutdownEndsNodesThatAreStillFed() {
        try (TFCluster cluster = TFCluster.run(
                spark.session(), Mains::consumes, "", Linear.config(2).build())) {
            long start = System.nanoTime();

            cluster.shutdown(false, Duration.ofSeconds(10));

            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
        }
    }

    /** Sends SIGKILL to a node when it has reported so many steps. */
    private static final class Killer implements ClusterListener {
        private final String victim;
        private final long atStep;
        private final Map<String, Long> pids = new ConcurrentHashMap<>();

        Killer(String victim, long atStep) {
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
                ProcessHandle.of(pids.get(node)).ifPresent(ProcessHandle::destroyForcibly);
            }
        }
    }
}
