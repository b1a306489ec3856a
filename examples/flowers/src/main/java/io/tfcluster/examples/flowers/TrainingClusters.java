package io.tfcluster.examples.flowers;

import static java.util.Objects.requireNonNull;

import io.tfcluster.ClusterConfig;
import io.tfcluster.EpochReport;
import io.tfcluster.TFCluster;
import io.tfcluster.TFMain;
import io.tfcluster.examples.common.Console;
import io.tfcluster.examples.common.ExampleException;
import io.tfcluster.examples.common.LocalCluster;
import io.tfcluster.examples.flowers.Evaluation.Answer;
import io.tfcluster.feeding.FeedSchema;
import io.tfcluster.reservation.ReservationTimeoutException;
import io.tfcluster.training.TrainerConfig;
import java.io.Serializable;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Row;
import org.apache.spark.storage.StorageLevel;
import org.jspecify.annotations.Nullable;
import scala.collection.Seq;

/** The clusters of a run, one after the other: with a backbone one that computes features, then the one that learns. */
final class TrainingClusters {

    private static final Duration END = Duration.ofMinutes(5);
    /** Small, so that the faster node gets more of an epoch's rows and not each the same. */
    private static final long BUFFER_BYTES = 4L << 20;

    private final LocalCluster spark;
    private final Settings settings;
    private final Console console;

    TrainingClusters(LocalCluster spark, Settings settings, Console console) {
        this.spark = spark;
        this.settings = settings;
        this.console = console;
    }

    /** What training gave. */
    record Outcome(Evaluation evaluation, List<EpochReport> epochs, List<TrainingWatch.Point> curve, double seconds) {}

    /** Pixels for the small CNN. */
    Samples pixels(PictureReader reader, String place, int classes) {
        int size = SmallCnn.fedSize(settings.imageSize());
        JavaRDD<Picture> usable = usable(reader.pictures(size, partitions(), settings.seed()), place);
        JavaRDD<Sample> all = usable.map(Sample::ofPixels);
        return samples(
                all.filter(sample -> !sample.isTest()),
                all.filter(Sample::isTest),
                FeedSchema.builder().uint8(FeaturesMain.IMAGE, size, size, 3),
                new SmallCnn(classes, settings.imageSize()),
                "small CNN from scratch, " + settings.imageSize() + " x " + settings.imageSize() + " pixels");
    }

    /** Features of a backbone for the head; a first cluster computes them. */
    Samples features(PictureReader reader, String place, Backbone backbone, int classes) {
        Path file = requireNonNull(settings.backbone(), "there is no backbone without a file");
        spark.spark().sparkContext().addFile(file.toAbsolutePath().toString());
        JavaRDD<Picture> usable = usable(reader.pictures(backbone.size(), partitions(), settings.seed()), place);
        ClusterConfig config = ClusterConfig.builder(settings.workers())
                .feed(
                        FlowersMain.INFERENCE,
                        FeedSchema.builder()
                                .uint8(FeaturesMain.IMAGE, backbone.size(), backbone.size(), 3)
                                .build())
                .feedBufferBytes(4 * BUFFER_BYTES)
                .build();
        console.say("Features: " + settings.workers() + " nodes run the backbone over all pictures");
        long start = System.nanoTime();
        JavaRDD<Sample> all;
        try (TFCluster cluster = start(FeaturesMain::run, backbone, config)) {
            all = cluster.inference(usable, (picture, out) -> out.putBytes(picture.pixels()))
                    .map(pair -> Sample.ofFeatures(pair._1(), floats(pair._2())))
                    .persist(StorageLevel.MEMORY_AND_DISK());
            long rows = all.count();
            console.say(
                    String.format(Locale.ROOT, "  %,d pictures in %.0f s", rows, (System.nanoTime() - start) / 1e9));
            cluster.shutdown(true, END);
        }
        return samples(
                all.filter(sample -> !sample.isTest()),
                all.filter(Sample::isTest),
                FeedSchema.builder().float32(FeatureHead.FEATURES, backbone.width()),
                new FeatureHead(classes, backbone.width()),
                "linear head on " + backbone.features() + " of " + backbone.fileName());
    }

