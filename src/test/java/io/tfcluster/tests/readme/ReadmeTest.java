package io.tfcluster.tests.readme;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.tfcluster.tests.harness.Leftovers;
import io.tfcluster.tests.harness.LocalSpark;
import io.tfcluster.tests.harness.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program in the README is this one, and it does what the README says. */
final class ReadmeTest {
    private static final int ROWS = 1_500;

    @Test
    void theProgramOfTheReadmeLearnsAndExports(@TempDir Path folder) {
        Leftovers.Snapshot before = Leftovers.snapshot();
        try (LocalSpark spark = LocalSpark.cluster(2, 1)) {
            Path export = folder.resolve("export");

            long correct = Blobs.correct(spark.session(), blobs(spark), export.toString());

            assertThat(correct).isGreaterThan(ROWS * 95 / 100);
            assertThat(export.resolve("saved_model.pb")).exists();
            assertThat(export.resolve("variables").resolve("variables.index")).exists();
        }
        Leftovers.assertNothingLeftSince(before);
    }

    @Test
    void thePipelineOfTheReadmeLearnsAndIsSaved(@TempDir Path folder) throws IOException {
        Leftovers.Snapshot before = Leftovers.snapshot();
        try (LocalSpark spark = LocalSpark.cluster(2, 1)) {
            Dataset<Row> rows = blobs(spark).selectExpr("x[0] as east", "x[1] as north", "label");

            double accuracy = BlobsPipeline.accuracy(
                    rows,
                    folder.resolve("export").toString(),
                    folder.resolve("pipeline").toString());

            assertThat(accuracy).isGreaterThan(0.95);
            assertThat(folder.resolve("pipeline/stages")).isDirectoryRecursivelyContaining("glob:**saved_model.pb");
        }
        Leftovers.assertNothingLeftSince(before);
    }

    @Test
    void theObjectsOfTheReadmeAreFound() {
        Path data = Repository.root().orElseThrow().resolveSibling("shared").resolve("data");
        Path ssd = data.resolve("models/ssd_mobilenet_v1_coco");
        assumeThat(ssd).as("pictures and models lie beside the repository").isDirectory();
        Leftovers.Snapshot before = Leftovers.snapshot();
        try (LocalSpark spark = LocalSpark.inThisJvm()) {
            Dataset<Row> pictures = spark.session()
                    .read()
                    .format("binaryFile")
                    .load(data.resolve("photos/cat_720p.jpg").toString());

            Row cat = FoundObjects.objects(
                            pictures,
                            ssd.resolve("frozen_inference_graph.pb").toString(),
                            ssd.resolve("mscoco_label_map.pbtxt").toString(),
                            data.resolve("models/mobilenet_v2_1.0_224/frozen_graph.pb")
                                    .toString())
                    .first();

            assertThat(cat.getStruct(cat.fieldIndex("box")).<String>getAs("label"))
                    .isEqualTo("cat");
            assertThat(cat.<Vector>getAs("features").size()).isEqualTo(1280);
        }
        Leftovers.assertNothingLeftSince(before);
    }

    @Test
    void theReadmeShowsThePipelinesAsTheyAre() throws IOException {
        assertThat(shown("BlobsPipeline.java", "    static double accuracy")).isTrue();
        assertThat(shown("FoundObjects.java", "    static Dataset<Row> objects"))
                .isTrue();
    }

    private static boolean shown(String file, String begin) throws IOException {
        Path root = Repository.root().orElseThrow();
        String source = Files.readString(
                root.resolve("src/test/java/io/tfcluster/tests/readme").resolve(file));
        String method = source.substring(source.indexOf(begin), source.lastIndexOf("}"))
                .stripTrailing()
                .stripIndent();
        return Files.readString(root.resolve("README.md")).contains(method);
    }

    @Test
    void theReadmeShowsTheProgramAsItIs() throws IOException {
        Path root = Repository.root().orElseThrow();
        String source = Files.readString(root.resolve("src/test/java/io/tfcluster/tests/readme/Blobs.java"));
        String program = source.substring(
                source.indexOf("public final class Blobs"), source.indexOf("    private static boolean isRight"));

        assertThat(Files.readString(root.resolve("README.md"))).contains(program.strip());
    }

    private static Dataset<Row> blobs(LocalSpark spark) {
        Random random = new Random(11);
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < ROWS; i++) {
            long label = i % 3;
            double angle = label * 2 * Math.PI / 3;
            List<Double> x = List.of(
                    Math.cos(angle) + 0.25 * random.nextGaussian(), Math.sin(angle) + 0.25 * random.nextGaussian());
            rows.add(RowFactory.create(x, label));
        }
        StructType type = new StructType()
                .add("x", DataTypes.createArrayType(DataTypes.DoubleType))
                .add("label", DataTypes.LongType);
        return spark.session().createDataFrame(rows, type).repartition(4).cache();
    }
}
