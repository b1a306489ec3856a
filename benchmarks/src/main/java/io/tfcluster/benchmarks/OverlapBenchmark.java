package io.tfcluster.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Rows per second of two workers whose gradients travel while TensorFlow computes, against the same workers that send them afterwards,
 * over networks of several speeds. Both in turn in the same processes. Says that it measures nothing where it may not make such a network.
 */
final class OverlapBenchmark implements Benchmark {
    private static final int WORKERS = 2;
    private static final int ROUNDS = 7;
    private static final int STEPS = 8;
    private static final long WHOLE = Long.MAX_VALUE;
    private static final long DEFAULT = 0;

    /** Network to rows of a step, which takes about 100 ms then. */
    private static final Map<String, Integer> NETS = new LinkedHashMap<>(Map.of("cnn", 48));

    /** Name to megabits per second, 0 for the machine's own. */
    private static final Map<String, Integer> SPEEDS = new LinkedHashMap<>();

    static {
        NETS.put("mlp", 128);
        SPEEDS.put("300mbit", 300);
        SPEEDS.put("1gbit", 1_000);
        SPEEDS.put("3gbit", 3_000);
        SPEEDS.put("loopback", 0);
    }

    private final boolean quick;

    OverlapBenchmark(Settings settings) {
        this.quick = settings.quick();
    }

    @Override
    public String name() {
        return "training.overlap";
    }

    @Override
    public String about() {
        return "rows/s of 2 workers that send while they compute, against sending afterwards";
    }

    @Override
    public List<Measurement> run(Consumer<String> progress) {
        SlowNetwork network;
        try {
            network = SlowNetwork.make();
        } catch (IOException e) {
            progress.accept(name() + " is skipped, since a limited network cannot be made here: " + e.getMessage());
            return List.of();
        }
        List<Measurement> list = new ArrayList<>();
        try (network) {
            for (Map.Entry<String, Integer> net : NETS.entrySet()) {
                if (!quick || list.isEmpty()) {
                    list.addAll(measure(network, net.getKey(), net.getValue(), progress));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("a worker broke: " + e.getMessage(), e);
        }
        return list;
    }

    private List<Measurement> measure(SlowNetwork network, String net, int rows, Consumer<String> progress)
            throws IOException {
        List<Measurement> list = new ArrayList<>();
        try (RingPeers peers = RingPeers.start(network.within(), OverlapMain.class, WORKERS)) {
            peers.sayToAll(net + " " + rows + " 2 " + WHOLE + " " + DEFAULT);
            peers.hearFromAll("ready");
            for (Map.Entry<String, Integer> speed : SPEEDS.entrySet()) {
                if (quick && speed.getValue() != 1_000) {
                    continue;
                }
                progress.accept(name() + ": the " + net + " with " + rows + " rows for each of " + WORKERS
                        + " workers over " + speed.getKey() + " ...");
                if (speed.getValue() == 0) {
                    network.unlimited();
                } else {
                    network.limit(speed.getValue());
                }
                list.addAll(compare(peers, rows, name() + "." + net + "." + speed.getKey()));
            }
        }
        return list;
    }

    private List<Measurement> compare(RingPeers peers, int rows, String name) throws IOException {
        int rounds = quick ? 1 : ROUNDS;
        int steps = quick ? 2 : STEPS;
        double[][] seconds = new double[2][rounds];
        double[][] cpu = new double[2][rounds];
        for (int round = -1; round < rounds; round++) {
            for (int trainer = 0; trainer < 2; trainer++) {
                peers.sayToAll(trainer + " " + steps);
                List<double[]> took = peers.hearFromAll("took");
                if (round >= 0) {
                    seconds[trainer][round] =
                            took.stream().mapToDouble(each -> each[0]).max().orElseThrow();
                    cpu[trainer][round] =
                            took.stream().mapToDouble(each -> each[1]).average().orElseThrow();
                }
            }
        }
        double all = (double) WORKERS * rows * steps;
        return List.of(
                Measurement.of(
                        name, all / AllReduceMain.median(seconds[1]), "rows/s", all / AllReduceMain.median(seconds[0])),
                Measurement.of(
                        name + ".cpu",
                        1e3 * AllReduceMain.median(cpu[1]) / steps,
                        "ms",
                        1e3 * AllReduceMain.median(cpu[0]) / steps));
    }
}
