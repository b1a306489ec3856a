package io.tfcluster.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.function.Consumer;

/**
 * Rows per second of two workers with a thread each, against one worker with one thread and as many rows per step as each of the two. Both
 * in turn in the same processes; with fewer than two idle cores there is nothing to be seen.
 */
final class ScalingTwoBenchmark implements Benchmark {
    private static final int STEP_MILLIS = 80;
    private static final int ROUNDS = 9;
    private static final int STEPS = 12;

    private final boolean quick;

    ScalingTwoBenchmark(Settings settings) {
        this.quick = settings.quick();
    }

    @Override
    public String name() {
        return "training.scaling2";
    }

    @Override
    public String about() {
        return "rows/s of 2 workers with a thread each, against 1 worker with 1 thread";
    }

    @Override
    public List<Measurement> run(Consumer<String> progress) {
        int rounds = quick ? 1 : ROUNDS;
        int steps = quick ? 2 : STEPS;
        progress.accept(name() + ": " + rounds + " times " + steps + " steps of a CNN, alone and by two ...");
        double[] alone = new double[rounds];
        double[] together = new double[rounds];
        try (RingPeers peers = RingPeers.start(ScalingTwoMain.class, 2)) {
            peers.first().say("probe " + (quick ? 10 : STEP_MILLIS));
            int rows = (int) RingPeers.numbers(peers.first().hear("rows"))[0];
            peers.sayToAll("rows " + rows);
            for (int round = -1; round < rounds; round++) {
                peers.first().say("alone " + steps);
                double one = RingPeers.numbers(peers.first().hear("took"))[0];
                peers.sayToAll("together " + steps);
                double two = peers.hearFromAll("took").stream()
                        .mapToDouble(took -> took[0])
                        .max()
                        .orElseThrow();
                if (round >= 0) {
                    alone[round] = (double) rows * steps / one;
                    together[round] = 2.0 * rows * steps / two;
                }
            }
            double one = AllReduceMain.median(alone);
            return List.of(
                    Measurement.of(name(), AllReduceMain.median(together), "rows/s", one)
                            .aimingAt(Target.ratioAtLeast(1.85)),
                    Measurement.of(name() + ".stepAlone", 1e3 * rows / one, "ms")
                            .aimingAt(quick ? Target.atLeast(0) : Target.atLeast(50)),
                    Measurement.of(name() + ".batchRows", rows, "rows"));
        } catch (IOException e) {
            throw new UncheckedIOException("a worker broke: " + e.getMessage(), e);
        }
    }
}
