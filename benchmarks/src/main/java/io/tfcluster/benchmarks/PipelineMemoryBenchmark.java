package io.tfcluster.benchmarks;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.udf;
import static org.apache.spark.sql.functions.when;

import io.tfcluster.estimator.ImageFeaturizer;
import io.tfcluster.estimator.ObjectDetector;
import io.tfcluster.estimator.ReadAhead;
import io.tfcluster.estimator.image.ImageChain;
import io.tfcluster.estimator.image.ImageCropper;
import io.tfcluster.estimator.image.ImageTransformer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataTypes;

/**
 * 100,000 pictures, which are the same files again and again under other ids, through one executor: decoded, cropped, put through the smallest
 * MobileNet, coded and written, a few thousand at a time, as bin/objectfeatures commits them. An SSD sees each 20th and says where to crop;
 * for all of them it would take hours. The others come with a box.
 *
 * <p>The executor has its whole heap from the start, so that what its resident memory grows by is not the heap finding its size but what is
 * kept outside of it: tensors, buffers, libraries. What the heap keeps is asked after a collection, at the end of the warm-up and of the run.
 */
final class PipelineMemoryBenchmark implements Benchmark {
    private static final String NETWORK = "models/mobilenet_v1_0.25_128/frozen_graph.pb";
    private static final int BATCH = 16;
    private static final int DETECTED = 20;
    private static final int PARTITIONS = 8;

    /** Growth from the warm-up to the end, in percent of the mean, up to which the curve is called flat. */
    private static final double FLAT_PERCENT = 5;

    /** Spark keeps what it knows of its last jobs. */
    private static final double HEAP_MEGABYTES = 32;

    private static final List<String> EDGES = List.of("ymin", "xmin", "ymax", "xmax");

    private final Settings settings;
    private final LocalSpark spark;
    private final int passes;
    private final int warmUps;
    private final int picturesOfAPass;

    PipelineMemoryBenchmark(Settings settings, LocalSpark spark) {
        this.settings = settings;
        this.spark = spark;
        this.passes = settings.quick() ? 2 : 20;
        this.warmUps = settings.quick() ? 1 : 4;
        this.picturesOfAPass = settings.quick() ? 20 : 5_000;
    }

    @Override
    public String name() {
        return "pipeline.memory";
    }

    @Override
    public String about() {
        return String.format(
                Locale.ROOT,
                "%,d pictures cropped, extracted, written, each %dth detected: memory is flat",
                passes * picturesOfAPass,
                DETECTED);
    }

    @Override
    public List<Measurement> run(Consumer<String> progress) {
        Optional<PicturePipeline> found =
                PicturePipeline.find(BATCH, Runtime.getRuntime().availableProcessors());
        Optional<Path> network = SharedData.find(NETWORK);
        if (found.isEmpty() || network.isEmpty() || SharedData.find("flowers").isEmpty()) {
            progress.accept(name() + ": skipped, ../shared/data with models and flowers is not beside this checkout");
            return List.of();
        }
        try (PictureFiles files = PictureFiles.none();
                ResidentMemory memory =
                        ResidentMemory.start(Map.of("executor", spark.executor().pid()), settings.quick() ? 50 : 500)) {
            progress.accept(String.format(
                    Locale.ROOT, "%s: %,d pictures, after a warm-up ...", name(), passes * picturesOfAPass));
            List<String> pictures = PictureFiles.flowers();
            long warm = 0;
            double warmHeap = 0;
            for (int pass = -warmUps; pass < passes; pass++) {
                if (pass == 0) {
                    warmHeap = heap();
                    warm = System.nanoTime();
                }
                long start = System.nanoTime();
                pass(pass, pictures, found.get(), network.get().toString(), files.results());
                double rate = picturesOfAPass / ((System.nanoTime() - start) / 1e9);
                String what = pass < 0 ? "to warm up" : String.format(Locale.ROOT, "%d of %d", pass + 1, passes);
                progress.accept(String.format(Locale.ROOT, "  pass %s: %.0f/s", what, rate));
            }
            memory.close();
            double heap = heap();
            List<Curve> curves = memory.curves();
            String title = String.format(
                    Locale.ROOT,
                    "Resident memory while %,d pictures pass, %,d of them to warm up",
                    (passes + warmUps) * picturesOfAPass,
                    warmUps * picturesOfAPass);
            new Plot(title, "seconds", "MB", curves).show(settings.drawing(), progress);
            return measurements(curves.get(0), memory.secondsAt(warm), heap, warmHeap);
        } finally {
            spark.close(); // what comes next has another executor, and a process has one Spark at a time
        }
    }

