package io.tfcluster.benchmarks;

import io.tfcluster.ClusterConfig;
import io.tfcluster.ClusterListener;
import io.tfcluster.EpochReport;
import io.tfcluster.TFCluster;
import io.tfcluster.TrainingReport;
import io.tfcluster.feeding.FeedConfig;
import io.tfcluster.reservation.NodeInfo;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * Many gigabytes through a node that may hold 256 MB: 128 MB of heap and 128 MB of direct memory, which is where received blocks lie,
 * 64 MiB of them at a time. What comes on top is not the feed's: TensorFlow's libraries, the JVM's own, and the tensors of the one batch
 * that the main function holds. In the warm-up the node lets its buffer run full once. Watched from outside, as the operating system counts.
 */
final class FeedMemoryBenchmark implements Benchmark {
    private static final FeedKind KIND = FeedKind.IMAGES;
    private static final int PARTITIONS = 2;

    /** The first one is to warm up and comes on top of the gigabytes asked for: heaps get their size, code is compiled. */
    private static final int EPOCHS = 3;

    private static final long BUFFER_BYTES = 64L << 20;
    private static final Duration LIMIT = Duration.ofMinutes(3);

    /** Growth from the warm-up to the end, in percent of the mean, up to which the curve is called flat. */
    private static final double FLAT_PERCENT = 5;

    /** What a node may have on top of one whose TensorFlow is loaded and that has no row yet: its heap and direct memory. */
    private static final double NODE_MEGABYTES = 268;

    private static final String NODE = "node";

    private final Settings settings;
    private final LocalSpark spark;

    FeedMemoryBenchmark(Settings settings, LocalSpark spark) {
        this.settings = settings;
        this.spark = spark;
    }

    @Override
    public String name() {
        return "feed.memory";
    }

    @Override
    public String about() {
        return String.format(Locale.ROOT, "%.0f GB of rows through a node limited to 256 MB", settings.gigabytes());
    }

    @Override
    public List<Measurement> run(Consumer<String> progress) {
        long epochRows = Math.max(1, Math.round(settings.gigabytes() * 1e9 / KIND.rowBytes() / (EPOCHS - 1)));
        CompletableFuture<NodeInfo> joined = new CompletableFuture<>();
        CompletableFuture<Long> warm = new CompletableFuture<>();
        ClusterConfig config = ClusterConfig.builder(1)
                .feed("train", FeedConfig.of(KIND.schema()).buffer(BUFFER_BYTES))
                .nodeMemory("128m")
                .jvmOptions("-XX:MaxDirectMemorySize=128m", "-Dlog4j2.configurationFile=benchmarks-log4j2.properties")
                .threads(1, 1)
                .listener(new ClusterListener() {
                    @Override
                    public void joined(NodeInfo node) {
                        joined.complete(node);
                    }

                    @Override
                    public void epochEnded(EpochReport epoch) {
                        warm.complete(System.nanoTime()); // the first one counts
                    }
                })
                .build();
        progress.accept(String.format(
                Locale.ROOT, "%s: %.1f GB through a small node, after a warm-up ...", name(), settings.gigabytes()));
        try (TFCluster cluster = TFCluster.run(
                        spark.session(), FeedRateMain::run, new FeedRateMain.Plan(KIND.batchRows(), true), config);
                ResidentMemory memory = ResidentMemory.start(processes(joined.join()), settings.quick() ? 50 : 500)) {
            cluster.train(
                    GeneratedRows.of(spark.context(), KIND::prepared, PARTITIONS, epochRows / PARTITIONS),
                    GeneratedRows.encoder(KIND),
                    EPOCHS);
            memory.close();
            List<Curve> curves = memory.curves();
            TrainingReport report = cluster.shutdown(true, LIMIT);
            draw(curves, progress);
            String empty = report.nodes().get(0).result().getOrDefault("resident", "0");
            return measurements(curves, memory.secondsAt(warm.join()), Long.parseLong(empty) / 1e6);
        }
    }

    private static Map<String, Long> processes(NodeInfo node) {
        Map<String, Long> pids = new LinkedHashMap<>();
        pids.put(NODE, node.pid());
        pids.put(
                "executor",
                ProcessHandle.of(node.pid())
                        .flatMap(ProcessHandle::parent)
                        .map(ProcessHandle::pid)
                        .orElseThrow(() -> new IllegalStateException("the node " + node.pid() + " has ended")));
        return pids;
    }

    private void draw(List<Curve> curves, Consumer<String> progress) {
        String title = String.format(
                Locale.ROOT,
                "Resident memory while %.1f GB are fed, a third of them to warm up",
                settings.gigabytes() * EPOCHS / (EPOCHS - 1));
        new Plot(title, "seconds", "MB", curves).show(settings.drawing(), progress);
    }

    private List<Measurement> measurements(List<Curve> curves, double warmSeconds, double emptyNode) {
        List<Measurement> list = new ArrayList<>();
        double seconds = curves.get(0).lastX() - warmSeconds;
        list.add(Measurement.of(name() + ".fed", settings.gigabytes(), "GB"));
        list.add(Measurement.of(name() + ".time", seconds, "s"));
        for (Curve whole : curves) {
            Curve steady = whole.after(warmSeconds);
            String process = name() + "." + whole.name();
            double growth = steady.growth();
            list.add(Measurement.of(process + ".mean", steady.mean(), "MB"));
            list.add(Measurement.of(process + ".max", whole.max(), "MB"));
            if (whole.name().equals(NODE)) {
                list.add(Measurement.of(process + ".empty", emptyNode, "MB"));
                list.add(Measurement.of(process + ".maxOverEmpty", whole.max() - emptyNode, "MB")
                        .aimingAt(Target.atMost(NODE_MEGABYTES)));
            }
            list.add(Measurement.of(process + ".slope", growth / settings.gigabytes(), "MB/GB"));
            list.add(Measurement.of(process + ".growth", 100 * growth / steady.mean(), "%")
                    .aimingAt(Target.atMost(FLAT_PERCENT)));
        }
        return list;
    }

    @Override
    public void close() {
        spark.close();
    }
}
