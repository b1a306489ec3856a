package io.tfcluster.benchmarks;

import io.tfcluster.ClusterConfig;
import io.tfcluster.ClusterListener;
import io.tfcluster.EpochReport;
import io.tfcluster.TFCluster;
import io.tfcluster.TrainingReport;
import io.tfcluster.feeding.FeedConfig;
import io.tfcluster.reservation.NodeInfo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * Rows of one kind from a Spark task into the tensors of one node, by the way a user's rows go: {@link TFCluster#train} on an executor JVM,
 * a node JVM that takes batches. The limits are a copy by one thread and a bare socket of the same kind; the socket is measured before and
 * after, and the better of the two counts.
 */
final class FeedRateBenchmark implements Benchmark {
    private static final int PARTITIONS = 4;
    private static final int EPOCHS = 3;
    private static final int WARM_UP_EPOCHS = 1;
    private static final int QUICK_PART = 40;
    private static final long COPIED_BYTES = 4L << 30;
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final Duration CPU_LIMIT = Duration.ofSeconds(10);

    private final FeedKind kind;
    private final BareSocket.Way way;
    private final int part;
    private final LocalSpark spark;

    FeedRateBenchmark(FeedKind kind, BareSocket.Way way, Settings settings, LocalSpark spark) {
        this.kind = kind;
        this.way = way;
        this.part = settings.quick() ? QUICK_PART : 1;
        this.spark = spark;
    }

    @Override
    public String name() {
        return "feed." + (way == BareSocket.Way.TCP ? "tcp" : kind.label());
    }

    @Override
    public String about() {
        String rows = String.format(Locale.ROOT, "rows of %,d bytes", kind.rowBytes());
        return rows + " from a Spark task into a node's tensors" + (way == BareSocket.Way.TCP ? ", over TCP" : "");
    }

    @Override
    public List<Measurement> run(Consumer<String> progress) {
        long partitionRows = kind.epochRows() / PARTITIONS / part;
        long bytes = partitionRows * PARTITIONS * kind.rowBytes();
        progress.accept(name() + ": memory copy, bare " + way + " socket ...");
        double copy = MemoryCopy.bytesPerSecond(COPIED_BYTES / part);
        BareSocket.Speed before = BareSocket.speed(way, bytes);
        progress.accept(String.format(
                Locale.ROOT,
                "%s: %,d rows, %d times, the first to warm up ...",
                name(),
                partitionRows * PARTITIONS,
                EPOCHS));
        TaskCpu tasks = new TaskCpu(PARTITIONS);
        spark.session().sparkContext().addSparkListener(tasks);
        try {
            FeedRate rate = feed(partitionRows);
            BareSocket.Speed bare = before.better(BareSocket.speed(way, bytes));
            List<Measurement> list = new ArrayList<>(measurements(rate, bare.bytesPerSecond(), copy));
            double taskNanos = tasks.nanos(WARM_UP_EPOCHS, EPOCHS, CPU_LIMIT);
            list.addAll(processorTimes(rate, taskNanos / rate.rows(), bare));
            return list;
        } finally {
            spark.session().sparkContext().removeSparkListener(tasks);
        }
    }

    private List<Measurement> measurements(FeedRate rate, double bare, double copy) {
        double rows = rate.rowsPerSecond();
        double megabytes = rows * kind.rowBytes() / 1e6;
        Measurement ofSocket = Measurement.of(name(), megabytes, "MB/s", bare / 1e6);
        List<Measurement> list = new ArrayList<>();
        switch (kind) {
            case IMAGES -> list.add(ofSocket.aimingAt(Target.ratioAtLeast(way == BareSocket.Way.TCP ? 0.7 : 0.6)));
            case JPEG -> list.add(ofSocket.aimingAt(Target.ratioAtLeast(0.5)));
            case FLOATS784 -> list.add(ofSocket.aimingAt(Target.atLeast(300)));
            case SMALL -> list.add(ofSocket);
        }
        list.add(Measurement.of(name() + ".ofMemoryCopy", megabytes, "MB/s", copy / 1e6));
        Measurement rowRate = Measurement.of(name() + ".rows", rows, "rows/s");
        list.add(kind == FeedKind.SMALL ? rowRate.aimingAt(Target.atLeast(1_000_000)) : rowRate);
        list.add(Measurement.of(name() + ".nodeWaits", rate.waitedPercent(), "%"));
        return list;
    }

    /** Who works how long for a gigabyte: tells where the time goes, on a busy machine too. */
    private List<Measurement> processorTimes(FeedRate rate, double taskNanosPerRow, BareSocket.Speed bare) {
        double toSecondsPerGigabyte = 1.0 / kind.rowBytes(); // nanoseconds per row / bytes per row
        double rows = rate.timedRows();
        return List.of(
                Measurement.of(
                        name() + ".cpuOfTask", taskNanosPerRow * toSecondsPerGigabyte, "s/GB", bare.senderCpu() * 1e9),
                Measurement.of(
                        name() + ".cpuOfReceiver",
                        rate.receiverNanos() / rows * toSecondsPerGigabyte,
                        "s/GB",
                        bare.receiverCpu() * 1e9),
                Measurement.of(name() + ".cpuOfBatches", rate.mainNanos() / rows * toSecondsPerGigabyte, "s/GB"));
    }

    private FeedRate feed(long partitionRows) {
        CompletableFuture<NodeInfo> joined = new CompletableFuture<>();
        ClusterConfig config = ClusterConfig.builder(1)
                .feed("train", FeedConfig.of(kind.schema()))
                .nodeMemory("512m")
                .threads(1, 1)
                .jvmOptions("-Dlog4j2.configurationFile=benchmarks-log4j2.properties")
                .listener(new ClusterListener() {
                    @Override
                    public void joined(NodeInfo node) {
                        joined.complete(node);
                    }
                })
                .build();
        try (TFCluster cluster = TFCluster.run(
                spark.session(), FeedRateMain::run, new FeedRateMain.Plan(kind.batchRows(), false), config)) {
            if (way == BareSocket.Way.TCP) {
                hideSocketFile(joined.join());
            }
            List<EpochReport> epochs = cluster.train(
                    GeneratedRows.of(spark.context(), kind::prepared, PARTITIONS, partitionRows),
                    GeneratedRows.encoder(kind),
                    EPOCHS);
            TrainingReport report = cluster.shutdown(true, LIMIT);
            FeedRate rate = FeedRate.of(report.nodes().get(0).result(), WARM_UP_EPOCHS, EPOCHS);
            long fed = epochs.stream()
                    .skip(WARM_UP_EPOCHS)
                    .mapToLong(EpochReport::inputRows)
                    .sum();
            if (rate.rows() != fed) {
                throw new IllegalStateException("the node saw " + rate.rows() + " rows, Spark had " + fed);
            }
            return rate;
        }
    }

    /** Feeders on other hosts do not see the node's socket file; without it, neither does the one on this host. */
    private static void hideSocketFile(NodeInfo node) {
        String file = node.endpoints().getOrDefault("feed.unix", "");
        try {
            if (!file.isEmpty()) {
                Files.delete(Path.of(file));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot hide " + file + ", so rows would not go over TCP", e);
        }
    }

    @Override
    public void close() {
        spark.close();
    }
}
