package io.tfcluster.estimator.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tfcluster.estimator.ModelSpark;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(180)
class ImageCropperTest {

    private static final StructType BOX = new StructType()
            .add("classId", "int")
            .add("ymin", "float")
            .add("xmin", "float")
            .add("ymax", "float")
            .add("xmax", "float");
    private static final StructType SCHEMA =
            new StructType().add("name", "string").add("image", "binary").add("box", BOX);

    @RegisterExtension
    static final ModelSpark SPARK = new ModelSpark();

    private static SparkSession spark() {
        return SPARK.session();
    }

    private static Row box(double ymin, double xmin, double ymax, double xmax) {
        return RowFactory.create(1, (float) ymin, (float) xmin, (float) ymax, (float) xmax);
    }

    private static Dataset<Row> frame(Row... rows) {
        return spark().createDataFrame(Arrays.asList(rows), SCHEMA);
    }

    private static Pixels decoded(byte[] file) {
        return ImageIoBackend.INSTANCE.decode(file, PictureHeader.read(file), new DecodeLimits(1_000_000, 1));
    }

    private static Pixels pixels(Row image) {
        return new Pixels(image.getInt(2), image.getInt(1), image.getAs(5));
    }

    @Test
    void eachTypeOfOutputHoldsThePartOfTheBox() {
        byte[] png = TestPictures.png(40, 20);
        Dataset<Row> in = frame(RowFactory.create("a", png, box(0.25, 0.5, 0.75, 0.75)));
        Pixels part = decoded(png).crop(20, 5, 10, 10);
        ImageCropper stage = new ImageCropper().setIdCol("name").setBackend("imageio");

        Dataset<Row> out = stage.transform(in);

        assertThat(out.schema()).isEqualTo(stage.transformSchema(in.schema()));
        assertThat(out.columns()).containsExactly("name", "image", "box", "crop");
        Row image = out.first().getStruct(3);
        assertThat(image.getString(0)).isEqualTo("a");
        assertThat(pixels(image).bgr()).isEqualTo(part.bgr());
        byte[] jpeg = stage.setOutputType("jpeg")
                .setQuality(100)
                .transform(in)
                .first()
                .getAs("crop");
        assertThat(TestPictures.differences(decoded(jpeg), part)[0]).isGreaterThan(100);
        byte[] bytes = stage.setOutputType("bytes").transform(in).first().getAs("crop");
        assertThat(bytes).isEqualTo(FloatTable.bytes(part, ChannelOrder.RGB));
        assertThatThrownBy(() -> stage.setOutputType("array"))
                .hasMessageContaining("outputType must be one of [image, jpeg, bytes]");
    }

    @Test
    void imageStructsAndBoxesOfDoublesAreTakenToo() {
        byte[] png = TestPictures.png(40, 20);
        Dataset<Row> in = new ImageTransformer()
                .setOutputCol("struct")
                .setOutputType("image")
                .transform(frame(RowFactory.create("a", png, null)))
                .selectExpr("struct", "named_struct('xmin', 0D, 'xmax', 0.5D, 'ymin', 0D, 'ymax', 0.5D) as half");

        Row crop = new ImageCropper()
                .setInputCol("struct")
                .setBoxCol("half")
                .transform(in)
                .first()
                .getAs("crop");

        assertThat(pixels(crop).bgr()).isEqualTo(decoded(png).crop(0, 0, 20, 10).bgr());
    }

    @ParameterizedTest
    @CsvSource({
        // ymin, xmin, ymax, xmax, margin, then left, top, width and height of 40 × 20
        "0, 0, 1, 1, 0, 0, 0, 40, 20",
        "-0.5, -1, 0.5, 0.5, 0, 0, 0, 20, 10",
        "0.5, 0.5, 7, 1e30, 0, 20, 10, 20, 10",
        "0.25, 0.25, 0.75, 0.75, 0.1, 8, 4, 24, 12",
        "0.25, 0.25, 0.75, 0.75, 10, 0, 0, 40, 20",
        "0.5, 0.5, 0.5, 0.5, 0, 20, 10, 1, 1",
        "0.999, 0.999, 0.9999, 0.9999, 0, 39, 19, 1, 1",
        "0.001, 0.001, 0.002, 0.002, 0, 0, 0, 1, 1",
    })
    void boxesAreCutAtTheEdgesAndLeaveAPixelAtLeast(
            double ymin,
            double xmin,
            double ymax,
            double xmax,
            double margin,
            int left,
            int top,
            int width,
            int height) {
        Pixels whole = decoded(TestPictures.png(40, 20));

        Pixels part = new RelativeBox(ymin, xmin, ymax, xmax).cut(whole, margin);

        assertThat(part.width()).isEqualTo(width);
        assertThat(part.height()).isEqualTo(height);
        assertThat(part.bgr()).isEqualTo(whole.crop(left, top, width, height).bgr());
    }

