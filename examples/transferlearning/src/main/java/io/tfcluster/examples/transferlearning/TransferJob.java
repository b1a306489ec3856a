package io.tfcluster.examples.transferlearning;

import io.tfcluster.estimator.FitSummary;
import io.tfcluster.estimator.ImageFeaturizer;
import io.tfcluster.estimator.TFEstimator;
import io.tfcluster.estimator.TFModel;
import io.tfcluster.estimator.image.ImageChain;
import io.tfcluster.estimator.image.ImageReader;
import io.tfcluster.estimator.image.ImageTransformer;
import io.tfcluster.examples.common.ExampleException;
import io.tfcluster.training.EpochResult;
import io.tfcluster.training.Optimizer;
import io.tfcluster.training.Schedule;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.attribute.Attribute;
import org.apache.spark.ml.attribute.NominalAttribute;
import org.apache.spark.ml.classification.LogisticRegression;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** One run: read, learn, test, report. */
final class TransferJob {

    static final String TRAIN = "train";
    static final String TEST = "val";

    private static final String PROBABILITY = "probability";
    private static final int EPOCHS_A_STAIR = 7;
    private static final double STAIR = 0.1;
    private static final int THUMBNAIL = 180;

    private final TransferLearning options;
    private final PrintWriter out;

    TransferJob(TransferLearning options, PrintWriter out) {
        this.options = options;
        this.out = out;
    }

    void run() {
        SparkConf conf = new SparkConf().setAppName("transferlearning");
        String master = options.master != null ? options.master : conf.get("spark.master", "local[2]");
        conf.setMaster(master);
        conf.setIfMissing("spark.ui.enabled", "false");
        conf.setIfMissing("spark.ui.showConsoleProgress", "false");
        if (master.startsWith("local")) {
            conf.set("spark.driver.host", "127.0.0.1").set("spark.driver.bindAddress", "127.0.0.1");
        }
        try (SparkSession spark = SparkSession.builder().config(conf).getOrCreate()) {
            run(spark);
        }
    }

    private void run(SparkSession spark) {
        ImageReader reader = ImageReader.of(spark).labelsFromFolders();
        Dataset<Row> train = reader.load(options.images.resolve(TRAIN).toUri().toString());
        Dataset<Row> test = reader.load(options.images.resolve(TEST).toUri().toString());
        List<String> classes = classes(train);
        if (!classes.equals(classes(test))) {
            throw new ExampleException(
                    "the classes of " + TRAIN + " are " + classes + ", those of " + TEST + " " + classes(test)
                            + "; both must have the same folders",
                    null);
        }
        long pictures = train.count();
        say("%d pictures of %s to learn from", pictures, String.join(" and ", classes));

        PipelineModel model = pipeline(classes.size(), pictures).fit(train);
        tellEpochs(model);

        List<Answer> answers = new ArrayList<>();
        for (Row row : model.transform(test)
                .select(ImageReader.PATH, ImageReader.LABEL, PROBABILITY)
                .orderBy(ImageReader.PATH)
                .collectAsList()) {
            List<Double> probabilities =
                    Arrays.stream(row.<Vector>getAs(2).toArray()).boxed().toList();
            answers.add(new Answer(row.getString(0), (int) row.getDouble(1), probabilities));
        }
        tell(classes, answers);
        new TransferReport(classes, answers, facts(pictures)).write(options.report, thumbnails(test));
        say("report: %s", options.report);
        save(model);
    }

