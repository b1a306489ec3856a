package io.tfcluster.tests.harness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StandaloneClusterTest {
    private static final long DRIVER = ProcessHandle.current().pid();

    @Test
    void tasksRunInAnExecutorOfEachWorker() {
        Leftovers.Snapshot before = Leftovers.snapshot();

        try (StandaloneCluster cluster = StandaloneCluster.start(2, 1);
                LocalSpark spark = cluster.connect(Map.of())) {
            Set<Long> seenByTasks = TaskPids.ofAllSlots(spark.context(), 2);
            Set<Long> all = new TreeSet<>(seenByTasks);
            cluster.workers().forEach(worker -> all.add(worker.pid()));

            assertThat(seenByTasks).hasSize(2).doesNotContain(DRIVER).isEqualTo(spark.executorPids());
            assertThat(seenByTasks)
                    .allMatch(pid -> isDescendantOf(pid, cluster.workers().get(0))
                            ^ isDescendantOf(pid, cluster.workers().get(1)));
            assertThat(all).hasSize(4);
            assertThat(ListeningSockets.of(all))
                    .isNotEmpty()
                    .allMatch(ListeningSockets.Listener::isLoopback, "on loopback");
        }

        Leftovers.assertNothingLeftSince(before);
    }

    private static boolean isDescendantOf(long pid, ChildJvm worker) {
        return ProcessHandle.of(worker.pid()).orElseThrow().descendants().anyMatch(child -> child.pid() == pid);
    }

    @Test
    void childJvmEndsWithItsStarter(@TempDir Path folder) throws Exception {
        // given a JVM that has a child JVM of its own
        ChildJvm starter = ChildJvm.start("starter", Starter.class, List.of(), Map.of(), folder);
        long grandchild =
                Long.parseLong(starter.awaitLines(Pattern.compile("grandchild (\\d+)"), 1, Duration.ofSeconds(20))
                        .get(0)
                        .group(1));
        ProcessHandle handle = ProcessHandle.of(grandchild).orElseThrow();

        // when it is killed and cannot clean up
        ProcessHandle.of(starter.pid()).orElseThrow().destroyForcibly();

        // then the grandchild ends too
        handle.onExit().get(15, TimeUnit.SECONDS);
        starter.close();
    }

    @Test
    void childThatFailsIsReportedWithItsOutput(@TempDir Path folder) {
        try (ChildJvm child = ChildJvm.start("broken", Broken.class, List.of(), Map.of(), folder)) {
            assertThatThrownBy(() -> child.awaitLines(Pattern.compile("never"), 1, Duration.ofSeconds(20)))
                    .hasMessageContaining("broken exited with code 1")
                    .hasMessageContaining("NumberFormatException: For input string: \"no number\"");
        }
    }

    /** Starts a child of its own and waits for ever. */
    public static final class Starter {
        private Starter() {}

        public static void main(String[] arguments) throws InterruptedException {
            ChildJvm child = ChildJvm.start("idler", Idler.class, List.of(), Map.of(), Path.of("."));
            System.out.println("grandchild " + child.pid());
            Idler.main(arguments);
        }
    }

    /** Waits for ever. */
    public static final class Idler {
        private Idler() {}

        public static void main(String[] arguments) throws InterruptedException {
            Thread.currentThread().join(TimeUnit.MINUTES.toMillis(5));
        }
    }

    /** Fails at once. */
    public static final class Broken {
        private Broken() {}

        public static void main(String[] arguments) {
            Integer.parseInt("no number");
        }
    }
}