    /** Takes the next so many pictures through the pipeline, and looks whether each has come out of it. */
    private void pass(int pass, List<String> pictures, PicturePipeline networks, String network, String results) {
        long first = (long) (pass + warmUps) * picturesOfAPass;
        Dataset<Row> ids = spark.session()
                .range(first, first + picturesOfAPass, 1, PARTITIONS)
                .toDF("id");
        Column seen = col("id").mod(DETECTED).equalTo(0);
        Dataset<Row> detected = ObjectDetector.ssd(
                        networks.detector().toString(), networks.labels().toString())
                .setInputCol("picture")
                .setBestCol("best")
                .setBatchSize(BATCH)
                .setThreads(networks.threads())
                .transform(decoded(ids.filter(seen), pictures));
        Dataset<Row> given = decoded(ids.filter(seen.equalTo(false)), pictures)
                .withColumn("best", struct(given(0.1, 0), given(0.2, 1), given(0.7, 2), given(0.8, 3)));
        Column[] edges = EDGES.stream().map(edge -> col("best." + edge)).toArray(Column[]::new);
        Dataset<Row> boxed = detected.select(
                        col("id"),
                        col("picture"),
                        when(col("best").isNotNull(), struct(edges)).as("best"))
                .unionByName(given);
        Dataset<Row> objects = new ImageCropper()
                .setInputCol("picture")
                .setBoxCol("best")
                .setOutputCol("object")
                .transform(boxed)
                .drop("picture");
        UDF1<Vector, byte[]> code = PipelineMemoryBenchmark::code;
        ImageFeaturizer.mobileNetV1(network)
                .setInputCol("object")
                .setBatchSize(BATCH)
                .setThreads(networks.threads())
                .transform(objects)
                .drop("object")
                .withColumn("code", udf(code, DataTypes.BinaryType).apply(col("features")))
                .write()
                .mode("overwrite")
                .parquet(results);
        long written = spark.session()
                .read()
                .parquet(results)
                .filter("code is not null")
                .count();
        if (written != picturesOfAPass) {
            throw new IllegalStateException(written + " of " + picturesOfAPass + " pictures were written");
        }
    }

    /** The edge of a box that is another one for each picture. */
    private static Column given(double most, int edge) {
        return lit(most).minus(col("id").mod(10).multiply(0.01)).cast("float").as(EDGES.get(edge));
    }

    private static Dataset<Row> decoded(Dataset<Row> ids, List<String> pictures) {
        int cores = Runtime.getRuntime().availableProcessors();
        Dataset<Row> decoded = new ImageTransformer()
                .setInputCol("content")
                .setOutputCol("picture")
                .setChain(ImageChain.decode())
                .setOutputType("image")
                .transform(PictureFiles.again(ids, pictures))
                .drop("content");
        return new ReadAhead()
                .setPartitions(cores)
                .setReaders(1)
                .setBufferRows(2 * BATCH)
                .transform(decoded);
    }

    /** A bit for each feature: whether it is above the mean. */
    private static byte[] code(Vector features) {
        double mean = 0;
        for (int i = 0; i < features.size(); i++) {
            mean += features.apply(i) / features.size();
        }
        byte[] bits = new byte[(features.size() + 7) / 8];
        for (int i = 0; i < features.size(); i++) {
            if (features.apply(i) > mean) {
                bits[i >> 3] |= (byte) (1 << (i & 7));
            }
        }
        return bits;
    }

    /** What the executor's heap keeps, in megabytes. */
    private double heap() {
        return spark.context()
                        .parallelize(List.of(1), 1)
                        .map(one -> ProcessSize.ownHeap())
                        .first()
                / 1e6;
    }

    private List<Measurement> measurements(Curve whole, double warmSeconds, double heap, double warmHeap) {
        Curve steady = whole.after(warmSeconds);
        double count = (double) passes * picturesOfAPass;
        double seconds = steady.lastX() - warmSeconds;
        List<Measurement> list = new ArrayList<>();
        list.add(Measurement.of(name() + ".pictures", count, "pictures"));
        list.add(Measurement.of(name() + ".rate", count / seconds, "images/s"));
        list.add(Measurement.of(name() + ".mean", steady.mean(), "MB"));
        list.add(Measurement.of(name() + ".max", whole.max(), "MB"));
        list.add(Measurement.of(name() + ".slope", 1e3 * steady.growth() / count, "KB/image"));
        list.add(Measurement.of(name() + ".growth", 100 * steady.growth() / steady.mean(), "%")
                .aimingAt(Target.atMost(FLAT_PERCENT)));
        list.add(Measurement.of(name() + ".heap", heap, "MB", warmHeap)
                .aimingAt(Target.atMost(warmHeap + HEAP_MEGABYTES)));
        return list;
    }

    @Override
    public void close() {
        spark.close();
    }
}
