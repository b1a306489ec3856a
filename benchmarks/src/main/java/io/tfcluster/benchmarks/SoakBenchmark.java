package io.tfcluster.benchmarks;

import io.tfcluster.ClusterConfig;
import io.tfcluster.FeedInput;
import io.tfcluster.TFCluster;
import io.tfcluster.TrainingReport;
import io.tfcluster.feeding.RowWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaRDD;

/** Hundreds of clusters started and stopped in one application: nothing may grow, on the driver or on executors. */
final class SoakBenchmark implements Benchmark {
    private static final int NODES = 2;
    private static final Duration LIMIT = Duration.ofMinutes(2);
    /** Spark itself keeps stages and tasks of its last jobs, and the JVM compiles for a while. */
    private static final double HEAP_MEGABYTES = 16;

    private static final double RESIDENT_MEGABYTES = 128;
    /** Spark's pools breathe by so many. */
    private static final double SPARKS_OWN = 6;

    private final LocalSpark spark;
    private final int clusters;
    private final int window;
    private final int warmUps;

    /** The application has an executor for each of two nodes. */
    SoakBenchmark(Settings settings, LocalSpark spark) {
        this.spark = spark;
        this.clusters = settings.quick() ? 5 : 500;
        this.window = settings.quick() ? 2 : 50;
        this.warmUps = settings.quick() ? 1 : 5;
    }

    private record Sample(ProcessSize driver, ProcessSize executors, long files, double seconds) {}

    @Override
    public String name() {
        return "soak";
    }

    @Override
    public String about() {
        return clusters + " clusters one after the other: nothing grows";
    }

    @Override
    public List<Measurement> run(Consumer<String> progress) {
        progress.accept(name() + ": " + clusters + " clusters of " + NODES + " nodes, a few steps each ...");
        List<Sample> samples = new ArrayList<>();
        for (int i = -warmUps; i < clusters; i++) {
            double seconds = once();
            Sample sample = sample(seconds);
            if (i >= 0) {
                samples.add(sample);
                if ((i + 1) % window == 0) {
                    progress.accept((i + 1) + " clusters: " + sample);
                }
            }
        }
        List<Measurement> figures = new ArrayList<>();
        figures.add(Measurement.of("soak.clusters", clusters, "clusters"));
        figures.add(compare("soak.seconds", samples, "s", Sample::seconds, Double.NaN));
        grown("soak.driver.", samples, figures, Sample::driver);
        grown("soak.executors.", samples, figures, Sample::executors);
        figures.add(compare("soak.files", samples, "files", Sample::files, 0));
        boolean flat = figures.stream().allMatch(Measurement::isMet);
        progress.accept(flat ? "flat: nothing grew" : "NOT FLAT: see the targets that are missed");
        return figures;
    }

    private void grown(String name, List<Sample> samples, List<Measurement> figures, Function<Sample, ProcessSize> of) {
        figures.add(
                compare(name + "threads", samples, "threads", s -> of.apply(s).threads(), SPARKS_OWN));
        figures.add(compare(name + "files", samples, "files", s -> of.apply(s).files(), SPARKS_OWN));
        figures.add(compare(name + "heap", samples, "MB", s -> of.apply(s).heap() / 1e6, HEAP_MEGABYTES));
        figures.add(compare(name + "resident", samples, "MB", s -> of.apply(s).resident() / 1e6, RESIDENT_MEGABYTES));
    }

    /** The middle of the last ones, with that of the first ones as limit; the target is the first ones' and what may be added. */
    private Measurement compare(
            String name, List<Sample> samples, String unit, ToDoubleFunction<Sample> value, double more) {
        double first = median(samples.subList(0, window), value);
        double last = median(samples.subList(samples.size() - window, samples.size()), value);
        Measurement figure = Measurement.of(name, last, unit, Math.max(first, Double.MIN_NORMAL));
        return Double.isNaN(more) ? figure : figure.aimingAt(Target.atMost(first + more));
    }

    private static double median(List<Sample> samples, ToDoubleFunction<Sample> value) {
        double[] sorted = samples.stream().mapToDouble(value).sorted().toArray();
        return sorted[sorted.length / 2];
    }

    private double once() {
        ClusterConfig config = ClusterConfig.builder(NODES)
                .feed("train", SoakMain.SCHEMA)
                .nodeMemory("128m")
                .threads(1, 1)
                .jvmOptions("-XX:+UseSerialGC", "-Dlog4j2.configurationFile=benchmarks-log4j2.properties")
                .build();
        JavaRDD<Long> rows = spark.context()
                .parallelize(LongStream.range(0, SoakMain.ROWS).boxed().toList(), NODES);
        long start = System.nanoTime();
        try (TFCluster cluster = TFCluster.run(spark.session(), SoakMain::run, new SoakMain.Nothing(), config)) {
            cluster.train(FeedInput.of(rows, (Long id, RowWriter out) -> out.putLong(id)), 1);
            TrainingReport report = cluster.shutdown(true, LIMIT);
            long trained = report.nodes().stream()
                    .mapToLong(node -> Long.parseLong(node.result().getOrDefault(SoakMain.TRAINED, "0")))
                    .sum();
            if (trained != SoakMain.ROWS) {
                throw new IllegalStateException(
                        "the nodes trained on " + trained + " rows instead of " + SoakMain.ROWS);
            }
        }
        return (System.nanoTime() - start) / 1e9;
    }

    /** Executors are the children of this JVM; what their heaps hold a task in each of them can tell. */
    private Sample sample(double seconds) {
        List<List<Long>> executors = spark.context()
                .parallelize(Collections.nCopies(4 * NODES, 0), 4 * NODES)
                .map(none -> {
                    TimeUnit.MILLISECONDS.sleep(20); // or one of them would do the others' work
                    return List.of(ProcessHandle.current().pid(), ProcessSize.ownHeap());
                })
                .collect();
        Map<Long, Long> heaps = new TreeMap<>();
        executors.forEach(each -> heaps.merge(each.get(0), each.get(1), Math::min));
        ProcessSize sum = ProcessHandle.current()
                .children()
                .map(each -> ProcessSize.of(each.pid(), heaps.getOrDefault(each.pid(), 0L)))
                .reduce(new ProcessSize(0, 0, 0, 0), ProcessSize::plus);
        return new Sample(ProcessSize.own(), sum, temporaryFiles(), seconds);
    }

    /** Files whose names begin as ours do, where temporary files lie. */
    private static long temporaryFiles() {
        long count = 0;
        for (Path folder : List.of(Path.of(System.getProperty("java.io.tmpdir")), Path.of("/dev/shm"))) {
            if (Files.isDirectory(folder)) {
                try (Stream<Path> files = Files.list(folder)) {
                    count += files.map(file -> String.valueOf(file.getFileName()))
                            .filter(name -> name.startsWith("tfcluster") || name.startsWith("tfc-"))
                            .count();
                } catch (IOException e) {
                    throw new UncheckedIOException("cannot list " + folder, e);
                }
            }
        }
        return count;
    }

    @Override
    public void close() {
        spark.close();
    }
}