    Outcome train(Samples samples, List<String> classes, @Nullable Backbone backbone) {
        console.say("Training: " + samples.model());
        console.say(String.format(
                Locale.ROOT,
                "  %,d pictures to learn from, %,d for the test",
                samples.trainRows(),
                samples.testRows()));
        long steps = stepsOf(settings, samples.trainRows());
        TrainerConfig trainer = TrainerConfig.builder(samples.network().optimizer(steps, settings.epochs()))
                .batchSize(settings.batchSize())
                .seed(settings.seed())
                .build();
        Serving serving =
                new Serving(backbone == null ? SmallCnn.fedSize(settings.imageSize()) : backbone.size(), backbone);
        FlowersMain.Plan plan = new FlowersMain.Plan(
                samples.network(),
                trainer,
                serving,
                ModelFolder.exportFolder(settings.modelDir()).toString());
        ModelFolder.clear(settings.modelDir());
        TrainingWatch watch = new TrainingWatch(console, settings.epochs());
        ClusterConfig config = ClusterConfig.builder(settings.nodes())
                .ps(settings.ps())
                .feed(FlowersMain.TRAIN, samples.schema())
                .feed(FlowersMain.INFERENCE, samples.inferenceSchema())
                .feedBufferBytes(BUFFER_BYTES)
                .listener(watch)
                .build();
        try (TFCluster cluster = start(FlowersMain::run, plan, config)) {
            long start = System.nanoTime();
            List<EpochReport> epochs = cluster.train(samples.train(), samples.encoder(), settings.epochs());
            double seconds = (System.nanoTime() - start) / 1e9;
            console.say("Evaluating on the cluster");
            List<Answer> answers = cluster.inference(samples.test(), samples.questions())
                    .map(pair -> pair._1().answer(floats(pair._2())))
                    .collect();
            cluster.shutdown(true, END);
            return new Outcome(new Evaluation(classes, answers), epochs, watch.curve(), seconds);
        }
    }

    private <A extends Serializable> TFCluster start(TFMain<A> main, A args, ClusterConfig config) {
        try {
            return TFCluster.run(spark.spark(), main, args, config);
        } catch (IllegalArgumentException | ReservationTimeoutException e) { // more nodes than slots, for example
            throw new ExampleException(String.valueOf(e.getMessage()), e);
        }
    }

    private Samples samples(
            JavaRDD<Sample> train,
            JavaRDD<Sample> test,
            FeedSchema.Builder input,
            SampleNetwork network,
            String model) {
        long trainRows = train.count();
        long testRows = test.count();
        if (trainRows == 0 || testRows == 0) {
            throw new ExampleException(trainRows + " pictures to learn from and " + testRows
                    + " for the test are too few; load more, or correct the documents' field split");
        }
        FeedSchema questions = input.build();
        FeedSchema schema = input.int64(Classifier.LABEL).build();
        return new Samples(
                train,
                test,
                trainRows,
                testRows,
                schema,
                questions,
                Sample::write,
                Sample::writeQuestion,
                network,
                model);
    }

    /** Decodes everything once, says what could not be, and leaves it out. */
    private JavaRDD<Picture> usable(JavaRDD<Picture> pictures, String place) {
        String skipped = PictureReader.judge(PictureReader.unusable(pictures), settings.pictures().strict, place);
        if (!skipped.isEmpty()) {
            console.say(skipped);
        }
        return pictures.filter(Picture::isUsable);
    }

    /** About how many updates there will be; a parameter server makes one of each worker's batch. */
    static long stepsOf(Settings settings, long rows) {
        long rowsOfOne = (long) settings.batchSize() * (settings.ps() > 0 ? 1 : settings.workers());
        return settings.epochs() * Math.max(1, (rows + rowsOfOne - 1) / rowsOfOne);
    }

    private int partitions() {
        return 2 * spark.slots();
    }

    private static float[] floats(Row row) {
        Seq<Object> cells = row.getAs(0);
        float[] values = new float[cells.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = ((Number) cells.apply(i)).floatValue();
        }
        return values;
    }
}
