package io.tfcluster.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * What a step would take with up to 1,024 workers, computed from what an all-reduce between two processes takes on this machine:
 * {@code T(P) = compute + 2(P-1)·latency + 2(P-1)/P·bytes/bandwidth}.
 */
final class ScalingBenchmark implements Benchmark {
    private static final int MOST_WORKERS = 1024;
    private static final double COMPUTE_SECONDS = 0.1;
    private static final int MEASURED_BYTES = 10_000_000;
    private static final int MEGABYTE = 1_000_000;

    private final boolean quick;

    ScalingBenchmark(Settings settings) {
        this.quick = settings.quick();
    }

    @Override
    public String name() {
        return "scaling";
    }

    @Override
    public String group() {
        return "training";
    }

    @Override
    public String about() {
        return "step time of 1 to 1,024 workers, computed from measured latency and bandwidth";
    }

    @Override
    public List<Measurement> run(Consumer<String> progress) {
        progress.accept(name() + ": latency and bandwidth of a ring of 2 processes ...");
        RingSpeed small = quick ? RingSpeed.measure(2, 4, 3, 500) : RingSpeed.measure(2, 4, 10, 5_000);
        RingSpeed large =
                quick ? RingSpeed.measure(2, MEASURED_BYTES, 2, 1) : RingSpeed.measure(2, MEASURED_BYTES, 9, 20);
        // Two processes exchange one float in one step; a large vector takes two, and moves as many bytes as it has.
        double latency = small.seconds();
        double bandwidth = MEASURED_BYTES / Math.max(large.seconds() - 2 * latency, large.seconds() / 2);
        List<Measurement> list = new ArrayList<>();
        list.add(Measurement.of(name() + ".latency", latency * 1e6, "µs"));
        list.add(Measurement.of(name() + ".bandwidth", bandwidth / 1e6, "MB/s"));
        progress.accept(text(latency, bandwidth));
        for (int megabytes : new int[] {1, 100}) {
            for (int workers = 1; workers <= MOST_WORKERS; workers *= 2) {
                double step = stepSeconds(workers, megabytes * (double) MEGABYTE, latency, bandwidth);
                // The limit is a step without peers, so the ratio is how much longer a step is.
                list.add(Measurement.of(
                        name() + "." + megabytes + "mb.of" + workers, step * 1e3, "ms", COMPUTE_SECONDS * 1e3));
            }
        }
        return list;
    }

    static double stepSeconds(int workers, double bytes, double latency, double bandwidth) {
        return COMPUTE_SECONDS + 2 * (workers - 1) * latency + 2.0 * (workers - 1) / workers * bytes / bandwidth;
    }

    private static String text(double latency, double bandwidth) {
        return String.format(
                Locale.ROOT,
                "scaling: T(P) = compute + 2(P-1)·latency + 2(P-1)/P·bytes/bandwidth,%n"
                        + "  latency %.1f µs and bandwidth %.0f MB/s as between 2 processes in this run,%n"
                        + "  compute %.0f ms on each of P workers, whatever P is (same rows for each),%n"
                        + "  every worker on a link of its own with that latency and bandwidth both ways at once,%n"
                        + "  no overlap of computing and sending, nobody slower than the others",
                latency * 1e6,
                bandwidth / 1e6,
                COMPUTE_SECONDS * 1e3);
    }
}
