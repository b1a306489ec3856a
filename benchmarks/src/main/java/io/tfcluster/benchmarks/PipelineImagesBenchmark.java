package io.tfcluster.benchmarks;

import io.tfcluster.benchmarks.PicturePipeline.Part;
import io.tfcluster.estimator.ReadAhead;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Picture files from a table through decoding, an SSD detector, cropping and mobilenet_v2 into another table, on one executor with as many
 * tasks and threads as the machine has cores. The limit is bare TensorFlow loops of the two networks in the same executor, of the same batch
 * size and threads, over pictures that are decoded and in tensors already; by one caller or by as many as there are tasks, whichever is faster.
 *
 * <p>Where the time goes is told by running the first parts alone: what a part takes is what it adds, in time and in the executor's processor
 * time.
 */
final class PipelineImagesBenchmark implements Benchmark {
    private static final double WANTED_RATIO = 0.85;
    private static final int BATCH = 16;
    private static final int BARE_BATCHES = 4;

    private final boolean quick;
    private final LocalSpark spark;

    PipelineImagesBenchmark(Settings settings, LocalSpark spark) {
        this.quick = settings.quick();
        this.spark = spark;
    }

    @Override
    public String name() {
        return "pipeline.images";
    }

    @Override
    public String about() {
        return "pictures read, detected, cropped, extracted, written, against bare TensorFlow loops";
    }

    @Override
    public List<Measurement> run(Consumer<String> progress) {
        int cores = Runtime.getRuntime().availableProcessors();
        int batch = quick ? 4 : BATCH;
        int batches = quick ? 4 : 64; // a job's start and commit take half a second, which is no more than 2% of it
        int rounds = quick ? 1 : 3;
        Optional<PicturePipeline> networks = PicturePipeline.find(batch, cores);
        Optional<PictureFiles> copied =
                networks.isEmpty() ? Optional.empty() : PictureFiles.copy(spark.session(), batch * batches);
        if (networks.isEmpty() || copied.isEmpty()) {
            progress.accept(name() + ": skipped, ../shared/data with models and flowers is not beside this checkout");
            return List.of();
        }
        try (PictureFiles files = copied.get()) {
            PicturePipeline pipeline = networks.get();
            ReadAhead ahead = new ReadAhead().setPartitions(cores).setReaders(1).setBufferRows(2 * batch);
            Dataset<Row> written = pipeline.upTo(Part.EXTRACT, files.read(spark.session()), ahead);
            progress.accept(name() + ": " + rounds + " times " + files.count() + " pictures, bare and as pipeline ...");
            progress.accept(ReadAhead.explain(written));
            write(written, files);
            BareNetworks one = bare(pipeline, files, batches, 1);
            BareNetworks more = bare(pipeline, files, batches, cores);
            List<Double> ones = new ArrayList<>();
            List<Double> mores = new ArrayList<>();
            List<Double> rates = new ArrayList<>();
            ProcessHandle executor = spark.executor();
            double bareCpu = 0;
            for (int round = 0; round < rounds; round++) {
                BareNetworks.Took took = took(one);
                ones.add(files.count() / took.seconds());
                bareCpu += (double) took.cpuMillis() / files.count() / rounds;
                long start = System.nanoTime();
                write(written, files);
                rates.add(files.count() / ((System.nanoTime() - start) / 1e9));
                mores.add(files.count() / took(more).seconds());
                progress.accept(String.format(
                        Locale.ROOT,
                        "  round %d: %.1f, bare %.1f and %.1f images/s",
                        round + 1,
                        rates.get(round),
                        ones.get(round),
                        mores.get(round)));
            }
            double caller = TransformSmallBenchmark.median(ones);
            double callers = TransformSmallBenchmark.median(mores);
            List<Measurement> all = new ArrayList<>();
            all.add(Measurement.of(name(), TransformSmallBenchmark.median(rates), "images/s", Math.max(caller, callers))
                    .aimingAt(Target.ratioAtLeast(WANTED_RATIO)));
            all.add(Measurement.of(name() + ".bare.1", caller, "images/s"));
            all.add(Measurement.of(name() + ".bare." + cores, callers, "images/s"));
            all.add(Measurement.of(name() + ".bare.cpu", bareCpu, "ms"));
            all.addAll(parts(pipeline, files, ahead, executor, progress));
            return all;
        } finally {
            spark.close(); // what comes next has another executor, and a process has one Spark at a time
        }
    }

