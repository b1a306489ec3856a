package io.tfcluster.estimator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.tfcluster.NodeContext;
import io.tfcluster.training.EpochResult;
import io.tfcluster.training.ExportConfig;
import io.tfcluster.training.FitOptions;
import io.tfcluster.training.Optimizer;
import io.tfcluster.training.Trainer;
import io.tfcluster.training.Trigger;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Trainings with real processes on small data. */
@Timeout(240)
class TFEstimatorTest {
    @RegisterExtension
    static final EstimatorSpark SPARK = new EstimatorSpark(2);

    @TempDir
    Path folder;

    private static Dataset<Row> rows() {
        return Clouds.rows(SPARK.session(), 600);
    }

    private static FitSummary run(TFEstimator estimator, Dataset<Row> rows) {
        return Fitting.prepare(estimator, rows).run();
    }

    @Test
    void twoWorkersLearnFromADataFrameAsSparkMlHasIt() {
        TFEstimator estimator = Clouds.estimator()
                .setClusterSize(2)
                .setEpochs(6)
                .setValidationCol("test")
                .setExportDir(folder.resolve("export").toString());

        FitSummary summary = run(estimator, rows());

        assertThat(folder.resolve("export/saved_model.pb")).exists();
        assertThat(summary.rows()).isEqualTo(6 * 480);
        assertThat(summary.epochs()).hasSize(6);
        assertThat(summary.metrics().get("accuracy")).isGreaterThan(0.9);
        assertThat(summary.epochs().get(5).validation().get("accuracy")).isGreaterThan(0.9);
        assertThat(summary.objectiveHistory()[5]).isLessThan(summary.objectiveHistory()[0]);
    }

    @Test
    void aModelThatHasNoPlaceOfItsOwnGoesWithTheProgram() throws IOException {
        TFModel model = Clouds.estimator().setEpochs(1).fit(rows());
        Path export = Path.of(URI.create(model.getExportDir()));
        assertThat(model.transform(rows()).count()).isEqualTo(600);
        assertThat(export.resolve("saved_model.pb")).exists();

        new org.apache.hadoop.fs.Path(model.getExportDir())
                .getFileSystem(SPARK.session().sparkContext().hadoopConfiguration())
                .close(); // as Hadoop does when the JVM ends

        assertThat(export).doesNotExist();
    }

    @Test
    void parameterServersAndAnOptimizerOfOnesOwn() {
        TFEstimator estimator = Clouds.estimator();
        estimator.clear(estimator.learningRate());
        estimator
                .setOptimizer(Optimizer.momentum(0.05, 0.5))
                .setClusterSize(2)
                .setNumPs(1)
                .setDriverPsNodes(true)
                .setEpochs(4)
                .setExportDir(folder.resolve("export").toString());

        FitSummary summary = run(estimator, rows());

        assertThat(summary.metrics().get("accuracy")).isGreaterThan(0.9);
    }

    @Test
    void rowsGoThroughFilesWhereProcessesReadThem() {
        TFEstimator estimator = Clouds.estimator()
                .setClusterSize(2)
                .setInputMode("TENSORFLOW")
                .setTfrecordDir(folder.resolve("records").toString())
                .setReaders(2)
                .setEpochs(5)
                .setValidationSplit(0.2)
                .setExportDir(folder.resolve("export").toString());

        FitSummary summary = run(estimator, rows());

        assertThat(folder.resolve("records/train")).isDirectory();
        assertThat(summary.epochs()).hasSize(5);
        assertThat(summary.epochs()).extracting(EpochResult::rows).containsOnly(summary.rows() / 5);
        assertThat(summary.rows() / 5).isBetween(400L, 560L);
        assertThat(summary.epochs().get(4).validation().get("accuracy")).isGreaterThan(0.9);
    }

