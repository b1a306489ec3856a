package io.tfcluster.benchmarks;

import io.tfcluster.ClusterConfig;
import io.tfcluster.ClusterListener;
import io.tfcluster.FeedInput;
import io.tfcluster.TFCluster;
import io.tfcluster.TrainingReport;
import io.tfcluster.feeding.RowWriter;
import io.tfcluster.reservation.NodeInfo;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;
import org.apache.spark.api.java.JavaRDD;

/** How long two nodes take from {@code TFCluster.run} to their main functions, and from {@code shutdown} to its return, phase by phase. */
final class StartupBenchmark implements Benchmark {
    private static final int NODES = 2;
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final double MILLIS = 1e3;

    private final LocalSpark spark;
    private final int warmUps;
    private final int rounds;

    /** The application has an executor for each of two nodes. */
    StartupBenchmark(Settings settings, LocalSpark spark) {
        this.spark = spark;
        this.warmUps = settings.quick() ? 1 : 3;
        this.rounds = settings.quick() ? 1 : 9;
    }

    /** Milliseconds on the clock of the machine. */
    private record Moments(
            long called,
            long processes,
            long joined,
            long entered,
            long cpu,
            long returned,
            long shutdown,
            long mainsLeft,
            long farewells,
            long ended) {}

    @Override
    public String name() {
        return "startup";
    }

    @Override
    public String about() {
        return NODES + " nodes from run to their main functions, and from shutdown to its end";
    }

    @Override
    public List<Measurement> run(Consumer<String> progress) {
        progress.accept(name() + ": " + (warmUps + rounds) + " clusters of " + NODES + " nodes ...");
        List<Moments> all = new ArrayList<>();
        for (int round = -warmUps; round < rounds; round++) {
            Moments moments = once();
            if (round >= 0) {
                all.add(moments);
            }
        }
        return List.of(
                median("startup.run", all, m -> m.entered() - m.called()).aimingAt(Target.atMost(3)),
                median("startup.run.launch", all, m -> m.processes() - m.called()),
                median("startup.run.join", all, m -> m.joined() - m.processes()),
                median("startup.run.cluster", all, m -> m.entered() - m.joined()),
                median("startup.run.nodeCpu", all, Moments::cpu),
                median("startup.run.returned", all, m -> m.returned() - m.called()),
                median("startup.shutdown", all, m -> m.ended() - m.shutdown()).aimingAt(Target.atMost(1)),
                median("startup.shutdown.mains", all, m -> m.mainsLeft() - m.shutdown()),
                median("startup.shutdown.farewells", all, m -> m.farewells() - m.mainsLeft()),
                median("startup.shutdown.release", all, m -> m.ended() - m.farewells()));
    }

    private static Measurement median(String name, List<Moments> all, ToDoubleFunction<Moments> millis) {
        double[] values = all.stream().mapToDouble(millis).sorted().toArray();
        return Measurement.of(name, values[values.length / 2] / MILLIS, "s");
    }

    private Moments once() {
        AtomicLong joined = new AtomicLong();
        AtomicLong left = new AtomicLong();
        ClusterConfig config = ClusterConfig.builder(NODES)
                .feed("train", StartupMain.SCHEMA)
                .nodeMemory("256m")
                .threads(1, 1)
                .jvmOptions("-Dlog4j2.configurationFile=benchmarks-log4j2.properties")
                .listener(new ClusterListener() {
                    @Override
                    public void joined(NodeInfo node) {
                        joined.set(System.currentTimeMillis());
                    }

                    @Override
                    public void left(String node) {
                        left.set(System.currentTimeMillis());
                    }
                })
                .build();
        JavaRDD<Long> rows = spark.context().parallelize(List.of(1L, 2L, 3L, 4L), NODES);
        long called = System.currentTimeMillis();
        try (TFCluster cluster = TFCluster.run(spark.session(), StartupMain::run, new StartupMain.Nothing(), config)) {
            long returned = System.currentTimeMillis();
            cluster.feed("train", FeedInput.of(rows, (Long id, RowWriter out) -> out.putLong(id)), 1);
            long shutdown = System.currentTimeMillis();
            TrainingReport report = cluster.shutdown(true, LIMIT);
            long ended = System.currentTimeMillis();
            return new Moments(
                    called,
                    latest(report, StartupMain.PROCESS),
                    joined.get(),
                    latest(report, StartupMain.ENTERED),
                    latest(report, StartupMain.CPU),
                    returned,
                    shutdown,
                    latest(report, StartupMain.LEFT),
                    left.get(),
                    ended);
        }
    }

    private static long latest(TrainingReport report, String key) {
        return report.nodes().stream()
                .mapToLong(node -> Long.parseLong(node.result().getOrDefault(key, "0")))
                .max()
                .orElse(0);
    }

    @Override
    public void close() {
        spark.close();
    }
}