    @Test
    void boxesThatAreNoneAndPicturesThatAreBrokenGetTheirReason() {
        byte[] png = TestPictures.png(40, 20);
        Dataset<Row> in = frame(
                RowFactory.create("good", png, box(0, 0, 1, 1)),
                RowFactory.create("beside", png, box(0.2, 1, 0.4, 1.5)),
                RowFactory.create("above", png, box(-0.2, 0, 0, 1)),
                RowFactory.create("inverted", png, box(0.6, 0, 0.4, 1)),
                RowFactory.create("nan", png, box(0, Double.NaN, 1, 1)),
                RowFactory.create("half", png, RowFactory.create(1, 0f, 0f, null, 1f)),
                RowFactory.create("empty", new byte[0], box(0, 0, 1, 1)),
                RowFactory.create("none", null, box(0, 0, 1, 1)));
        ImageCropper stage = new ImageCropper().setOnError("null");

        Dataset<Row> out = stage.transform(in);

        assertThat(out.schema()).isEqualTo(stage.transformSchema(in.schema()));
        List<String> reasons = new ArrayList<>();
        for (Row row : out.collectAsList()) {
            assertThat(row.isNullAt(3)).isEqualTo(!row.isNullAt(4));
            reasons.add(row.getString(4));
        }
        assertThat(reasons)
                .containsExactly(
                        null,
                        "its box [0.200, 1.000, 0.400, 1.500] lies outside of it (0 to 1 is within)",
                        "its box [-0.200, 0.000, 0.000, 1.000] lies outside of it (0 to 1 is within)",
                        "its box [0.600, 0.000, 0.400, 1.000] is inverted (ymin, xmin, ymax, xmax)",
                        "its box [0.000, NaN, 1.000, 1.000] has no numbers",
                        "its box [0.000, 0.000, NaN, 1.000] has no numbers",
                        "empty (0 bytes)",
                        "missing (null)");
        assertThatThrownBy(() -> new ImageCropper()
                        .setIdCol("name")
                        .transform(in.coalesce(1))
                        .collectAsList())
                .hasStackTraceContaining("picture \"beside\" cannot be used: its box [0.200, 1.000");
    }

    @Test
    void aPictureWithoutBoxIsTakenWholeOrLeftOutOrAnError() {
        byte[] png = TestPictures.png(40, 20);
        Dataset<Row> in = frame(RowFactory.create("a", png, null));
        ImageCropper stage = new ImageCropper().setOnError("null");

        assertThat(pixels(stage.transform(in).first().getStruct(3)).bgr())
                .isEqualTo(decoded(png).bgr());
        Row none = stage.setWithoutBox("null").transform(in).first();
        assertThat(none.isNullAt(3) && none.isNullAt(4)).isTrue();
        Row failed = stage.setWithoutBox("fail").transform(in).first();
        assertThat(failed.isNullAt(3)).isTrue();
        assertThat(failed.getString(4)).isEqualTo("without a box (null)");
        assertThatThrownBy(() -> stage.setOnError("fail").transform(in).collectAsList())
                .hasStackTraceContaining("cannot be used: without a box (null)");
    }

    @Test
    void picturesOfAllKindsAreCropped() {
        byte[] red = TestPictures.ink(0, 255, 0, 0, 255);
        byte[] deep = TestPictures.deepPng(20, 10, 0xFFFF, 0, 0);
        for (byte[] file : List.of(red, deep, TestPictures.animatedGif())) {
            Pixels crop = pixels(new ImageCropper()
                    .transform(frame(RowFactory.create("a", file, box(0.5, 0.5, 1, 1))))
                    .first()
                    .getStruct(3));
            assertThat(TestPictures.rgb(crop, 0, 0)[0]).isGreaterThan(240);
            assertThat(TestPictures.rgb(crop, 0, 0)[2]).isLessThan(15);
        }
    }

    @Test
    void aBoxIsMeantInTheUprightPicture() {
        byte[] jpeg = TestPictures.file(TestPictures.drawn(40, 20), "jpg");
        byte[] turned = TestPictures.withOrientation(jpeg, 6, true);

        Pixels crop = pixels(new ImageCropper()
                .setBackend("imageio")
                .transform(frame(RowFactory.create("a", turned, box(0, 0.5, 0.5, 1))))
                .first()
                .getStruct(3));

        assertThat(crop.width()).isEqualTo(10);
        assertThat(crop.height()).isEqualTo(20);
        assertThat(crop.bgr())
                .isEqualTo(decoded(jpeg).oriented(6).crop(10, 0, 10, 20).bgr());
    }

    @Test
    void columnsAreCheckedAndASavedStageIsTheSame(@TempDir Path folder) throws java.io.IOException {
        ImageCropper stage = new ImageCropper().setBoxCol("name");
        assertThatThrownBy(() -> stage.transformSchema(SCHEMA))
                .hasMessageContaining("boxCol \"name\" is of type string, which is no box");
        assertThatThrownBy(() -> stage.setBoxCol("bix").transformSchema(SCHEMA))
                .hasMessageContaining("boxCol names the column \"bix\", which is not there");
        assertThatThrownBy(() -> stage.setMargin(-0.1)).hasMessageContaining("margin must be 0.0 to 10.0");
        assertThatThrownBy(() -> stage.setWithoutBox("drop")).hasMessageContaining("[whole, null, fail]");

        stage.setBoxCol("box")
                .setMargin(0.25)
                .setOutputType("jpeg")
                .save(folder.resolve("stage").toString());
        ImageCropper loaded = ImageCropper.load(folder.resolve("stage").toString());

        assertThat(loaded.getMargin()).isEqualTo(0.25);
        assertThat(loaded.getOutputType()).isEqualTo("jpeg");
        assertThat(loaded.explainParams())
                .contains("what is made: image (Spark's struct), jpeg (a file), bytes (8 bits a channel");
    }
}