    @Test
    void aTrainingFromFilesGoesOnAfterTheEpochOfItsCheckpoint() {
        TFEstimator estimator = Clouds.estimator()
                .setInputMode("TENSORFLOW")
                .setModelDir(folder.resolve("run").toString())
                .setCheckpointEvery("1 epoch")
                .setResume(true)
                .setEpochs(2)
                .setTfrecordDir(folder.resolve("first").toString())
                .setExportDir(folder.resolve("export-first").toString());

        FitSummary first = run(estimator, rows());
        FitSummary second = run(
                estimator
                        .setEpochs(4)
                        .setTfrecordDir(folder.resolve("second").toString())
                        .setExportDir(folder.resolve("export-second").toString()),
                rows());

        assertThat(first.epochs()).extracting(EpochResult::epoch).containsExactly(0L, 1L);
        assertThat(second.epochs()).extracting(EpochResult::epoch).containsExactly(2L, 3L);
        assertThat(second.epochs()).extracting(EpochResult::rows).containsOnly(600L);
        assertThat(second.epochs().get(0).step())
                .isGreaterThan(first.epochs().get(1).step());
        assertThat(second.loss()).isLessThan(first.loss());
    }

    @Test
    void rowsOfWeightZeroAreNotLearned() {
        TFEstimator estimator = Clouds.small(new TFEstimator(Clouds::byRow))
                .setWeightCol("weight")
                .setEpochs(6)
                .setExportDir(folder.resolve("export").toString());
        Dataset<Row> rows =
                rows().selectExpr("x", "if(label = 2, 0.0, 1.0) as weight", "if(label = 2, 0.0, label) as label");

        FitSummary summary = run(estimator, rows);

        assertThat(summary.loss()).isLessThan(0.35); // rows of the third cloud, whose label is wrong, cost nothing
    }

    @Test
    void earlyStoppingEndsTheTraining() {
        TFEstimator estimator = Clouds.estimator()
                .setEpochs(40)
                .setLearningRate(0.05)
                .setValidationSplit(0.3)
                .setEarlyStoppingMetric("accuracy")
                .setEarlyStoppingPatience(1)
                .setExportDir(folder.resolve("export").toString());

        FitSummary summary = run(estimator, rows());

        assertThat(summary.stoppedEarly()).contains("validation accuracy was no better than");
        assertThat(summary.epochs()).hasSizeLessThan(40);
    }

    static void failsOnce(FitArgs args, NodeContext ctx) {
        Path marker = Path.of(URI.create(args.exportDir())).resolveSibling("failed");
        try (Trainer trainer = ctx.trainer(Clouds::model, args.trainer())) {
            trainer.fit(
                    ctx.batches("train"),
                    FitOptions.builder()
                            .every(Trigger.steps(1), moment -> {
                                if (moment.step() == 30 && marker.toFile().mkdir()) {
                                    throw new IllegalStateException("lost on purpose");
                                }
                            })
                            .build());
            ctx.result(ModelMain.RESULT, "{\"steps\":" + trainer.step() + ",\"metrics\":{},\"epochs\":[]}");
            trainer.export(ExportConfig.to(args.exportDir()));
        }
    }

    @Test
    void aFailedTrainingGoesOnFromItsCheckpoint() {
        TFEstimator estimator = Clouds.small(new TFEstimator(TFEstimatorTest::failsOnce))
                .setInputMapping(Map.of("x", "x", "id", "label"))
                .setEpochs(3)
                .setModelDir(folder.resolve("run").toString())
                .setCheckpointEvery("10 steps")
                .setMaxRestarts(1)
                .setExportDir(folder.resolve("export").toString());
        Dataset<Row> rows = rows().selectExpr("cast(x as array<float>) as x", "id % 3 as id");

        FitSummary summary = run(estimator, rows);

        assertThat(summary.restarts()).isEqualTo(1);
        assertThat(summary.steps()).isEqualTo(3 * 19); // 600 rows in batches of 32, which end with the epoch
    }

    static void ownMain(FitArgs args, NodeContext ctx) {
        try (Trainer trainer = ctx.trainer(Clouds::model, args.trainer())) {
            trainer.fit(ctx.batches("train"));
            trainer.export(ExportConfig.to(args.exportDir()));
        }
    }

    @Test
    void aMainFunctionOfTheUsersRuns() {
        TFEstimator estimator = Clouds.small(new TFEstimator(TFEstimatorTest::ownMain))
                .setInputMapping(Map.of("x", "x", "id", "label"))
                .setEpochs(2)
                .setExportDir(folder.resolve("export").toString());
        Dataset<Row> rows = rows().selectExpr("cast(x as array<float>) as x", "id % 3 as id");

        FitSummary summary = run(estimator, rows);

        assertThat(summary.rows()).isEqualTo(1_200);
        assertThat(summary.loss()).isNaN();
        assertThat(summary.seconds()).isCloseTo(30, within(30.0));
    }
}
