package io.tfcluster.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** That they run, in processes of their own, and what they say; the figures mean nothing. */
@Timeout(300)
class TrainingBenchmarksTest {
    private static final Settings QUICK = Settings.of(List.of("--quick"));

    private final List<String> said = new ArrayList<>();

    private List<Measurement> run(Benchmark benchmark) {
        assertThat(benchmark.group()).isEqualTo("training");
        List<Measurement> measured = benchmark.run(said::add);
        assertThat(measured)
                .allMatch(each -> each.name().startsWith(benchmark.name()))
                .allMatch(each -> Double.isFinite(each.value()));
        assertThat(ProcessHandle.current().children())
                .noneMatch(child -> child.info().commandLine().orElse("").contains("benchmarks.AllReduceMain"));
        return measured;
    }

    @Test
    void vectorsAreSummedByTwoAndFourProcesses() {
        List<Measurement> measured = run(new AllReduceBenchmark("1mb", 1_000_000, QUICK));

        assertThat(measured)
                .extracting(Measurement::name)
                .containsExactly(
                        "allreduce.1mb.2",
                        "allreduce.1mb.2.time",
                        "allreduce.1mb.2.cpu",
                        "allreduce.1mb.4",
                        "allreduce.1mb.4.time",
                        "allreduce.1mb.4.cpu");
        assertThat(measured.get(0).ratio()).isPositive();
        assertThat(measured.get(0).value() * measured.get(1).value()).isCloseTo(1000, within(1.0)); // 1 MB
    }

    @Test
    void stepsOfManyWorkersAreComputedFromWhatTwoTake() {
        List<Measurement> measured = run(new ScalingBenchmark(QUICK));

        assertThat(measured).hasSize(2 + 2 * 11);
        assertThat(measured.get(2).name()).isEqualTo("scaling.1mb.of1");
        assertThat(measured.get(2).ratio()).isEqualTo(1);
        assertThat(measured.get(measured.size() - 1).name()).isEqualTo("scaling.100mb.of1024");
        assertThat(said).anyMatch(line -> line.contains("T(P) = compute + 2(P-1)·latency"));
        assertThat(ScalingBenchmark.stepSeconds(4, 1e9, 1e-3, 1e9)).isCloseTo(0.1 + 0.006 + 1.5, within(1e-9));
    }

    @Test
    void oneFloatIsSummed() {
        assertThat(run(new LatencyBenchmark(QUICK)).get(0).value()).isBetween(1.0, 1e6);
    }

    @Test
    void sameNetIsTrainedByTensorFlowsCollectives() {
        assertThat(run(new CollectivesBenchmark(QUICK))).hasSize(5).allMatch(each -> each.value() > 0);
    }

    @Test
    void twoWorkersTrainAsOneDoes() {
        assertThat(run(new ScalingTwoBenchmark(QUICK))).hasSize(3).allMatch(each -> each.value() > 0);
    }

    @Test
    void gradientsTravelOverALimitedNetworkWhereOneCanBeMade() {
        List<Measurement> measured = run(new OverlapBenchmark(QUICK));

        if (measured.isEmpty()) {
            assertThat(said).anyMatch(line -> line.startsWith("training.overlap is skipped, since"));
        } else {
            assertThat(measured)
                    .extracting(Measurement::name)
                    .containsExactly("training.overlap.cnn.1gbit", "training.overlap.cnn.1gbit.cpu");
        }
    }
}
