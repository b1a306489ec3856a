package io.tfcluster.estimator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tfcluster.estimator.image.ImageCropper;
import io.tfcluster.estimator.image.ImageReader;
import io.tfcluster.estimator.image.ImageTransformer;
import io.tfcluster.estimator.image.TestPictures;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.proto.GraphDef;

@Timeout(300)
class ObjectDetectorTest {
    @RegisterExtension
    static final ModelSpark SPARK = new ModelSpark();

    private static final StructType SCHEMA =
            new StructType().add("name", "string").add("image", "binary");
    private static final String SSD = "models/ssd_mobilenet_v1_coco/";

    @TempDir
    Path folder;

    private ObjectDetector colours() {
        return ObjectDetector.ssd(
                        TestDetector.graph(folder.resolve("colours.pb")).toString(),
                        TestDetector.labelMap(folder.resolve("colours.pbtxt")).toString())
                .setImageSize(8, 6)
                .setBatchSize(2);
    }

    private static byte[] png(int red, int green, int blue) {
        return TestPictures.file(
                TestPictures.filled(BufferedImage.TYPE_INT_RGB, 40, 20, new Color(red, green, blue)), "png");
    }

    private static Dataset<Row> frame(Row... rows) {
        return SPARK.session().createDataFrame(Arrays.asList(rows), SCHEMA);
    }

    private static void assertBox(Row box, double[] sides, int classId, String label, double score) {
        for (int i = 0; i < sides.length; i++) {
            assertThat((double) box.getFloat(i)).isCloseTo(sides[i], within(1e-6));
        }
        assertThat(box.<Integer>getAs("classId")).isEqualTo(classId);
        assertThat(box.<String>getAs("label")).isEqualTo(label);
        assertThat((double) box.<Float>getAs("score")).isCloseTo(score, within(0.01));
    }

    @Test
    void boxesComeOutLabelledTheSurestFirstAndCutAtTheEdges() {
        Dataset<Row> in = frame(
                RowFactory.create("orange", png(153, 204, 0)),
                RowFactory.create("black", png(0, 0, 0)),
                RowFactory.create("blue", png(0, 0, 255)));
        ObjectDetector stage = colours().setBestCol("best");

        Dataset<Row> out = stage.transform(in);

        assertThat(out.schema()).isEqualTo(stage.transformSchema(in.schema()));
        assertThat(out.columns()).containsExactly("name", "image", "boxes", "best");
        List<Row> rows = out.collectAsList();
        List<Row> first = rows.get(0).getList(2);
        assertThat(first).hasSize(2);
        assertBox(first.get(0), new double[] {0, 0.5, 0.5, 1}, 2, "green", 0.8);
        assertBox(first.get(1), new double[] {0.25, 0.25, 0.75, 0.5}, 1, "red", 0.6);
        assertThat(rows.get(0).<Row>getAs("best")).isEqualTo(first.get(0));
        assertThat(rows.get(1).getList(2)).isEmpty();
        assertThat(rows.get(1).isNullAt(3)).isTrue();
        assertBox(rows.get(2).getStruct(3), new double[] {0, 0, 1, 1}, 3, "dark \"blue\"", 1);
    }

    @Test
    void thresholdLabelsAndNumberSayWhichBoxesAreKept() {
        Dataset<Row> in = frame(RowFactory.create("grey", png(102, 128, 153)));

        assertThat(labels(colours().setScoreThreshold(0.1), in)).containsExactly("dark \"blue\"", "green", "red");
        assertThat(labels(colours().setScoreThreshold(0.1).setMaxBoxes(1), in)).containsExactly("dark \"blue\"");
        assertThat(labels(colours().setScoreThreshold(0.55), in)).containsExactly("dark \"blue\"");
        assertThat(labels(colours().setScoreThreshold(0).setLabels("red", "green"), in))
                .containsExactly("green", "red");
        assertThat(labels(colours().setScoreThreshold(0.45).setLabelMap(""), in))
                .containsExactly(null, null);
        Path lines = TestDetector.written(folder.resolve("colours.txt"), "???\nrot\ngruen\n\n");
        assertThat(labels(colours().setScoreThreshold(0.1).setLabelMap(lines.toString()), in))
                .containsExactly(null, "gruen", "rot");
    }

