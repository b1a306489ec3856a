package io.tfcluster.estimator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.types.TFloat32;

/** Models in numbered folders; version n multiplies by n. */
@Timeout(240)
class VersionsTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    @RegisterExtension
    static final ModelSpark SPARK = new ModelSpark();

    @TempDir
    Path folder;

    private Path models() {
        return folder.resolve("models");
    }

    private static GraphDef times(Path file, float factor) throws IOException {
        TestGraphs.write(file, tf -> {
            Placeholder<TFloat32> x = TestGraphs.in(tf, "x", TFloat32.class, -1);
            tf.withName("y").math.mul(x, tf.constant(factor));
            tf.withName("as_text").dtypes.asString(x);
        });
        return GraphDef.parseFrom(Files.readAllBytes(file));
    }

    /** Exports as trainers do: written aside, then moved into its place. */
    private void export(String version, GraphDef graph, String output) throws IOException {
        Path aside = Files.createDirectories(folder.resolve("aside-" + version));
        TestGraphs.savedModel(aside, graph, Map.of("x", "x:0"), Map.of("y", output));
        Files.move(aside, Files.createDirectories(models()).resolve(version));
    }

    private void export(int version) throws IOException {
        export(Integer.toString(version), times(folder.resolve("times.pb"), version), "y:0");
    }

    /** A graph that fits by its signature and that TensorFlow knows no operation of. */
    private void exportUnloadable(int version) throws IOException {
        GraphDef good = times(folder.resolve("times.pb"), version);
        GraphDef.Builder bad = good.toBuilder();
        Path aside = Files.createDirectories(folder.resolve("aside-bad"));
        TestGraphs.savedModel(aside, good, Map.of("x", "x:0"), Map.of("y", "y:0"));
        for (int i = 0; i < bad.getNodeCount(); i++) {
            if (bad.getNode(i).getOp().equals("Mul")) {
                bad.getNodeBuilder(i).setOp("NoOperationOfAnybodys");
            }
        }
        Path file = aside.resolve("saved_model.pb");
        org.tensorflow.proto.SavedModel.Builder model =
                org.tensorflow.proto.SavedModel.parseFrom(Files.readAllBytes(file)).toBuilder();
        model.getMetaGraphsBuilder(0).setGraphDef(bad);
        Files.write(file, model.build().toByteArray());
        Files.move(aside, models().resolve(Integer.toString(version)));
    }

    private TFModel watched() {
        return new TFModel()
                .setExportDir(models().toString())
                .setVersions("latest")
                .setVersionCol("version");
    }

    private static Dataset<Row> rows() {
        return SPARK.session().range(0, 40, 1, 2).selectExpr("cast(id as float) as x");
    }

    /** Asks, checks that each answer is that of the version it names, and returns the versions. */
    private static List<Object> versions(Dataset<Row> answers) {
        assertThat(answers.filter("y != x * version").count()).isZero();
        assertThat(answers.count()).isEqualTo(40);
        return answers.select("version").distinct().orderBy("version").collectAsList().stream()
                .map(row -> row.get(0))
                .toList();
    }

    private static void awaitVersion(Dataset<Row> answers, long version) {
        await().atMost(LIMIT).untilAsserted(() -> assertThat(versions(answers)).containsExactly(version));
    }

    @Test
    void aFolderOfVersionsIsItsHighestWholeOne() throws IOException {
        export(2);
        export(10);
        Files.createDirectories(models().resolve("11/variables"));
        Files.createDirectories(models().resolve("latest"));
        TFModel model = new TFModel().setExportDir(models().toString()).setVersionCol("version");

        Dataset<Row> answers = model.transform(rows());

        assertThat(answers.schema().apply("version").dataType()).isEqualTo(DataTypes.LongType);
        assertThat(versions(answers)).containsExactly(10L);
        export(12);
        assertThat(versions(answers)).as("fixed").containsExactly(10L);
        assertThat(versions(model.transform(rows()))).as("made anew").containsExactly(12L);
    }

    @Test
    void aQueryGoesOverToANewerVersionAndBackWhenItIsDeleted() throws IOException {
        export(1);
        Dataset<Row> answers = watched().transform(rows());
        assertThat(versions(answers)).containsExactly(1L);

        export(3);

        awaitVersion(answers, 3);
        delete(models().resolve("3"));
        awaitVersion(answers, 1);
    }

    @Test
    void versionsThatDoNotFitOrDoNotLoadAreRefused() throws IOException {
        export(1);
        Dataset<Row> answers = watched().transform(rows());
        assertThat(versions(answers)).containsExactly(1L);
        exportUnloadable(3);
        export("4", times(folder.resolve("text.pb"), 4), "as_text:0");
        Files.createDirectories(models().resolve("5/variables"));
        export(2);

        awaitVersion(answers, 2);

        export(6);
        awaitVersion(answers, 6);
    }

    @Test
    void aRefusedVersionIsTakenWhenItsFilesAreGood() throws IOException {
        export(1);
        Dataset<Row> answers = watched().transform(rows());
        exportUnloadable(3);
        assertThat(versions(answers)).as("the first look is at the bad one").containsExactly(1L);

        delete(models().resolve("3"));
        export(3);

        awaitVersion(answers, 3);
    }

    @Test
    void theDriverTakesTheNewestThatFits() throws IOException {
        export(1);
        export("2", times(folder.resolve("text.pb"), 2), "as_text:0");
        TFModel model = watched().setVectorCols("y"); // of which text makes none

        assertThat(model.transform(rows()).select("version").head().getLong(0)).isEqualTo(1);
        assertThatThrownBy(() -> model.setVersions("fixed").transform(rows()))
                .hasMessageContaining("vectors hold numbers");
    }

    @Test
    void aSqlFunctionGoesOverToo() throws IOException {
        export(1);
        TFModel.registerUdf(SPARK.session(), "watched", watched());
        Dataset<Row> answers = rows().selectExpr("x", "watched(x) as both").selectExpr("x", "both.y", "both.version");
        assertThat(versions(answers)).containsExactly(1L);

        export(2);

        awaitVersion(answers, 2);
    }

    @Test
    void aSavedStageHasTheVersionOfThatMoment() throws IOException {
        export(1);
        export(2);
        watched().write().overwrite().save(folder.resolve("stage").toString());
        delete(models());

        TFModel loaded = TFModel.load(folder.resolve("stage").toString());

        assertThat(loaded.getVersions()).isEqualTo("latest");
        assertThat(versions(loaded.transform(rows()))).containsExactly(2L);
    }

    @Test
    void whatHasNoVersionsSaysSo() throws IOException {
        Path plain = Files.createDirectories(folder.resolve("plain"));
        TestGraphs.savedModel(plain, times(folder.resolve("times.pb"), 2), Map.of("x", "x:0"), Map.of("y", "y:0"));

        assertThatThrownBy(() -> watched().setExportDir(plain.toString()).transform(rows()))
                .hasMessageContaining("no numbered folders");
        assertThatThrownBy(() -> watched()
                        .setVersions("fixed")
                        .setExportDir(plain.toString())
                        .transform(rows()))
                .hasMessageContaining("is in no numbered folder");
        assertThatThrownBy(() -> new TFModel()
                        .setVersions("latest")
                        .setFrozenGraph(folder.resolve("times.pb").toString())
                        .transform(rows()))
                .hasMessageContaining("only exportDir has versions");
        assertThatThrownBy(() -> watched().setVersions("newest")).hasMessageContaining("[fixed, latest]");
        Files.createDirectories(models().resolve("7/variables"));
        assertThatThrownBy(() -> watched().transform(rows())).hasMessageContaining("no whole SavedModel in [7]");
    }

    private static void delete(Path path) throws IOException {
        File[] files = path.toFile().listFiles();
        if (files != null) {
            for (File file : files) {
                delete(file.toPath());
            }
        }
        Files.delete(path);
    }
}
