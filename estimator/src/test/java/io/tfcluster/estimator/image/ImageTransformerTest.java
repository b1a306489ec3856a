package io.tfcluster.estimator.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tfcluster.estimator.ModelSpark;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

@Timeout(180)
class ImageTransformerTest {

    private static final StructType SCHEMA =
            new StructType().add("name", "string").add("picture", "binary").add("weights", "array<double>");

    @RegisterExtension
    static final ModelSpark SPARK = new ModelSpark();

    private static SparkSession spark() {
        return SPARK.session();
    }

    private static Row row(String name, byte[] picture) {
        return RowFactory.create(name, picture, new Double[] {1.0, 2.0});
    }

    private static Dataset<Row> frame(Row... rows) {
        return spark().createDataFrame(Arrays.asList(rows), SCHEMA);
    }

    private static ImageTransformer stage() {
        return new ImageTransformer().setInputCol("picture").setOutputCol("pixels");
    }

    @Test
    void floatsComeOutBesideTheOtherColumns() {
        Dataset<Row> in = frame(row("a", TestPictures.png(30, 20)), row("b", TestPictures.jpeg(50, 90)));
        ImageTransformer stage =
                stage().setChain(ImageChain.decode().resize(8, 4).scale(-1, 1));

        Dataset<Row> out = stage.transform(in);

        assertThat(out.schema()).isEqualTo(stage.transformSchema(in.schema()));
        assertThat(out.columns()).containsExactly("name", "picture", "weights", "pixels");
        assertThat(out.schema().apply("pixels").metadata().json())
                .isEqualTo("{\"image\":{\"channels\":3,\"height\":4,\"width\":8}}");
        for (Row row : out.collectAsList()) {
            List<Float> pixels = row.getList(3);
            assertThat(pixels)
                    .hasSize(4 * 8 * 3)
                    .allSatisfy(value -> assertThat(value).isBetween(-1f, 1f));
            assertThat(pixels.get(0)).isLessThan(-0.7f); // red grows to the right
            assertThat(pixels.get(7 * 3)).isGreaterThan(0.7f);
            assertThat(row.<Double>getList(2)).containsExactly(1.0, 2.0);
        }
    }

    @Test
    void eachOutputTypeHoldsTheSamePixels() {
        Dataset<Row> in = frame(row("a", TestPictures.png(6, 5)));
        List<Float> floats = stage().transform(in).first().getList(3);

        Vector vector = stage().setOutputType("vector").transform(in).first().getAs("pixels");
        assertThat(vector.toArray())
                .containsExactly(floats.stream().mapToDouble(Float::doubleValue).toArray());
        byte[] bytes = stage().setOutputType("bytes").transform(in).first().getAs("pixels");
        for (int i = 0; i < bytes.length; i++) {
            assertThat((float) (bytes[i] & 0xFF)).isEqualTo(floats.get(i));
        }
        Row image = stage().setOutputType("image")
                .setIdCol("name")
                .transform(in)
                .first()
                .getAs("pixels");
        assertThat(image.getString(0)).isEqualTo("a");
        assertThat(image.getInt(1)).isEqualTo(5);
        assertThat(image.getInt(2)).isEqualTo(6);
        assertThat(image.getInt(4)).isEqualTo(16);
        assertThat(image.<byte[]>getAs(5)[2]).isEqualTo(bytes[0]); // Spark's are BGR
        byte[] jpeg = stage().setOutputType("jpeg").transform(in).first().getAs("pixels");
        assertThat(PictureHeader.read(jpeg).width()).isEqualTo(6);
    }

