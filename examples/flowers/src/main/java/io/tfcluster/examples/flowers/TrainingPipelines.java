package io.tfcluster.examples.flowers;

import io.tfcluster.ClusterListener;
import io.tfcluster.EpochReport;
import io.tfcluster.estimator.TFEstimator;
import io.tfcluster.estimator.TFModel;
import io.tfcluster.examples.common.Console;
import io.tfcluster.examples.common.ExampleException;
import io.tfcluster.examples.flowers.Evaluation.Answer;
import io.tfcluster.reservation.NodeFailure;
import io.tfcluster.reservation.NodeInfo;
import io.tfcluster.reservation.NodeProgress;
import io.tfcluster.training.ExportConfig;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.evaluation.MulticlassClassificationEvaluator;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.tuning.ParamGridBuilder;
import org.apache.spark.ml.tuning.TrainValidationSplit;
import org.apache.spark.ml.tuning.TrainValidationSplitModel;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/** The same training as {@link TrainingClusters}', as a Spark ML pipeline, and a search over its parameters. */
final class TrainingPipelines {
    private static final String INPUT = "input";
    private static final String PIXELS = "pixels";
    private static final int AT_A_TIME = 2;
    private static final double LEARNED_SHARE = 0.85;
    private static final double[] RATES = {3e-4, 2e-3};
    private static final int[] BATCHES = {16, 32};

    private final SparkSession spark;
    private final Settings settings;
    private final Console console;

    TrainingPipelines(SparkSession spark, Settings settings, Console console) {
        this.spark = spark;
        this.settings = settings;
        this.console = console;
    }

