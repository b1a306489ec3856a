package io.tfcluster.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** The sum of a vector over a ring of processes, against bare sockets that move as many bytes. */
final class AllReduceBenchmark implements Benchmark {
    private static final int[] PROCESSES = {2, 4};
    private static final int ROUNDS = 15;
    private static final double ROUND_BYTES = 2e8;
    private static final int GOAL_FROM_BYTES = 10_000_000;

    private final String size;
    private final int bytes;
    private final boolean quick;

    AllReduceBenchmark(String size, int bytes, Settings settings) {
        this.size = size;
        this.bytes = bytes;
        this.quick = settings.quick();
    }

    @Override
    public String name() {
        return "allreduce." + size;
    }

    @Override
    public String group() {
        return "training";
    }

    @Override
    public String about() {
        return "a vector of " + bytes / 1_000_000 + " MB summed by 2 and 4 processes, against bare sockets";
    }

    @Override
    public List<Measurement> run(Consumer<String> progress) {
        List<Measurement> list = new ArrayList<>();
        for (int processes : PROCESSES) {
            int rounds = quick ? 2 : ROUNDS;
            int each = quick ? 1 : (int) Math.max(2, ROUND_BYTES / bytes);
            progress.accept(name() + ": " + rounds + " times " + each + " all-reduces between " + processes
                    + " processes, and as many bare passes ...");
            RingSpeed speed = RingSpeed.measure(processes, bytes, rounds, each);
            double megabytes = 2.0 * (processes - 1) / processes * bytes / 1e6;
            String name = name() + "." + processes;
            Measurement rate =
                    Measurement.of(name, megabytes / speed.seconds(), "MB/s", megabytes / speed.bareSeconds());
            list.add(bytes >= GOAL_FROM_BYTES ? rate.aimingAt(Target.ratioAtLeast(0.8)) : rate);
            list.add(Measurement.of(name + ".time", speed.seconds() * 1e3, "ms", speed.bareSeconds() * 1e3));
            double toSecondsPerGigabyte = 1e3 / megabytes;
            list.add(Measurement.of(
                    name + ".cpu", speed.cpu() * toSecondsPerGigabyte, "s/GB", speed.bareCpu() * toSecondsPerGigabyte));
        }
        return list;
    }
}