    private Pipeline pipeline(int classes, long pictures) {
        ImageFeaturizer network = new ImageFeaturizer()
                .setFrozenGraph(options.backbone.toUri().toString())
                .setOutputTensor(options.tensor)
                .setPixelRange(options.pixelRange)
                .setOutputCol(LinearHead.FEATURES);
        if (options.head.equals("logistic")) {
            return new Pipeline().setStages(new PipelineStage[] {network, new LogisticRegression().setRegParam(0.01)});
        }
        long stepsOfAnEpoch = (pictures + options.batchSize - 1) / options.batchSize;
        Schedule rate = Schedule.staircase(options.rate, STAIR, EPOCHS_A_STAIR * stepsOfAnEpoch);
        TFEstimator head = new TFEstimator(new LinearHead(classes))
                .setInputMapping(Map.of(LinearHead.FEATURES, LinearHead.FEATURES, ImageReader.LABEL, LinearHead.LABEL))
                .setOptimizer(Optimizer.momentum(rate, options.momentum))
                .setEpochs(options.epochs)
                .setBatchSize(options.batchSize)
                .setSeed(options.seed)
                .setMetrics(new String[] {"accuracy"})
                .setProbabilityCol(PROBABILITY)
                .setPredictionCol("prediction");
        return new Pipeline().setStages(new PipelineStage[] {network, head});
    }

    private static List<String> classes(Dataset<Row> pictures) {
        Attribute label = Attribute.fromStructField(pictures.schema().apply(ImageReader.LABEL));
        return label instanceof NominalAttribute nominal && nominal.values().isDefined()
                ? List.of(nominal.values().get())
                : List.of();
    }

    private void tellEpochs(PipelineModel model) {
        if (model.stages()[1] instanceof TFModel head && head.hasSummary()) {
            FitSummary summary = head.summary();
            for (EpochResult epoch : summary.epochs()) {
                say(
                        "epoch %2d  loss %.4f  accuracy %.1f%%",
                        epoch.epoch() + 1, epoch.loss(), 100 * epoch.metrics().getOrDefault("accuracy", Double.NaN));
            }
            say("%d steps in %.0f s", summary.steps(), summary.seconds());
        }
    }

    private void tell(List<String> classes, List<Answer> answers) {
        for (Answer answer : answers) {
            if (!answer.isRight()) {
                say(
                        "wrong: %s is of %s, taken for %s (%.1f%%)",
                        answer.name(),
                        classes.get(answer.label()),
                        classes.get(answer.best()),
                        100 * answer.certainty());
            }
        }
        long wrong = answers.stream().filter(answer -> !answer.isRight()).count();
        say("test error %.1f%%: %d of %d pictures wrong", 100.0 * wrong / answers.size(), wrong, answers.size());
    }

    private List<String> facts(long pictures) {
        String how = options.head.equals("logistic")
                ? "Spark's LogisticRegression"
                : String.format(
                        Locale.ROOT,
                        "linear layer by TFEstimator: %d epochs, batch %d, SGD %s with momentum %s",
                        options.epochs,
                        options.batchSize,
                        options.rate,
                        options.momentum);
        return List.of(
                pictures + " pictures to learn from",
                how,
                "features: " + options.tensor + " of " + options.backbone.getFileName());
    }

    /** Small pictures of the test pictures, made by the same stage that makes pixels. */
    private static Map<String, byte[]> thumbnails(Dataset<Row> test) {
        Map<String, byte[]> thumbnails = new HashMap<>();
        new ImageTransformer()
                .setChain(ImageChain.decode().resizeShorterSide(THUMBNAIL))
                .setOutputCol("thumbnail")
                .setOutputType("jpeg")
                .setQuality(80)
                .transform(test)
                .select(ImageReader.PATH, "thumbnail")
                .collectAsList()
                .forEach(row -> thumbnails.put(row.getString(0), row.<byte[]>getAs(1)));
        return thumbnails;
    }

    private void save(PipelineModel model) {
        if (options.modelDir == null) {
            return;
        }
        try {
            model.save(options.modelDir.toUri().toString());
            say("pipeline: %s", options.modelDir);
        } catch (IOException e) {
            throw new ExampleException("cannot save the pipeline to --model-dir " + options.modelDir + ": " + e, e);
        }
    }

    private void say(String format, Object... values) {
        out.println(String.format(Locale.ROOT, format, values));
    }
}