    private BareNetworks.Took took(BareNetworks bare) {
        return spark.context().parallelize(List.of(1), 1).map(bare::run).first();
    }

    private BareNetworks bare(PicturePipeline pipeline, PictureFiles files, int batches, int callers) {
        int pictures = pipeline.batch() * BARE_BATCHES;
        Path first = files.pixels(spark.session(), pictures, BareNetworks.DETECTOR_SIDE);
        Path second = files.pixels(spark.session(), pictures, BareNetworks.NETWORK_SIDE);
        return new BareNetworks(
                pipeline.detector().toString(),
                first.toString(),
                pipeline.network().toString(),
                second.toString(),
                pipeline.batch(),
                batches,
                pipeline.threads(),
                callers);
    }

    private static void write(Dataset<Row> rows, PictureFiles files) {
        rows.write().mode("overwrite").parquet(files.results());
    }

    /** What a run of the first parts took for each picture, in milliseconds. */
    private record Cost(double time, double cpu) {}

    /** What each part adds to those before it, after a round to warm up. */
    private List<Measurement> parts(
            PicturePipeline pipeline,
            PictureFiles files,
            ReadAhead ahead,
            ProcessHandle executor,
            Consumer<String> progress) {
        int rounds = quick ? 1 : 2;
        Map<Part, List<Cost>> costs = new EnumMap<>(Part.class);
        for (int round = 0; round < rounds; round++) {
            for (Part part : Part.values()) {
                Cost cost = cost(part, pipeline, files, ahead, executor);
                if (round > 0 || rounds == 1) {
                    costs.computeIfAbsent(part, each -> new ArrayList<>()).add(cost);
                }
            }
        }
        progress.accept(String.format(Locale.ROOT, "  %-8s %12s %12s", "adds", "ms/picture", "CPU ms"));
        List<Measurement> all = new ArrayList<>();
        Cost before = new Cost(0, 0);
        for (Map.Entry<Part, List<Cost>> each : costs.entrySet()) {
            Cost cost = new Cost(median(each.getValue(), Cost::time), median(each.getValue(), Cost::cpu));
            String part = each.getKey().text();
            Cost adds = new Cost(cost.time() - before.time(), cost.cpu() - before.cpu());
            progress.accept(String.format(Locale.ROOT, "  %-8s %12.2f %12.2f", part, adds.time(), adds.cpu()));
            all.add(Measurement.of(name() + "." + part, adds.time(), "ms"));
            all.add(Measurement.of(name() + "." + part + ".cpu", adds.cpu(), "ms"));
            before = cost;
        }
        progress.accept(String.format(Locale.ROOT, "  %-8s %12.2f %12.2f", "all", before.time(), before.cpu()));
        return all;
    }

    private static double median(List<Cost> costs, ToDoubleFunction<Cost> figure) {
        return TransformSmallBenchmark.median(
                costs.stream().map(figure::applyAsDouble).toList());
    }

    private Cost cost(
            Part part, PicturePipeline pipeline, PictureFiles files, ReadAhead ahead, ProcessHandle executor) {
        Part last = part == Part.WRITE ? Part.EXTRACT : part;
        Dataset<Row> rows = pipeline.upTo(last, files.read(spark.session()), ahead);
        long cpu = BareNetworks.cpuMillis(executor);
        long start = System.nanoTime();
        if (part == Part.WRITE) {
            write(rows, files);
        } else {
            TransformSmallBenchmark.consume(rows);
        }
        double time = (System.nanoTime() - start) / 1e6 / files.count();
        return new Cost(time, (double) (BareNetworks.cpuMillis(executor) - cpu) / files.count());
    }

    @Override
    public void close() {
        spark.close();
    }
}
