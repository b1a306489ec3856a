package io.tfcluster.estimator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tfcluster.estimator.image.ImageReader;
import io.tfcluster.estimator.image.ImageTransformer;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.classification.LogisticRegression;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Graph;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TUint8;

@Timeout(300)
class ImageFeaturizerTest {

    @RegisterExtension
    static final ModelSpark spark = new ModelSpark();

    private static final StructType SCHEMA =
            new StructType().add("name", "string").add("image", "binary").add("label", "double");

    private static byte[] png(int width, int height, Color color) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = image.createGraphics();
        g.setColor(color);
        g.fillRect(0, 0, width, height);
        g.dispose();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, "png", out);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return out.toByteArray();
    }

    /** A graph whose vector is the mean of each channel of the picture. */
    private static String meanOfFloats(Path folder, long side) throws IOException {
        try (Graph graph = new Graph()) {
            Ops tf = Ops.create(graph);
            var input =
                    tf.withName("pictures").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, side, side, 3)));
            tf.withName("means").math.mean(input, tf.constant(new int[] {1, 2}));
            return written(graph, folder.resolve("floats.pb"));
        }
    }

    private static String meanOfBytes(Path folder) throws IOException {
        try (Graph graph = new Graph()) {
            Ops tf = Ops.create(graph);
            var input = tf.withName("pictures").placeholder(TUint8.class, Placeholder.shape(Shape.of(-1, -1, -1, 3)));
            tf.withName("means").math.mean(tf.dtypes.cast(input, TFloat32.class), tf.constant(new int[] {1, 2}));
            return written(graph, folder.resolve("bytes.pb"));
        }
    }

    private static String written(Graph graph, Path file) throws IOException {
        Files.write(file, graph.toGraphDef().toByteArray());
        return file.toString();
    }

    private static ImageFeaturizer means(String graph) {
        return new ImageFeaturizer().setFrozenGraph(graph).setOutputTensor("means");
    }

    private static Dataset<Row> frame(Row... rows) {
        return spark.session().createDataFrame(Arrays.asList(rows), SCHEMA);
    }

    private static double[] features(Row row) {
        return row.<Vector>getAs("features").toArray();
    }

    @Test
    void picturesBecomeVectorsInTheRangeThatIsSet(@TempDir Path folder) throws IOException {
        ImageFeaturizer stage =
                means(meanOfFloats(folder, 8)).setPixelRange(-1, 1).setBatchSize(2);
        Dataset<Row> in = frame(
                RowFactory.create("red", png(30, 20, Color.RED), 0.0),
                RowFactory.create("blue", png(9, 50, Color.BLUE), 1.0),
                RowFactory.create("grey", png(8, 8, new Color(51, 51, 51)), 1.0));

        Dataset<Row> out = stage.transform(in);

        assertThat(out.schema()).isEqualTo(stage.transformSchema(in.schema()));
        assertThat(out.columns()).containsExactly("name", "image", "label", "features");
        List<Row> rows = out.collectAsList();
        assertThat(features(rows.get(0))).containsExactly(new double[] {1, -1, -1}, within(1e-5));
        assertThat(features(rows.get(1))).containsExactly(new double[] {-1, -1, 1}, within(1e-5));
        assertThat(features(rows.get(2))).containsExactly(new double[] {-0.6, -0.6, -0.6}, within(1e-5));
        Row bgr = stage.setChannelOrder("BGR")
                .setPixelRange(0, 1)
                .setMean(0, 0, 0.5)
                .setStd(1, 1, 0.25)
                .transform(in)
                .first();
        assertThat(features(bgr)).containsExactly(new double[] {0, 0, 2}, within(1e-5));
    }

    @Test
    void aSavedModelIsANetworkToo(@TempDir Path folder) throws IOException {
        Path saved = Files.createDirectory(folder.resolve("saved"));
        TestGraphs.savedModel(
                saved,
                GraphDef.parseFrom(Files.readAllBytes(Path.of(meanOfFloats(folder, 8)))),
                Map.of("photos", "pictures:0"),
                Map.of("vector", "means:0"));
        ImageFeaturizer stage =
                new ImageFeaturizer().setExportDir(saved.toString()).setPixelRange(0, 1);
        Dataset<Row> in = frame(RowFactory.create("a", png(30, 20, new Color(255, 0, 51)), 0.0));

        assertThat(features(stage.transform(in).first())).containsExactly(new double[] {1, 0, 0.2}, within(1e-5));
        assertThatThrownBy(() -> stage.setSignatureDefKey("serve").transformSchema(SCHEMA))
                .hasMessageContaining("no signature \"serve\"")
                .hasMessageContaining("serving_default");
    }

    @Test
    void aGraphOfBytesTakesPixelsAsTheyAre(@TempDir Path folder) throws IOException {
        ImageFeaturizer stage = means(meanOfBytes(folder)).setImageSize(6, 4).setFit("stretch");
        Dataset<Row> in = frame(RowFactory.create("a", png(30, 20, new Color(10, 20, 30)), 0.0));

        assertThat(features(stage.transform(in).first())).containsExactly(new double[] {10, 20, 30}, within(1e-4));
        assertThatThrownBy(() -> stage.setPixelRange(0, 1).transformSchema(SCHEMA))
                .hasMessageContaining("takes pixels as they are; leave pixelRange");
    }

    @Test
    void imageStructsAreTakenToo(@TempDir Path folder) throws IOException {
        Dataset<Row> in = frame(RowFactory.create("a", png(30, 20, new Color(255, 0, 51)), 0.0));
        Dataset<Row> structs = new ImageTransformer()
                .setOutputCol("struct")
                .setOutputType("image")
                .transform(in);

        Row row = means(meanOfFloats(folder, 8))
                .setPixelRange(0, 1)
                .setInputCol("struct")
                .transform(structs)
                .first();

        assertThat(features(row)).containsExactly(new double[] {1, 0, 0.2}, within(1e-5));
    }

    @Test
    void brokenPicturesBecomeNullsOrEndTheJob(@TempDir Path folder) throws IOException {
        Dataset<Row> in = frame(
                RowFactory.create("good", png(9, 9, Color.WHITE), 0.0),
                RowFactory.create("bad", new byte[0], 0.0),
                RowFactory.create("none", null, 0.0));
        for (String graph : List.of(meanOfFloats(folder, 8), meanOfBytes(folder))) {
            ImageFeaturizer stage = means(graph).setOnError("null");
            if (graph.endsWith("floats.pb")) {
                stage.setPixelRange(0, 1);
            } else {
                stage.setImageSize(8, 8);
            }

            Dataset<Row> out = stage.transform(in);

            assertThat(out.schema()).isEqualTo(stage.transformSchema(in.schema()));
            List<Row> rows = out.collectAsList();
            assertThat(features(rows.get(0))[0]).isGreaterThan(0.9);
            assertThat(rows.get(1).isNullAt(rows.get(1).fieldIndex("features"))).isTrue();
            assertThat(rows.get(1).<String>getAs("imageError")).isEqualTo("empty (0 bytes)");
            assertThat(rows.get(2).<String>getAs("imageError")).isEqualTo("missing (null)");
            assertThat(stage.setErrorCol("").transform(in).columns())
                    .containsExactly("name", "image", "label", "features");
        }
        assertThatThrownBy(() -> means(meanOfFloats(folder, 8))
                        .setPixelRange(0, 1)
                        .setIdCol("name")
                        .transform(in)
                        .collectAsList())
                .hasStackTraceContaining("picture \"bad\" cannot be used: empty (0 bytes)");
    }

    @Test
    void paramsAreCheckedAgainstTheGraph(@TempDir Path folder) throws IOException {
        String floats = meanOfFloats(folder, 8);

        assertThatThrownBy(() -> means(floats).transformSchema(SCHEMA))
                .hasMessageContaining("FLOAT32 [?, 8, 8, 3]")
                .hasMessageContaining("set pixelRange to -1, 1 for MobileNet");
        assertThatThrownBy(() ->
                        means(floats).setPixelRange(0, 1).setImageSize(9, 9).transformSchema(SCHEMA))
                .hasMessageContaining("imageSize is 9 × 9, but input \"pictures\"");
        assertThatThrownBy(() -> means(floats)
                        .setPixelRange(0, 1)
                        .setChannelOrder("GREY")
                        .transformSchema(SCHEMA))
                .hasMessageContaining("channelOrder GREY gives 1");
        assertThatThrownBy(() -> means(floats)
                        .setPixelRange(0, 1)
                        .setOutputTensor("maens")
                        .transformSchema(SCHEMA))
                .hasMessageContaining("maens")
                .hasMessageContaining("means");
        assertThatThrownBy(() -> means(floats)
                        .setPixelRange(0, 1)
                        .setInputTensor("picture")
                        .transformSchema(SCHEMA))
                .hasMessageContaining("no tensor \"picture\"");
        assertThatThrownBy(() ->
                        means(floats).setPixelRange(0, 1).setOutputTensor("").transformSchema(SCHEMA))
                .hasMessageContaining("set outputTensor")
                .hasMessageContaining("means");
        assertThatThrownBy(() -> means(meanOfBytes(folder)).transformSchema(SCHEMA))
                .hasMessageContaining("does not tell the size of its pictures; set imageSize");
        assertThatThrownBy(() ->
                        means(floats).setPixelRange(0, 1).setInputCol("name").transformSchema(SCHEMA))
                .hasMessageContaining("is of type string, which is no picture");
        assertThatThrownBy(() -> new ImageFeaturizer().transformSchema(SCHEMA)).hasMessageContaining("no model");
    }

    @Test
    void aSavedStageHasItsNetworkWithIt(@TempDir Path folder) throws IOException {
        String graph = meanOfFloats(folder, 8);
        ImageFeaturizer stage = means(graph).setPixelRange(0, 1).setBatchSize(3).setImageSize(8, 8);
        Dataset<Row> in = frame(RowFactory.create("a", png(30, 20, new Color(51, 102, 255)), 0.0));

        stage.save(folder.resolve("stage").toString());
        Files.delete(Path.of(graph));
        ImageFeaturizer loaded = ImageFeaturizer.load(folder.resolve("stage").toString());

        assertThat(loaded.uid()).isEqualTo(stage.uid());
        assertThat(loaded.getBatchSize()).isEqualTo(3);
        assertThat(loaded.getImageSize()).containsExactly(8, 8);
        assertThat(loaded.getOrDefault(loaded.frozenGraph())).contains("stage/network/model/floats.pb");
        assertThat(features(loaded.transform(in).first())).containsExactly(new double[] {0.2, 0.4, 1}, within(1e-5));
    }

    @Test
    void insectsAreToldApartByLogisticRegressionOverMobileNet(@TempDir Path folder) {
        Path insects = ModelSpark.data("hymenoptera");
        Path network = ModelSpark.data("models/mobilenet_v1_0.25_128/frozen_graph.pb");
        assumeTrue(
                Files.isDirectory(insects) && Files.isRegularFile(network),
                "skipped: there are no pictures of insects and no MobileNet in ../shared/data");
        ImageReader reader = ImageReader.of(spark.session()).labelsFromFolders();
        Dataset<Row> train = reader.load(insects.resolve("train").toString());
        Dataset<Row> test = reader.load(insects.resolve("val").toString());
        Pipeline pipeline = new Pipeline().setStages(new PipelineStage[] {
            ImageFeaturizer.mobileNetV1(network.toString()),
            new LogisticRegression().setRegParam(0.01).setMaxIter(50)
        });

        PipelineModel model = pipeline.fit(train);

        List<Row> answers =
                model.transform(test).select("label", "prediction", "features").collectAsList();
        long wrong = answers.stream()
                .filter(row -> row.getDouble(0) != row.getDouble(1))
                .count();
        System.out.println("ants and bees, mobilenet_v1_0.25_128 and LogisticRegression: " + wrong + " of "
                + answers.size() + " wrong");
        assertThat(answers).hasSize(153);
        assertThat(features(answers.get(0))).hasSize(256);
        assertThat(wrong).isLessThan(31); // 20%, with the smallest of networks

        try {
            model.save(folder.resolve("saved").toString());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        PipelineModel again = PipelineModel.load(folder.resolve("saved").toString());
        assertThat(again.transform(test.limit(5)).select("prediction").collectAsList())
                .isEqualTo(model.transform(test.limit(5)).select("prediction").collectAsList());
        assertThat(again.stages()[0].explainParams()).contains("pixelRange: what black and white become");
    }
}