    @Test
    void imageStructsAreTakenAsFilesAre() {
        Dataset<Row> in = frame(row("a", TestPictures.png(31, 17)));
        ImageChain chain = ImageChain.decode().resize(9, 9).order(ChannelOrder.BGR);
        Dataset<Row> structs =
                stage().setOutputCol("struct").setOutputType("image").transform(in);

        List<Float> direct = stage().setChain(chain).transform(in).first().getList(3);
        List<Float> twice = stage().setInputCol("struct")
                .setChain(chain)
                .transform(structs)
                .first()
                .getList(4);

        assertThat(twice).isEqualTo(direct);
    }

    @Test
    void picturesThatCannotBeUsedBecomeNullsWithTheReason() {
        byte[] jpeg = TestPictures.jpeg(300, 200);
        Dataset<Row> in = frame(
                row("good", jpeg),
                row("none", null),
                row("empty", new byte[0]),
                row("half", Arrays.copyOf(jpeg, jpeg.length / 2)),
                row("huge", TestPictures.promise(90_000, 90_000)),
                row("small", TestPictures.png(10, 10)));

        for (String output : List.of("array", "vector", "image", "bytes", "jpeg")) {
            Dataset<Row> out = stage().setChain(ImageChain.decode().centreCrop(20, 20))
                    .setOnError("null")
                    .setOutputType(output)
                    .transform(in);

            assertThat(out.columns()).endsWith("pixels", "imageError");
            List<String> reasons = new ArrayList<>();
            for (Row row : out.collectAsList()) {
                assertThat(row.isNullAt(3)).as(output).isEqualTo(!row.isNullAt(4));
                reasons.add(row.getString(4));
            }
            assertThat(reasons)
                    .containsExactly(
                            null,
                            "missing (null)",
                            "empty (0 bytes)",
                            "cut off before its end",
                            "too large (90000 × 90000 pixels, maxPixels is 64000000)",
                            "smaller than the crop (10 × 10 of 20 × 20; resize before)");
        }
        assertThat(stage().setOnError("null").setErrorCol("").transform(in).columns())
                .doesNotContain("imageError");
    }

    @Test
    void orEndTheJobAndNameThePicture() {
        Dataset<Row> in = frame(row("good.png", TestPictures.png(9, 9)), row("bad.png", new byte[0]));

        assertThatThrownBy(() -> stage().setIdCol("name").transform(in).collectAsList())
                .rootCause()
                .hasMessage("empty (0 bytes)");
        assertThatThrownBy(() -> stage().setIdCol("name").transform(in).collectAsList())
                .hasStackTraceContaining("picture \"bad.png\" cannot be used: empty (0 bytes). Repair or remove it");
        assertThatThrownBy(() -> stage().transform(in.coalesce(1)).collectAsList())
                .hasStackTraceContaining("picture in row 2 of partition 0 cannot be used");
    }

    @Test
    void whatIsRandomDoesNotDependOnPartitionsOrOrder() {
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            rows.add(row("p" + i, TestPictures.png(40 + i, 40)));
        }
        Dataset<Row> in = spark().createDataFrame(rows, SCHEMA);
        ImageTransformer stage = stage().setChain(
                        ImageChain.decode().randomCrop(16, 16).randomFlip().colourJitter(0.3, 0.3, 0.3))
                .setSeed(11);

        List<String> one = pixelsByName(stage.transform(in.coalesce(1)));
        List<String> many = pixelsByName(stage.transform(in.repartition(5).orderBy("name")));
        List<String> other =
                pixelsByName(stage.copy(ParamMap.empty()).setSeed(12).transform(in));