    TrainingClusters.Outcome train(Samples samples, List<String> classes, @Nullable Backbone backbone) {
        console.say("Training as a pipeline: " + samples.model());
        console.say(String.format(
                Locale.ROOT,
                "  %,d pictures to learn from, %,d for the test",
                samples.trainRows(),
                samples.testRows()));
        ModelFolder.clear(settings.modelDir());
        Watch watch = new Watch(new TrainingWatch(console, settings.epochs()));
        TFEstimator estimator = estimator(samples, backbone);
        Dataset<Row> train = frame(samples.train(), backbone).persist();
        long start = System.nanoTime();
        TFModel model;
        if (settings.grid()) {
            estimator.setListener(watch.quiet());
            model = search(estimator, train);
        } else {
            estimator
                    .setListener(watch)
                    .setOptimizer(samples.network()
                            .optimizer(TrainingClusters.stepsOf(settings, samples.trainRows()), settings.epochs()));
            PipelineModel fitted =
                    new Pipeline().setStages(new PipelineStage[] {estimator}).fit(train);
            model = (TFModel) fitted.stages()[0];
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        console.say("Evaluating as a pipeline");
        List<Answer> answers = new ArrayList<>();
        for (Row row : model.transform(frame(samples.test(), backbone))
                .select("id", "name", "label", Classifier.PROBABILITIES)
                .collectAsList()) {
            answers.add(new Answer(row.getString(0), row.getString(1), (int) row.getLong(2), row.getList(3)));
        }
        train.unpersist();
        if (settings.grid()) {
            ModelFolder.adopt(settings.modelDir(), URI.create(model.getExportDir()));
        }
        return new TrainingClusters.Outcome(
                new Evaluation(classes, answers), watch.epochs(), watch.inner().curve(), seconds);
    }

    /** Remembers the epochs beside telling a person. */
    private record Watch(TrainingWatch inner, List<EpochReport> epochs) implements ClusterListener {
        Watch(TrainingWatch inner) {
            this(inner, Collections.synchronizedList(new ArrayList<>()));
        }

        /** One that only remembers, for several trainings at a time. */
        ClusterListener quiet() {
            return new ClusterListener() {
                @Override
                public void epochEnded(EpochReport epoch) {
                    epochs.add(epoch);
                }
            };
        }

        @Override
        public void joined(NodeInfo node) {
            inner.joined(node);
        }

        @Override
        public void progress(String node, NodeProgress progress) {
            inner.progress(node, progress);
        }

        @Override
        public void epochEnded(EpochReport epoch) {
            epochs.add(epoch);
            inner.epochEnded(epoch);
        }

        @Override
        public void failed(NodeFailure failure) {
            inner.failed(failure);
        }
    }

    private TFEstimator estimator(Samples samples, @Nullable Backbone backbone) {
        String file = settings.backbone() == null
                ? ""
                : settings.backbone().toAbsolutePath().toString();
        int size = backbone == null ? SmallCnn.fedSize(settings.imageSize()) : backbone.size();
        Path export = settings.grid()
                ? ModelFolder.trialsFolder(settings.modelDir())
                : ModelFolder.exportFolder(settings.modelDir());
        TFEstimator estimator = new TFEstimator(samples.network())
                .setClusterSize(settings.nodes())
                .setMasterNode("") // worker:0, as without a pipeline
                .setNumPs(settings.ps())
                .setEpochs(settings.epochs())
                .setBatchSize(settings.batchSize())
                .setSeed(settings.seed())
                .setInputMapping(Map.of(
                        INPUT, backbone == null ? FeaturesMain.IMAGE : FeatureHead.FEATURES, "label", Classifier.LABEL))
                .setPredictionCol("prediction")
                .setSignatureDefKey(PIXELS)
                .setExportDir(export.toString())
                .setExport(ExportConfig.to(export.toString())
                        .signature(
                                ExportConfig.DEFAULT_SIGNATURE, new PictureServing(new Serving(size, backbone), file)));
        return backbone == null
                ? estimator.setInputShapes(Map.of(FeaturesMain.IMAGE, size + "," + size + ",3"))
                : estimator;
    }

    private Dataset<Row> frame(JavaRDD<Sample> samples, @Nullable Backbone backbone) {
        StructType columns = new StructType()
                .add("id", DataTypes.StringType)
                .add("name", DataTypes.StringType)
                .add("label", DataTypes.LongType)
                .add(
                        INPUT,
                        backbone == null
                                ? DataTypes.BinaryType
                                : DataTypes.createArrayType(DataTypes.FloatType, false));
        return spark.createDataFrame(samples.map(Sample::row), columns);
    }

    /** Tries each rate with each batch size, two trials side by side, and learns with the best pair from all pictures. */
    private TFModel search(TFEstimator estimator, Dataset<Row> train) {
        estimator.setClusterSize(1).setNumPs(0).setFailedTrial("skip");
        ParamMap[] grid = new ParamGridBuilder()
                .addGrid(estimator.learningRate(), RATES)
                .addGrid(estimator.batchSize(), BATCHES)
                .build();
        console.say("  " + grid.length + " trials, " + AT_A_TIME + " at a time, each with one process");
        TrainValidationSplitModel found = new TrainValidationSplit()
                .setEstimator(estimator)
                .setEstimatorParamMaps(grid)
                .setEvaluator(new MulticlassClassificationEvaluator().setMetricName("accuracy"))
                .setTrainRatio(LEARNED_SHARE)
                .setParallelism(AT_A_TIME)
                .setSeed(settings.seed())
                .fit(train);
        table(estimator, grid, found.validationMetrics()).forEach(console::say);
        TFModel best = (TFModel) found.bestModel();
        return best.failure().isEmpty() ? best : fail(best);
    }

    private static TFModel fail(TFModel best) {
        throw new ExampleException("all trials failed: "
                + best.failure().map(Throwable::getMessage).orElse(""));
    }

    static List<String> table(TFEstimator estimator, ParamMap[] grid, double[] accuracies) {
        int best = 0;
        for (int i = 1; i < accuracies.length; i++) {
            best = accuracies[i] > accuracies[best] ? i : best;
        }
        List<String> lines = new ArrayList<>();
        lines.add("");
        lines.add("trial  learning rate  batch size  accuracy on 15% of the training pictures");
        for (int i = 0; i < grid.length; i++) {
            lines.add(String.format(
                    Locale.ROOT,
                    "%5d  %13.4f  %10d  %6.1f%%%s",
                    i + 1,
                    (Double) grid[i].apply(estimator.learningRate()),
                    (Integer) grid[i].apply(estimator.batchSize()),
                    100 * accuracies[i],
                    i == best ? "  <- best" : ""));
        }
        lines.add("");
        return lines;
    }
}
