package io.tfcluster.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** That start-up, soak and load are measured, and what they say; the figures mean nothing, but nothing may grow even in a short soak. */
@Timeout(300)
class LifeBenchmarksTest {
    private static final Settings QUICK = Settings.of(List.of("--quick"));
    private static final LocalSpark SPARK = new LocalSpark(2);

    private final List<String> said = new ArrayList<>();

    @AfterAll
    static void stopSpark() {
        SPARK.close();
    }

    @Test
    void startAndEndOfAClusterAreMeasuredPhaseByPhase() {
        List<Measurement> measured = new StartupBenchmark(QUICK, SPARK).run(said::add);

        assertThat(measured)
                .extracting(Measurement::name)
                .containsExactly(
                        "startup.run",
                        "startup.run.launch",
                        "startup.run.join",
                        "startup.run.cluster",
                        "startup.run.nodeCpu",
                        "startup.run.returned",
                        "startup.shutdown",
                        "startup.shutdown.mains",
                        "startup.shutdown.farewells",
                        "startup.shutdown.release");
        assertThat(measured.get(0).value()).isPositive();
        double phases =
                measured.subList(1, 4).stream().mapToDouble(Measurement::value).sum();
        assertThat(phases).isCloseTo(measured.get(0).value(), within(0.01));
    }

    @Test
    void clustersLeaveNothingBehindThatGrows() {
        List<Measurement> measured = new SoakBenchmark(QUICK, SPARK).run(said::add);

        assertThat(measured.get(0).value()).isEqualTo(5);
        assertThat(measured)
                .extracting(Measurement::name)
                .contains(
                        "soak.driver.threads",
                        "soak.driver.files",
                        "soak.driver.heap",
                        "soak.driver.resident",
                        "soak.executors.threads",
                        "soak.executors.heap",
                        "soak.files");
        assertThat(measured)
                .filteredOn(each -> each.name().equals("soak.executors.threads"))
                .allMatch(each -> each.value() > 20);
        assertThat(said).anyMatch(line -> line.equals("flat: nothing grew") || line.startsWith("NOT FLAT"));
    }

    @Test
    void heartbeatsOfManyNodesAreHeardInTime() {
        for (LoadServer.Kind kind : LoadServer.Kind.values()) {
            List<Measurement> measured = new LoadBenchmark(kind, QUICK).run(said::add);

            assertThat(measured).hasSize(8).allMatch(each -> Double.isFinite(each.value()));
            assertThat(measured.get(1).value()).as(measured.get(1).name()).isPositive();
            assertThat(ProcessHandle.current().children())
                    .noneMatch(child -> child.info().commandLine().orElse("").contains("LoadServer"));
        }
    }
}
