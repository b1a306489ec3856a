package io.tfcluster.estimator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class PersistenceTest {
    @RegisterExtension
    static final ModelSpark SPARK = new ModelSpark();

    @TempDir
    Path folder;

    private static Dataset<Row> rows() {
        return SPARK.session().range(10).selectExpr("cast(id as double) as a", "1D as b", "2D as c");
    }

    @Test
    void aPipelineIsSavedWithItsModelAndWorksWhenTheOriginalIsGone() throws IOException {
        Path file = TestGraphs.sums(folder.resolve("g.pb"), 3);
        TFModel model = new TFModel()
                .setFrozenGraph(file.toString())
                .setInputMapping(Map.of("features", "x"))
                .setOutputMapping(Map.of("sum", "total"))
                .setLabels("p", "q", "r")
                .setScoreOutput("scores")
                .setPredictionCol("prediction")
                .setBatchSize(3);
        model.setProvenance(Provenance.of(rows().schema(), 10, model, Map.of("accuracy", 0.5)));
        VectorAssembler assembler =
                new VectorAssembler().setInputCols(new String[] {"a", "b", "c"}).setOutputCol("features");
        PipelineModel pipeline =
                new Pipeline().setStages(new PipelineStage[] {assembler, model}).fit(rows());
        String saved = folder.resolve("saved").toString();

        pipeline.write().overwrite().save(saved);
        Dataset<Row> before = pipeline.transform(rows());
        String expected = before.orderBy("a").collectAsList().toString();
        Files.delete(file);
        PipelineModel loaded = PipelineModel.load(saved);

        assertThat(loaded.transform(rows()).orderBy("a").collectAsList()).hasToString(expected);
        TFModel stage = (TFModel) loaded.stages()[1];
        assertThat(stage.uid()).isEqualTo(model.uid());
        assertThat(stage.getBatchSize()).isEqualTo(3);
        assertThat(stage.getInputMapping()).isEqualTo(Map.of("features", "x"));
        assertThat(stage.getLabels()).containsExactly("p", "q", "r");
        Provenance provenance = stage.provenance().orElseThrow();
        assertThat(provenance).isEqualTo(model.provenance().orElseThrow());
        assertThat(provenance.metrics()).containsEntry("accuracy", 0.5);
        assertThat(provenance.params()).containsEntry("batchSize", "3");
        Path stageFolder = folder.resolve("saved/stages/1_" + model.uid());
        assertThat(stageFolder.resolve("metadata/part-00000")).exists();
        assertThat(stageFolder.resolve("model/g.pb")).exists();
        assertThat(stageFolder.resolve("provenance.json")).content().contains("\"accuracy\" : 0.5");
    }

    @Test
    void savingTwiceNeedsOverwriteAndWhatIsNoModelIsNotSaved() throws IOException {
        TFModel model = new TFModel()
                .setFrozenGraph(TestGraphs.sums(folder.resolve("g.pb"), 3).toString());
        String saved = folder.resolve("stage").toString();

        model.save(saved);

        assertThatThrownBy(() -> model.save(saved)).hasMessageContaining("overwrite");
        model.write().overwrite().save(saved);
        assertThat(TFModel.load(saved).getOrDefault(model.frozenGraph())).endsWith("stage/model/g.pb");
        assertThatThrownBy(() -> new TFModel().save(folder.resolve("none").toString()))
                .hasMessageContaining("no model: set exportDir");
        assertThat(folder.resolve("none/metadata")).doesNotExist();
    }

    @Test
    void provenanceInASavedModelIsFound() {
        Path model = folder.resolve("export");
        Provenance provenance = Provenance.of(rows().schema(), 3, new TFModel(), Map.of("loss", 0.25));
        var conf = SPARK.session().sparkContext().hadoopConfiguration();

        provenance.write(model.toString(), conf);

        assertThat(new TFModel().setExportDir(model.toString()).provenance()).contains(provenance);
        assertThat(Provenance.read(folder.toString(), conf)).isEmpty();
        assertThatThrownBy(() -> Provenance.fromJson("[1]")).hasMessageContaining("no provenance");
    }
}
