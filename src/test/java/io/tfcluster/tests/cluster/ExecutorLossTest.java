package io.tfcluster.tests.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.tfcluster.ClusterListener;
import io.tfcluster.NodeExitException;
import io.tfcluster.TFCluster;
import io.tfcluster.reservation.NodeInfo;
import io.tfcluster.reservation.NodeProgress;
import io.tfcluster.tests.harness.Leftovers;
import io.tfcluster.tests.harness.LocalSpark;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** An executor that is killed can end nothing in order: its node must notice by itself. */
final class ExecutorLossTest {
    @Test
    void aKilledExecutorTakesItsNodeWithItAndTheNodeIsReportedAsLost() {
        Leftovers.Snapshot before = Leftovers.snapshot();
        try (LocalSpark spark = LocalSpark.cluster(2, 1)) {
            ExecutorKiller killer = new ExecutorKiller(spark);
            try (TFCluster cluster = TFCluster.run(
                    spark.session(),
                    Mains::consumesSlowly,
                    "",
                    Linear.config(2).listener(killer).build())) {
                NodeExitException failure = catchThrowableOfType(
                        NodeExitException.class,
                        () -> cluster.train(Linear.points(spark.context(), 200_000, 4), Linear.trainEncoder(), 1));

                assertThat(failure.first().message()).contains("connection");
                assertThat(failure.first().exitCode()).isEmpty();
                assertThat(failure)
                        .hasMessageContaining("it went with its executor")
                        .hasMessageContaining("which Spark removed: ");
            }
            await().atMost(Duration.ofSeconds(10))
                    .until(() -> killer.nodes.stream()
                            .noneMatch(pid -> ProcessHandle.of(pid).isPresent()));
        }
        Leftovers.assertNothingLeftSince(before);
    }

    /** Sends SIGKILL to one executor when a node has taken some batches. */
    private static final class ExecutorKiller implements ClusterListener {
        private final Set<Long> nodes = ConcurrentHashMap.newKeySet();
        private final AtomicBoolean done = new AtomicBoolean();
        private final LocalSpark spark;

        ExecutorKiller(LocalSpark spark) {
            this.spark = spark;
        }

        @Override
        public void joined(NodeInfo node) {
            nodes.add(node.pid());
        }

        @Override
        public void progress(String node, NodeProgress progress) {
            if (progress.step() >= 3 && done.compareAndSet(false, true)) {
                long executor = spark.executorPids().iterator().next();
                ProcessHandle.of(executor).ifPresent(ProcessHandle::destroyForcibly);
            }
        }
    }
}
