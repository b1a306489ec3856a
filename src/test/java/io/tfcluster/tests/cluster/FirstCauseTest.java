package io.tfcluster.tests.cluster;

import static org.assertj.core.api.Assertions.assertThat;
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
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaRDD;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The one exception that arrives on the driver names what came first, with all that can be known of it. */
final class FirstCauseTest {
    private static final int MANY_ROWS = 200_000;
    private static final Pattern KEPT = Pattern.compile("crash report is kept at [^:]+:(\\S+\\.log)");
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
    void aCrashInNativeCodeNamesTheReportOfTheJvmWhichIsKept() throws IOException {
        NodeExitException failure =
                failureOf(Mains::consumesSlowly, MANY_ROWS, Linear.config(2).listener(new Signal("worker:1", "SEGV")));

        assertThat(failure.first().node()).isEqualTo("worker:1");
        assertThat(failure.first().exitCode()).hasValue(134);
        assertThat(failure).hasMessageContaining("crash in native code").hasMessageContaining("SIGSEGV (0xb) at pc=");
        Matcher kept = KEPT.matcher(failure.first().message());
        assertThat(kept.find()).as(failure.first().message()).isTrue();
        assertThat(Files.readString(Path.of(kept.group(1)))).contains("A fatal error has been detected");
        assertThat(failure.first().lastLines()).anyMatch(line -> line.contains("A fatal error has been detected"));
    }

    @Test
    void theEndOfTheHeapInAnyThreadIsSaidWithWhatToDo() {
        NodeExitException failure = failureOf(CauseMains::fillsItsHeapInAThread, MANY_ROWS, Linear.config(2));

        assertThat(failure.first().node()).isEqualTo("worker:1");
        assertThat(failure)
                .hasMessageContaining("exited with code 3 (OutOfMemoryError: Java heap space; raise nodeMemory)");
    }

    @Test
    void whoCalledSystemExitIsNamedWithItsPlaceAlsoForCodeZero() {
        NodeExitException failure = failureOf(CauseMains::exitsInAThread, MANY_ROWS, Linear.config(2));

        assertThat(failure.first().node()).isEqualTo("worker:1");
        assertThat(failure.first().exitCode()).hasValue(0);
        assertThat(failure)
                .hasMessageContaining("code 0 without a farewell")
                .hasMessageContaining("System.exit was called by thread \"a-users-thread\"")
                .hasMessageContaining("CauseMains.lambda$exitsInAThread");
    }

    @Test
    void theExceptionComesWithItsCausesAndTheLogWithItsLastLinesAndOnlyOurJobsAreCancelled() throws Exception {
        JavaFutureAction<Long> users = spark.context()
                .parallelize(IntStream.range(0, 40).boxed().toList(), 40)
                .map(CauseMains::takesAMoment)
                .countAsync();

        NodeExitException failure = failureOf(CauseMains::logsAndThrows, MANY_ROWS, Linear.config(2));

        assertThat(failure.first().node()).isEqualTo("worker:1");
        assertThat(failure.first().exitCode()).hasValue(1);
        assertThat(failure)
                .hasMessageContaining("the outer one")
                .hasMessageContaining("Caused by: java.lang.IllegalArgumentException: the inner one")
                .hasMessageContaining("Suppressed: java.lang.IllegalStateException: the suppressed one")
                .hasMessageContaining("the last 50 lines of its log:")
                .hasMessageContaining("said 200");
        assertThat(users.get(3, TimeUnit.MINUTES)).isEqualTo(40);
    }

    @Test
    void anEvaluatorThatFailsAfterTheLastStepIsHeardInShutdown() {
        NodeExitException failure = failureOf(
                CauseMains::evaluatorFailsAtTheEnd, 100, Linear.config(3).evaluator(true));

        assertThat(failure.first().node()).isEqualTo("evaluator:0");
        assertThat(failure).hasMessageContaining("the evaluator's last export failed");
    }

    /** Sends a node a signal when it has taken some rows. */
    private static final class Signal implements ClusterListener {
        private final String victim;
        private final String signal;
        private final Map<String, Long> pids = new ConcurrentHashMap<>();

        Signal(String victim, String signal) {
            this.victim = victim;
            this.signal = signal;
        }

        @Override
        public void joined(NodeInfo node) {
            pids.put(node.task().name(), node.pid());
        }

        @Override
        public void progress(String node, NodeProgress progress) {
            if (node.equals(victim) && progress.step() >= 3) {
                Long pid = pids.remove(node);
                if (pid != null) {
                    Signals.send(signal, pid);
                }
            }
        }
    }
}