    private static List<String> labels(ObjectDetector stage, Dataset<Row> in) {
        List<Row> boxes = stage.transform(in).first().getList(2);
        List<String> labels = new ArrayList<>();
        boxes.forEach(box -> labels.add(box.getAs("label")));
        return labels;
    }

    @Test
    void picturesOfAllKindsAreSeenAndBrokenOnesBecomeNullsOrEndTheJob() {
        byte[] jpeg = TestPictures.jpeg(300, 200);
        Dataset<Row> in = frame(
                RowFactory.create("good", png(255, 0, 0)),
                RowFactory.create("none", null),
                RowFactory.create("empty", new byte[0]),
                RowFactory.create("half", Arrays.copyOf(jpeg, jpeg.length / 2)),
                RowFactory.create("text", "these are no pixels".getBytes(java.nio.charset.StandardCharsets.UTF_8)),
                RowFactory.create("cmyk", TestPictures.ink(0, 255, 0, 0, 255)),
                RowFactory.create("deep", TestPictures.deepPng(20, 10, 0xFFFF, 0, 0)),
                RowFactory.create("animated", TestPictures.animatedGif()));
        ObjectDetector stage = colours().setBestCol("best").setOnError("null");

        Dataset<Row> out = stage.transform(in);

        assertThat(out.schema()).isEqualTo(stage.transformSchema(in.schema()));
        assertThat(out.columns()).containsExactly("name", "image", "imageError", "boxes", "best");
        Map<String, String> found = new LinkedHashMap<>();
        for (Row row : out.collectAsList()) {
            String error = row.getAs("imageError");
            assertThat(row.isNullAt(3)).isEqualTo(error != null);
            assertThat(error == null || row.isNullAt(4)).isTrue();
            found.put(row.getString(0), error == null ? row.getStruct(4).getAs("label") : error);
        }
        assertThat(found)
                .containsEntry("good", "red")
                .containsEntry("none", "missing (null)")
                .containsEntry("empty", "empty (0 bytes)")
                .containsEntry("half", "cut off before its end")
                .containsEntry("cmyk", "red")
                .containsEntry("deep", "red")
                .containsEntry("animated", "red");
        assertThat(found.get("text")).contains("not a picture");
        assertThat(stage.setErrorCol("").transform(in).columns()).containsExactly("name", "image", "boxes", "best");
        assertThatThrownBy(() ->
                        colours().setIdCol("name").transform(in.coalesce(1)).collectAsList())
                .hasStackTraceContaining("picture \"none\" cannot be used: missing (null)");
    }

    @Test
    void aGraphThatIsNoDetectorIsToldFromOneWithOtherNames() {
        Path sums = TestGraphs.sums(folder.resolve("sums.pb"), 3);
        Path other = TestGraphs.write(folder.resolve("other.pb"), tf -> TestDetector.answers(tf, "pictures"));

        assertThatThrownBy(() -> colours().setFrozenGraph(sums.toString()).transformSchema(SCHEMA))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("sums.pb is no detector")
                .hasMessageContaining(
                        "lacks [image_tensor, detection_boxes, detection_scores, detection_classes, num_detections]. Its inputs are [x: FLOAT32 [?, 3]]")
                .hasMessageContaining("set inputTensor, boxesTensor, scoresTensor, classesTensor, countTensor to");
        assertThatThrownBy(() -> colours()
                        .setFrozenGraph(other.toString())
                        .setScoresTensor("scores:0")
                        .transformSchema(SCHEMA))
                .hasMessageContaining(
                        "lacks [image_tensor, scores:0], and has [detection_boxes, detection_classes, num_detections]");
        assertThat(labels(
                        colours().setFrozenGraph(other.toString()).setInputTensor("pictures:0"),
                        frame(RowFactory.create("red", png(255, 0, 0)))))
                .containsExactly("red");
        assertThatThrownBy(() -> colours()
                        .setScoresTensor("detection_classes:0")
                        .setCountTensor("detection_classes:0")
                        .transformSchema(SCHEMA))
                .hasMessageContaining("name a tensor twice");
        assertThatThrownBy(() -> colours()
                        .setBoxesTensor("detection_scores:0")
                        .transform(frame(RowFactory.create("red", png(255, 0, 0))))
                        .collectAsList())
                .hasStackTraceContaining("4 numbers for boxes, 4 scores, 4 classes and 1 counts");
    }

