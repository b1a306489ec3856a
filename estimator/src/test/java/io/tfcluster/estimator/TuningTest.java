package io.tfcluster.estimator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.nio.file.Path;
import java.util.Map;
import org.apache.spark.ml.evaluation.BinaryClassificationEvaluator;
import org.apache.spark.ml.evaluation.MulticlassClassificationEvaluator;
import org.apache.spark.ml.evaluation.RegressionEvaluator;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.tuning.CrossValidator;
import org.apache.spark.ml.tuning.CrossValidatorModel;
import org.apache.spark.ml.tuning.ParamGridBuilder;
import org.apache.spark.ml.tuning.TrainValidationSplit;
import org.apache.spark.ml.tuning.TrainValidationSplitModel;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Searches over parameters, with clusters side by side. */
@Timeout(300)
class TuningTest {
    private static final double HOPELESS = 1e38; // the loss is infinite after the first step

    @RegisterExtension
    static final EstimatorSpark SPARK = new EstimatorSpark(2);

    @TempDir
    Path folder;

    private TFEstimator estimator() {
        return Clouds.estimator()
                .setInputMapping(Map.of("x", "x", "label", "label"))
                .setPredictionCol("prediction")
                .setProbabilityCol("probability")
                .setEpochs(4)
                .setExportDir(folder.resolve("exports").toString());
    }

    private static Dataset<Row> rows() {
        return Clouds.rows(SPARK.session(), 600).cache();
    }

    private static ParamMap[] rates(TFEstimator estimator, double... rates) {
        return new ParamGridBuilder().addGrid(estimator.learningRate(), rates).build();
    }

    private static MulticlassClassificationEvaluator accuracy() {
        return new MulticlassClassificationEvaluator().setMetricName("accuracy");
    }

    @Test
    void crossValidationWithTwoClustersAtATimePicksTheBest() {
        TFEstimator estimator = estimator();
        CrossValidator search = new CrossValidator()
                .setEstimator(estimator)
                .setEvaluator(accuracy())
                .setEstimatorParamMaps(rates(estimator, 1e-6, 0.03))
                .setNumFolds(2)
                .setParallelism(2)
                .setSeed(3);

        CrossValidatorModel found = search.fit(rows());

        assertThat(found.avgMetrics()[1]).isGreaterThan(0.9).isGreaterThan(found.avgMetrics()[0]);
        TFModel best = (TFModel) found.bestModel();
        assertThat(accuracy().evaluate(best.transform(rows()))).isGreaterThan(0.9);
        assertThat(best.getExportDir()).contains("/exports/fit-");
    }

    @Test
    void aFailedTrialTellsItsParameters() {
        TFEstimator estimator = estimator();
        TrainValidationSplit search = new TrainValidationSplit()
                .setEstimator(estimator)
                .setEvaluator(accuracy())
                .setEstimatorParamMaps(rates(estimator, HOPELESS))
                .setParallelism(2);

        Throwable thrown = catchThrowable(() -> search.fit(rows()));

        while (!(thrown instanceof TrainingException) && thrown.getCause() != null) {
            thrown = thrown.getCause();
        }
        assertThat(thrown)
                .isInstanceOf(TrainingException.class)
                .hasMessageContaining("with {learningRate: 1.0E38} failed")
                .hasMessageContaining("loss");
        ParamMap tried = ((TrainingException) thrown).paramMap();
        assertThat(tried.size()).isEqualTo(1);
        assertThat(tried.apply(estimator.learningRate())).isEqualTo(HOPELESS);
    }

    @Test
    void aFailedTrialThatIsSkippedIsNotPicked() {
        TFEstimator estimator = estimator().setFailedTrial("skip");
        TrainValidationSplit search = new TrainValidationSplit()
                .setEstimator(estimator)
                .setEvaluator(new SkippingEvaluator(accuracy()))
                .setEstimatorParamMaps(rates(estimator, HOPELESS, 0.03))
                .setParallelism(2);

        TrainValidationSplitModel found = search.fit(rows());

        assertThat(found.validationMetrics()[0]).isEqualTo(-Double.MAX_VALUE);
        assertThat(found.validationMetrics()[1]).isGreaterThan(0.9);
        assertThat(((TFModel) found.bestModel()).failure()).isEmpty();
    }

    @Test
    void theStandInOfAFailureIsAsBadAsCanBeForOtherEvaluators() {
        TFEstimator estimator =
                estimator().setRawPredictionCol("raw").setFailedTrial("skip").setLearningRate(HOPELESS);
        TFModel model = estimator.fit(rows());

        Dataset<Row> answers = model.transform(rows());

        assertThat(model.failure()).get().isInstanceOf(TrainingException.class);
        assertThat(answers.schema().simpleString())
                .isEqualTo(model.transformSchema(rows().schema()).simpleString());
        assertThat(accuracy().evaluate(answers)).isZero();
        assertThat(new MulticlassClassificationEvaluator()
                        .setMetricName("logLoss")
                        .evaluate(answers))
                .isGreaterThan(30);
        assertThat(new RegressionEvaluator().setMetricName("r2").evaluate(answers))
                .isLessThan(-1e200);
        assertThat(new RegressionEvaluator().setMetricName("rmse").evaluate(answers))
                .isGreaterThan(1e149);
        assertThat(new SkippingEvaluator(new BinaryClassificationEvaluator().setRawPredictionCol("raw"))
                        .evaluate(answers))
                .isEqualTo(-Double.MAX_VALUE);
        assertThatThrownBy(model::summary).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aWrappedEvaluatorIsSavedWithItsWrapping() throws Exception {
        SkippingEvaluator evaluator = new SkippingEvaluator(accuracy());
        String path = folder.resolve("evaluator").toString();

        evaluator.save(path);
        SkippingEvaluator read = SkippingEvaluator.load(path);

        assertThat(((MulticlassClassificationEvaluator) read.evaluator()).getMetricName())
                .isEqualTo("accuracy");
        assertThat(read.isLargerBetter()).isTrue();
    }
}
