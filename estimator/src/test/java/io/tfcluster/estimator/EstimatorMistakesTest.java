package io.tfcluster.estimator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tfcluster.training.Optimizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.spark.ml.param.Param;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is wrong is said before anything starts. */
class EstimatorMistakesTest {
    @RegisterExtension
    static final EstimatorSpark SPARK = new EstimatorSpark(1);

    @TempDir
    Path folder;

    private static Dataset<Row> rows() {
        return Clouds.rows(SPARK.session(), 12);
    }

    private static void refused(Dataset<Row> rows, Consumer<TFEstimator> wrong, String... texts) {
        TFEstimator estimator = Clouds.estimator();
        wrong.accept(estimator);
        refused(estimator, rows, texts);
    }

    private static void refused(TFEstimator estimator, Dataset<Row> rows, String... texts) {
        assertThatThrownBy(() -> estimator.fit(rows))
                .isInstanceOf(IllegalArgumentException.class)
                .satisfies(e -> assertThat(e.getMessage()).contains(texts));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "protocol | rdma | protocol must be one of [grpc], got \"rdma\"",
                "inputMode | KAFKA | inputMode must be one of [SPARK, TENSORFLOW]",
                "optimizer | sgdm | optimizer must be one of [adagrad, adam, adamw, ftrl, momentum, nesterov, rmsprop, sgd]",
                "checkpointEvery | now | checkpointEvery must be a number of epochs, steps",
                "nodeMemory | 2 GB | nodeMemory must look like 512m or 2g, got \"2 GB\"",
                "masterNode | boss | masterNode must be one of [chief, master, ]",
                "failedTrial | ignore | failedTrial must be one of [stop, skip]",
            })
    void aValueThatIsNoneIsRefusedWhenItIsSet(String param, String value, String text) {
        assertThatThrownBy(() -> new TFEstimator().set(param, value))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(text);
    }

    @Test
    void numbersOutOfRangeAreRefusedWhenTheyAreSet() {
        TFEstimator estimator = new TFEstimator();

        assertThatThrownBy(() -> estimator.setClusterSize(0))
                .hasMessageContaining("clusterSize must be 1 or more, got 0");
        assertThatThrownBy(() -> estimator.setLearningRate(0)).hasMessageContaining("learningRate must be above 0.0");
        assertThatThrownBy(() -> estimator.setValidationSplit(1))
                .hasMessageContaining("validationSplit must be 0 to below 1");
        assertThatThrownBy(() -> estimator.setSteps(-1)).hasMessageContaining("steps must be 0 or more");
    }

    @Test
    void everyParamExplainsItself() {
        TFEstimator estimator = new TFEstimator();

        for (Param<?> param : estimator.params()) {
            assertThat(param.doc()).describedAs(param.name()).hasSizeGreaterThan(15);
        }
        assertThat(estimator.explainParams())
                .contains(
                        "clusterSize: processes of the cluster in all: parameter servers, chief and workers; each takes a task slot (default: 1)");
        assertThat(estimator.params()).hasSizeGreaterThan(45);
    }

    @Test
    void paramsThatContradictEachOtherAreRefused() {
        refused(rows(), e -> e.setNumPs(1), "numPs=1 leaves no worker among clusterSize=1");
        refused(rows(), e -> e.setDriverPsNodes(true), "driverPsNodes is set but numPs is 0");
        refused(rows(), e -> e.setInputMode("TENSORFLOW"), "needs a tfrecordDir");
        refused(rows(), e -> e.setTfrecordDir("x"), "tfrecordDir is set, but inputMode is SPARK");
        refused(rows(), e -> e.setReaders(2), "it is Spark's tasks that read");
        refused(rows(), e -> e.setTensorboard(true), "tensorboard is set but logDir is not");
        refused(rows(), e -> e.setMaxRestarts(1), "need a modelDir");
        refused(rows(), e -> e.setKeepCheckpoints(2), "need a modelDir");
        refused(rows(), e -> e.setOptimizer(Optimizer.sgd(1)), "optimizer or learningRate, too; use one way");
        refused(rows(), e -> e.setEarlyStoppingMetric("loss"), "set validationCol or validationSplit");
        refused(
                rows(),
                e -> e.setClusterSize(2).setNumPs(1).setValidationSplit(0.5).setEarlyStoppingMetric("loss"),
                "parameter servers are asynchronous");
        refused(rows(), e -> e.setEarlyStoppingPatience(1), "need an earlyStoppingMetric");
        refused(rows(), e -> e.setTagSet("train"), "exported with the tag serve");
        refused(rows(), e -> e.setValidationCol("test").setValidationSplit(0.1), "set one of them");
        refused(new TFEstimator(), rows(), "the estimator has nothing to run");
    }

    @Test
    void columnsThatDoNotFitAreShownBesideTheModel() {
        refused(
                rows(),
                e -> e.setInputMapping(Map.of("y", "x")),
                "inputMapping names [y], but the DataFrame has [id, label, test, x]");
        refused(rows().drop("x"), e -> {}, "the model asks for input \"x\"", "label: DT_DOUBLE");
        refused(
                rows().selectExpr("label", "'a' as x"),
                e -> {},
                "the model asks for input \"x\" as DT_FLOAT but it is",
                "DT_STRING");
        refused(rows().selectExpr("label", "array('a') as x"), e -> {}, "the model asks for input \"x\"");
        refused(rows(), e -> e.setWeightCol("w"), "names [w], but the DataFrame has");
        refused(rows(), e -> e.setWeightCol("id"), "rowLosses", "softmaxCrossEntropyRows");
        refused(rows(), e -> e.setValidationCol("id"), "validationCol id must be boolean", "bigint");
        refused(rows(), e -> e.setMetrics("f1"), "metrics [f1] are not among those of the model, [accuracy]");
        refused(
                rows(),
                e -> e.setValidationCol("test").setEarlyStoppingMetric("auc"),
                "earlyStoppingMetric is \"auc\", but the model has loss and [accuracy]");
        refused(
                rows(),
                e -> e.setOutputMapping(Map.of("logits", "y")),
                "outputMapping takes [logits], but the model predicts [probabilities]");
        refused(rows(), e -> e.setInputShapes(Map.of("x", "3")), "3 numbers", "has 2 in the first row");
        refused(rows(), e -> e.setInputShapes(Map.of("x", "two")), "inputShapes must be sizes such as 96,96,3");
        refused(rows(), e -> e.setPredictionCol("id"), "the model would give column id");
    }

    @Test
    void emptyPartsOfTheRowsAreRefused() {
        refused(rows().filter("id < 0"), e -> e.setInputMapping(Map.of("x", "x", "label", "label")), "no row");
        refused(
                rows().filter("test"),
                e -> e.setValidationCol("test"),
                "no rows to learn",
                "all are for the validation");
        refused(rows().filter("not test"), e -> e.setValidationCol("test"), "no rows to validate with");
    }

    @Test
    void foldersThatAreTakenAreRefused() throws IOException {
        Files.createDirectories(folder.resolve("export/1"));
        Files.createDirectories(folder.resolve("run/ckpt-12"));

        refused(rows(), e -> e.setExportDir(folder.resolve("export").toString()), "has something in it already");
        refused(
                rows(),
                e -> e.setModelDir(folder.resolve("run").toString()),
                "has checkpoints of another training, ckpt-12",
                "setResume(true)");
    }
}