    @Test
    void paramsAreCheckedBeforeAnythingRuns() {
        assertThatThrownBy(() -> colours().setLabels("gren").transformSchema(SCHEMA))
                .hasMessageContaining("labels has \"gren\"")
                .hasMessageContaining("did you mean \"green\"");
        assertThatThrownBy(() -> colours().setLabelMap("").setLabels("red").transformSchema(SCHEMA))
                .hasMessageContaining("there is no labelMap");
        assertThatThrownBy(() -> colours().setLabelMap("/nowhere/map.pbtxt").transformSchema(SCHEMA))
                .hasMessageContaining("cannot read the label map /nowhere/map.pbtxt");
        Path damaged = TestDetector.written(folder.resolve("damaged.pbtxt"), "item {\n  id: one\n}");
        assertThatThrownBy(() -> colours().setLabelMap(damaged.toString()).transformSchema(SCHEMA))
                .hasMessageContaining("damaged.pbtxt is damaged: 2:");
        Path doubled = TestDetector.written(
                folder.resolve("doubled.pbtxt"), "item { id: 1 name: 'a' }\nitem { id: 1 name: 'b' }");
        assertThatThrownBy(() -> colours().setLabelMap(doubled.toString()).transformSchema(SCHEMA))
                .hasMessageContaining("two items of the id 1");
        Path empty = TestDetector.written(folder.resolve("empty.txt"), "???\n");
        assertThatThrownBy(() -> colours().setLabelMap(empty.toString()).transformSchema(SCHEMA))
                .hasMessageContaining("has no labels");
        assertThatThrownBy(() -> colours().setImageSize(300).transformSchema(SCHEMA))
                .hasMessageContaining("imageSize must be height and width");
        assertThatThrownBy(() -> colours().setOutputCol("name").transformSchema(SCHEMA))
                .hasMessageContaining("there is a column \"name\" already");
        assertThatThrownBy(() -> colours().setScoreThreshold(1.5))
                .hasMessageContaining("scoreThreshold must be 0 to 1");
        assertThatThrownBy(() -> colours().setMaxBoxes(0)).hasMessageContaining("maxBoxes must be 1 or more");
    }

    @Test
    void aSavedModelIsADetectorTooWhateverItsOnlyInputIsCalled() throws IOException {
        Path saved = Files.createDirectory(folder.resolve("saved"));
        Map<String, String> outputs = Map.of(
                "detection_boxes", "detection_boxes:0",
                "detection_scores", "detection_scores:0",
                "detection_classes", "detection_classes:0",
                "num_detections", "num_detections:0");
        Path graph = TestGraphs.write(folder.resolve("input.pb"), tf -> TestDetector.answers(tf, "serving_input"));
        TestGraphs.savedModel(
                saved,
                GraphDef.parseFrom(Files.readAllBytes(graph)),
                Map.of("input_tensor", "serving_input:0"),
                outputs);
        ObjectDetector stage = new ObjectDetector().setExportDir(saved.toString());

        Row row =
                stage.transform(frame(RowFactory.create("red", png(255, 0, 0)))).first();

        List<Row> boxes = row.getList(2);
        assertBox(boxes.get(0), new double[] {0.25, 0.25, 0.75, 0.5}, 1, null, 1);
    }

