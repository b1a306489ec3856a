package io.tfcluster.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;

/**
 * Steps per second of two workers by our ring, against TensorFlow's CollectiveReduce between two of its gRPC servers: the same network,
 * rows and processes, in turn. TensorFlow's are measured with a collective for each variable and with one for all; the better counts.
 * Beside them two workers that exchange nothing: no all-reduce can be faster.
 */
final class CollectivesBenchmark implements Benchmark {
    private static final int WORKERS = 2;
    private static final int ROWS = 32;
    private static final int ROUNDS = 7;
    private static final int[] HIDDEN = {128, 2048};
    private static final int[] STEPS = {150, 25};

    private final boolean quick;

    CollectivesBenchmark(Settings settings) {
        this.quick = settings.quick();
    }

    @Override
    public String name() {
        return "allreduce.vsCollectives";
    }

    @Override
    public String group() {
        return "training";
    }

    @Override
    public String about() {
        return "steps of 2 workers by our ring, against TensorFlow's CollectiveReduce";
    }

    @Override
    public List<Measurement> run(Consumer<String> progress) {
        List<Measurement> list = new ArrayList<>();
        for (int i = 0; i < (quick ? 1 : HIDDEN.length); i++) {
            progress.accept(name() + ": a net of 784-" + HIDDEN[i] + "-10 with " + ROWS + " rows for each of " + WORKERS
                    + " workers ...");
            try {
                list.addAll(compare(HIDDEN[i], quick ? 2 : STEPS[i]));
            } catch (IOException e) {
                throw new UncheckedIOException("a worker broke: " + e.getMessage(), e);
            }
        }
        return list;
    }

    private List<Measurement> compare(int hidden, int steps) throws IOException {
        int rounds = quick ? 1 : ROUNDS;
        List<double[]> ours = new ArrayList<>();
        List<double[]> each = new ArrayList<>();
        List<double[]> fused = new ArrayList<>();
        List<double[]> alone = new ArrayList<>();
        try (RingPeers ring = RingPeers.start(MlpMain.class, WORKERS);
                Collectives separate = Collectives.start(hidden, CollectivesMain.Exchange.EACH);
                Collectives joined = Collectives.start(hidden, CollectivesMain.Exchange.FUSED);
                Collectives none = Collectives.start(hidden, CollectivesMain.Exchange.NONE)) {
            ring.sayToAll(hidden + " " + ROWS);
            ring.hearFromAll("ready");
            for (int round = -1; round < rounds; round++) {
                ring.sayToAll(Integer.toString(steps));
                double[] ofRing = slowest(ring.hearFromAll("took"));
                double[] ofSeparate = separate.take(steps);
                double[] ofJoined = joined.take(steps);
                double[] ofNone = none.take(steps);
                if (round >= 0) {
                    ours.add(ofRing);
                    each.add(ofSeparate);
                    fused.add(ofJoined);
                    alone.add(ofNone);
                }
            }
        }
        List<double[]> best = median(each, 0) < median(fused, 0) ? each : fused;
        String name = name() + "." + hidden;
        return List.of(
                Measurement.of(name, steps / median(ours, 0), "steps/s", steps / median(best, 0))
                        .aimingAt(Target.ratioAtLeast(3)),
                Measurement.of(name + ".cpu", 1e3 * median(ours, 1) / steps, "ms", 1e3 * median(best, 1) / steps),
                Measurement.of(name + ".each", steps / median(each, 0), "steps/s"),
                Measurement.of(name + ".fused", steps / median(fused, 0), "steps/s"),
                Measurement.of(name + ".none", steps / median(alone, 0), "steps/s", steps / median(best, 0)));
    }

    /** Returns seconds, and processor seconds, of the worker that took longest. */
    private static double[] slowest(List<double[]> workers) {
        return workers.stream().max(Comparator.comparingDouble(took -> took[0])).orElseThrow();
    }

    private static double median(List<double[]> rounds, int index) {
        return AllReduceMain.median(
                rounds.stream().mapToDouble(round -> round[index]).toArray());
    }

    /** The workers that use TensorFlow's own. */
    private record Collectives(List<ChildJvm> children) implements AutoCloseable {
        static Collectives start(int hidden, CollectivesMain.Exchange exchange) throws IOException {
            Collectives workers = new Collectives(new ArrayList<>());
            try {
                String ports = freePorts();
                for (int rank = 0; rank < WORKERS; rank++) {
                    ChildJvm child = ChildJvm.start(CollectivesMain.class);
                    workers.children.add(child);
                    child.say(rank + " " + ports + " " + hidden + " " + ROWS + " " + exchange);
                }
                for (ChildJvm child : workers.children) {
                    child.hear("ready");
                }
                return workers;
            } catch (IOException | RuntimeException e) {
                workers.close();
                throw e;
            }
        }

        /** TensorFlow's servers want their ports beforehand. */
        private static String freePorts() throws IOException {
            try (ServerSocket one = new ServerSocket(0);
                    ServerSocket other = new ServerSocket(0)) {
                return one.getLocalPort() + " " + other.getLocalPort();
            }
        }

        double[] take(int steps) throws IOException {
            for (ChildJvm child : children) {
                child.say(Integer.toString(steps));
            }
            List<double[]> workers = new ArrayList<>();
            for (ChildJvm child : children) {
                workers.add(RingPeers.numbers(child.hear("took")));
            }
            return slowest(workers);
        }

        @Override
        public void close() {
            children.forEach(ChildJvm::close);
        }
    }
}
