package io.tfcluster.estimator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tfcluster.training.ModelBuilder;
import io.tfcluster.training.ModelFunction;
import io.tfcluster.training.ModelSpec;
import io.tfcluster.training.Optimizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.evaluation.MulticlassClassificationEvaluator;
import org.apache.spark.ml.feature.IndexToString;
import org.apache.spark.ml.feature.StringIndexer;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** An estimator among stages of Spark's own, saved and read again. */
@Timeout(180)
class PipelineTest {
    @RegisterExtension
    static final EstimatorSpark SPARK = new EstimatorSpark(2);

    @TempDir
    Path folder;

    private static Dataset<Row> named() {
        return Clouds.rows(SPARK.session(), 600).selectExpr("x as features", "concat('cloud ', int(label)) as name");
    }

    private TFEstimator estimator(String name) {
        return Clouds.estimator()
                .setInputMapping(Map.of("features", "x", "class", "label"))
                .setPredictionCol("prediction")
                .setProbabilityCol("probability")
                .setEpochs(6)
                .setExportDir(folder.resolve(name).toString());
    }

    private static Pipeline pipeline(TFEstimator estimator) {
        return new Pipeline().setStages(new PipelineStage[] {
            new StringIndexer().setInputCol("name").setOutputCol("class").setStringOrderType("alphabetAsc"),
            estimator,
            new IndexToString().setInputCol("prediction").setOutputCol("found").setLabels(new String[] {
                "cloud 0", "cloud 1", "cloud 2"
            })
        });
    }

    @Test
    void aSavedPipelineIsReadAgainAndLearns() throws IOException {
        String path = folder.resolve("pipeline").toString();
        pipeline(estimator("export")).save(path);
        Pipeline read = Pipeline.load(path);

        PipelineModel model = read.fit(named());
        Dataset<Row> answers = model.transform(named()).cache();

        assertThat(answers.filter("name = found").count()).isGreaterThan(560);
        assertThat(new MulticlassClassificationEvaluator()
                        .setLabelCol("class")
                        .setMetricName("accuracy")
                        .evaluate(answers))
                .isGreaterThan(0.93);
        assertThat(answers.columns())
                .containsExactlyInAnyOrder(
                        "features", "name", "class", "probabilities", "probability", "prediction", "found");
        TFModel learned = (TFModel) model.stages()[1];
        assertThat(learned.summary().epochs()).hasSize(6);
        assertThat(learned.provenance().orElseThrow().rows()).isEqualTo(600);
        assertThat(learned.provenance().orElseThrow().metrics()).containsKeys("accuracy", "loss");
        model.write().overwrite().save(folder.resolve("model").toString());
        assertThat(PipelineModel.load(folder.resolve("model").toString())
                        .transform(named())
                        .filter("name = found")
                        .count())
                .isGreaterThan(560);
        assertThat(learned.getInputMapping()).isEqualTo(Map.of("features", "x"));
        assertThat(learned.parent().uid()).isEqualTo(read.getStages()[1].uid());
    }

    @Test
    void theColumnsThatWillBeAreThoseThatAre() {
        TFEstimator estimator = estimator("none").setEpochs(1).setOutputMapping(Map.of("probabilities", "scores"));
        Dataset<Row> rows = named().selectExpr("features", "0.0 as class");

        var schema = estimator.transformSchema(rows.schema());

        assertThat(schema.fieldNames()).containsExactly("features", "class", "scores", "probability", "prediction");
        assertThat(schema.apply("scores").dataType()).isEqualTo(DataTypes.createArrayType(DataTypes.FloatType, false));
    }

    @Test
    void whatIsReadIsWhatWasSaved() throws IOException {
        String path = folder.resolve("stage").toString();
        TFEstimator estimator = new TFEstimator(Clouds::model)
                .setOptimizer(Optimizer.nesterov(0.1, 0.8))
                .setInputShapes(Map.of("x", "2"))
                .setMetrics("accuracy")
                .setValidationSplit(0.25)
                .setSteps(7);

        estimator.write().overwrite().save(path);
        TFEstimator read = TFEstimator.load(path);

        assertThat(read.uid()).isEqualTo(estimator.uid());
        assertThat(read.explainParams().replaceAll("\\[L[^)]*", ""))
                .isEqualTo(estimator.explainParams().replaceAll("\\[L[^)]*", ""));
        assertThat(read.getMetrics()).containsExactly("accuracy");
        assertThat(read.optimizerToUse()).isEqualTo(Optimizer.nesterov(0.1, 0.8));
        assertThat(read.work().model()).isNotNull();
    }

    @Test
    void whatCannotBeSavedIsNamedBeforeAnythingIsWritten() {
        Object thing = new Object();
        ModelFunction holds = new ModelFunction() {
            private final Object held = thing;

            @Override
            public ModelSpec build(ModelBuilder model) {
                throw new IllegalStateException(held.toString());
            }
        };

        assertThatThrownBy(() ->
                        new TFEstimator(holds).save(folder.resolve("stage").toString()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("cannot be saved")
                .hasMessageContaining("java.lang.Object");
        assertThat(folder.resolve("stage")).doesNotExist();
    }
}
