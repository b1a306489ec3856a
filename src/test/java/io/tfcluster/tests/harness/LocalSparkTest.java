package io.tfcluster.tests.harness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LocalSparkTest {
    private static final long DRIVER = ProcessHandle.current().pid();

    @ParameterizedTest
    @CsvSource({"2, 1", "1, 4", "3, 1"})
    void tasksRunInAsManyExecutorJvmsThatListenOnLoopback(int executors, int cores) {
        Leftovers.Snapshot before = Leftovers.snapshot();
        Set<Long> seenByTasks;
        Set<Long> seenByMachine;

        try (LocalSpark spark = LocalSpark.cluster(executors, cores)) {
            seenByTasks = TaskPids.ofAllSlots(spark.context(), executors * cores);
            seenByMachine = spark.executorPids();
            Set<Long> all = new TreeSet<>(seenByMachine);
            all.add(DRIVER);
            assertThat(ListeningSockets.of(all))
                    .isNotEmpty()
                    .allMatch(ListeningSockets.Listener::isLoopback, "on loopback");
        }

        assertThat(seenByTasks).hasSize(executors).doesNotContain(DRIVER).isEqualTo(seenByMachine);
        Leftovers.assertNothingLeftSince(before);
    }

    @Test
    void localMasterRunsTasksInThisJvm() {
        Leftovers.Snapshot before = Leftovers.snapshot();

        try (LocalSpark spark = LocalSpark.inThisJvm()) {
            assertThat(TaskPids.ofAllSlots(spark.context(), 2)).containsExactly(DRIVER);
            assertThat(spark.session().range(10).count()).isEqualTo(10);
            assertThat(spark.executorPids()).isEmpty();
        }

        Leftovers.assertNothingLeftSince(before);
    }

    @Test
    void killedExecutorIsReplacedAndCloseIsIdempotent() {
        Leftovers.Snapshot before = Leftovers.snapshot();
        Path home;
        try (LocalSpark spark = LocalSpark.cluster(1, 1)) {
            home = Path.of(spark.session().sparkContext().conf().get("spark.local.dir"))
                    .getParent();
            long first = spark.executorPids().iterator().next();

            ProcessHandle.of(first).orElseThrow().destroyForcibly();
            // no barrier stage here: one that loses its executor is not tried again
            long seen = spark.context()
                    .parallelize(List.of(1), 1)
                    .map(row -> ProcessHandle.current().pid())
                    .first();

            assertThat(seen).isNotIn(first, ProcessHandle.current().pid());
            assertThat(System.getProperty("spark.testing")).isNull();
            assertThat(Files.exists(home)).isTrue();
            spark.close();
        }
        assertThat(Files.exists(home)).isFalse();
        Leftovers.assertNothingLeftSince(before);
    }

    @Test
    void startThatFailsLeavesNothing() {
        Leftovers.Snapshot before = Leftovers.snapshot();

        assertThatThrownBy(() -> LocalSpark.start("nonsense", 1, Map.of()))
                .hasStackTraceContaining("Could not parse Master URL");

        assertThat(System.getProperty("spark.testing")).isNull();
        Leftovers.assertNothingLeftSince(before);
    }
}