        assertThat(many).isEqualTo(one);
        assertThat(other).doesNotContainAnyElementsOf(one);
        // By id the same content differs, and the same id is the same.
        Dataset<Row> twins = frame(
                row("x", TestPictures.png(64, 64)),
                row("y", TestPictures.png(64, 64)),
                row("x", TestPictures.png(64, 64)));
        List<Row> byId = stage.setIdCol("name").transform(twins).collectAsList();
        assertThat(byId.get(0).getList(3)).isEqualTo(byId.get(2).getList(3));
        assertThat(byId.get(0).getList(3)).isNotEqualTo(byId.get(1).getList(3));
    }

    private static List<String> pixelsByName(Dataset<Row> out) {
        return out.collectAsList().stream()
                .map(row -> row.getString(0) + row.getList(3))
                .sorted()
                .collect(Collectors.toList());
    }

    @Test
    void aPipelineIsSavedAndLoadedWithItsChain(@TempDir Path folder) {
        ImageTransformer stage = stage().setChain(ImageChain.decode()
                        .resizeShorterSide(20)
                        .randomCrop(16, 16)
                        .scale(0, 1)
                        .normalise(new double[] {0.1, 0.2, 0.3}, new double[] {1, 2, 3}))
                .setBackend("imageio")
                .setOnError("null")
                .setOutputType("vector")
                .setSeed(77)
                .setMaxPixels(5000)
                .setQuality(33)
                .setSubsampling(false)
                .setIdCol("name");
        Dataset<Row> in = frame(row("a", TestPictures.png(30, 30)), row("b", TestPictures.png(80, 80)));
        PipelineModel model =
                new Pipeline().setStages(new PipelineStage[] {stage}).fit(in);
        String path = folder.resolve("pipeline").toString();

        assertThatNoIoException(() -> model.save(path));
        PipelineModel again = PipelineModel.load(path);

        ImageTransformer loaded = (ImageTransformer) again.stages()[0];
        assertThat(loaded.uid()).isEqualTo(stage.uid());
        assertThat(loaded.getChain()).isEqualTo(stage.getChain());
        assertThat(loaded.extractParamMap().toString())
                .isEqualTo(stage.extractParamMap().toString());
        assertThat(again.transform(in).collectAsList())
                .isEqualTo(model.transform(in).collectAsList());
        assertThat(again.transform(in).collectAsList().get(1).getString(4)).contains("maxPixels is 5000");
        assertThat(loaded.explainParams())
                .contains("chain: what is done to each picture")
                .contains("\"step\":\"randomCrop\"");
    }

    private interface Saving {
        void run() throws java.io.IOException;
    }

    private static void assertThatNoIoException(Saving saving) {
        try {
            saving.run();
        } catch (java.io.IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aCopyHasItsOwnParams() {
        ImageTransformer stage = stage().setSeed(1);
        ImageTransformer copy = stage.copy(new ParamMap().put(stage.seed().w(5L)));

        assertThat(copy.getSeed()).isEqualTo(5);
        assertThat(stage.getSeed()).isEqualTo(1);
        assertThat(copy.getInputCol()).isEqualTo("picture");
    }

    @Test
    void schemasThatDoNotFitAreToldBeforeAnythingRuns() {
        StructType schema = SCHEMA.add("pixels", DataTypes.IntegerType);

        assertThatThrownBy(() -> new ImageTransformer().transformSchema(schema))
                .hasMessageContaining("inputCol names the column \"image\", which is not there")
                .hasMessageContaining("picture");
        assertThatThrownBy(() -> stage().setInputCol("name").transformSchema(SCHEMA))
                .hasMessageContaining("column \"name\" is of type string, which is no picture");
        assertThatThrownBy(() -> stage().transformSchema(schema)).hasMessageContaining("a column \"pixels\" already");
        assertThatThrownBy(() -> stage().setIdCol("key").transformSchema(SCHEMA))
                .hasMessageContaining("idCol");
        assertThatThrownBy(() -> stage().setOutputType("jpeg")
                        .setChain(ImageChain.decode().scale(0, 1))
                        .transformSchema(SCHEMA))
                .hasMessageContaining("makes floats, which outputType \"jpeg\" cannot hold");
        assertThatThrownBy(() -> stage().setBackend("gd")).hasMessageContaining("backend must be one of");
        assertThatThrownBy(() -> stage().setQuality(0)).hasMessageContaining("quality must be 1 to 100, got 0");
    }
}