    @Test
    void aSavedStageHasItsDetectorAndItsLabelsWithIt() throws IOException {
        ObjectDetector stage =
                colours().setScoreThreshold(0.25).setLabels("red").setBestCol("best");
        Dataset<Row> in = frame(RowFactory.create("a", png(255, 255, 0)));

        stage.save(folder.resolve("stage").toString());
        Files.delete(folder.resolve("colours.pb"));
        Files.delete(folder.resolve("colours.pbtxt"));
        ObjectDetector loaded = ObjectDetector.load(folder.resolve("stage").toString());

        assertThat(loaded.uid()).isEqualTo(stage.uid());
        assertThat(loaded.getScoreThreshold()).isEqualTo(0.25);
        assertThat(loaded.getImageSize()).containsExactly(8, 6);
        assertThat(loaded.getLabelMap()).contains("stage/labels/colours.pbtxt");
        assertThat(labels(loaded, in)).containsExactly("red");
        assertThat(loaded.toString()).contains("stage/network/model/colours.pb");
    }

    @Test
    void whatIsFoundIsCutOutAndPutThroughTheNextNetwork() {
        ImageFeaturizer means = new ImageFeaturizer()
                .setFrozenGraph(TestDetector.graph(folder.resolve("means.pb")).toString())
                .setInputTensor("image_tensor")
                .setOutputTensor("detection_scores")
                .setImageSize(4, 4)
                .setInputCol("crop");
        Pipeline pipeline = new Pipeline().setStages(new PipelineStage[] {
            new ImageTransformer().setOutputCol("picture").setOutputType("image"),
            colours().setInputCol("picture").setBestCol("box"),
            new ImageCropper().setInputCol("picture"),
            means
        });
        BufferedImage image = TestPictures.filled(BufferedImage.TYPE_INT_RGB, 40, 20, new Color(200, 0, 0));
        for (int i = 0; i < 400; i++) { // within box 1 there is more blue
            image.setRGB(10 + i % 10, 5 + (i / 10) % 10, 0xC800C8);
        }
        Dataset<Row> in = frame(RowFactory.create("a", TestPictures.file(image, "png")));

        PipelineModel model = pipeline.fit(in);
        Row row = model.transform(in).select("crop", "features").first();

        assertThat(row.getStruct(0).getInt(1)).isEqualTo(10);
        assertThat(row.getStruct(0).getInt(2)).isEqualTo(10);
        assertThat(row.<org.apache.spark.ml.linalg.Vector>getAs(1).toArray())
                .containsExactly(new double[] {200 / 255.0, 0, 200 / 255.0, 200 / 255.0}, within(1e-4));
    }

    @Test
    void dogsPeopleAndACatAreFoundOnPhotographs() {
        Path photos = ModelSpark.data("photos");
        Path graph = ModelSpark.data(SSD + "frozen_inference_graph.pb");
        assumeTrue(
                Files.isDirectory(photos) && Files.isRegularFile(graph),
                "skipped: there are no photos and no SSD in ../shared/data");
        Dataset<Row> in = ImageReader.of(SPARK.session()).load(photos.toString());
        ObjectDetector stage = ObjectDetector.ssd(
                        graph.toString(),
                        ModelSpark.data(SSD + "mscoco_label_map.pbtxt").toString())
                .setBatchSize(4);

        Map<String, List<String>> found = new LinkedHashMap<>();
        for (Row row : stage.transform(in).select("path", "boxes").collectAsList()) {
            String name = Path.of(java.net.URI.create(row.getString(0)).getPath())
                    .getFileName()
                    .toString();
            List<Row> boxes = row.getList(1);
            List<String> labels = new ArrayList<>();
            for (Row box : boxes) {
                labels.add(box.getAs("label"));
                System.out.printf(
                        "%s: %s %.2f at %.2f %.2f %.2f %.2f%n",
                        name,
                        box.<String>getAs("label"),
                        box.<Float>getAs("score"),
                        box.getFloat(0),
                        box.getFloat(1),
                        box.getFloat(2),
                        box.getFloat(3));
            }
            found.put(name, labels);
        }

        assertThat(found.get("image1.jpg")).startsWith("dog", "dog");
        assertThat(found.get("image2.jpg")).contains("person", "kite");
        assertThat(found.get("cat_720p.jpg")).containsExactly("cat");
    }
}
