package io.tfcluster.benchmarks;

import java.util.List;
import java.util.function.Consumer;

/** One float summed by two processes, against two bare sockets on which each sends 4 bytes and waits for 4. */
final class LatencyBenchmark implements Benchmark {
    private final boolean quick;

    LatencyBenchmark(Settings settings) {
        this.quick = settings.quick();
    }

    @Override
    public String name() {
        return "allreduce.latency";
    }

    @Override
    public String group() {
        return "training";
    }

    @Override
    public String about() {
        return "one float summed by 2 processes, against bare sockets";
    }

    @Override
    public List<Measurement> run(Consumer<String> progress) {
        progress.accept(name() + ": all-reduces of 4 bytes between 2 processes ...");
        RingSpeed speed = quick ? RingSpeed.measure(2, 4, 3, 500) : RingSpeed.measure(2, 4, 20, 5_000);
        return List.of(
                Measurement.of(name(), speed.seconds() * 1e6, "µs", speed.bareSeconds() * 1e6)
                        .aimingAt(Target.atMost(150)),
                Measurement.of(name() + ".cpu", speed.cpu() * 1e6, "µs", speed.bareCpu() * 1e6));
    }
}
