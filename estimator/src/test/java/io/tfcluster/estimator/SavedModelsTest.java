package io.tfcluster.estimator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.DataInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** SavedModels that other people's programs exported: Keras of three generations, Estimators, tf.Module, ML.NET's and Serving's tests. */
@Timeout(240)
class SavedModelsTest {
    @RegisterExtension
    static final ModelSpark SPARK = new ModelSpark();

    @BeforeEach
    void needsTheData() {
        assumeTrue(
                Files.isDirectory(ModelSpark.data("savedmodels")),
                "skipped: ../shared/data/savedmodels is not beside this checkout");
    }

    private static TFModel model(String name) {
        return new TFModel()
                .setExportDir(ModelSpark.data("savedmodels").resolve(name).toString());
    }

    private static Dataset<Row> rows(String... columns) {
        return SPARK.session().range(0, 5, 1, 1).selectExpr(columns);
    }

    private static List<Object> column(Dataset<Row> rows, String name) {
        return rows.select(name).collectAsList().stream().map(row -> row.get(0)).toList();
    }

    private static List<Float> firsts(Dataset<Row> rows, String name) {
        return rows.select(name).collectAsList().stream()
                .map(row -> row.<Float>getList(0).get(0))
                .toList();
    }

    @ParameterizedTest
    @CsvSource({"keras_mnist_aakanshi", "mnist_vanhai", "mnist_praths_2shards"})
    void mnistModelsRecogniseOver96Percent(String name) throws IOException {
        TFModel model = model(name);
        ModelInfo info = ModelInfo.of(model, SPARK.session().sparkContext().hadoopConfiguration());
        String input = info.inputs().keySet().iterator().next();
        model.setInputMapping(Map.of("pixels", input))
                .setPredictionCol("prediction")
                .setKeepInputs(true);

        Dataset<Row> out = model.transform(mnist());

        long right = out.filter("prediction = label").count();
        assertThat(right / 10_000.0).isGreaterThan(0.96);
    }

    private static Dataset<Row> mnist() throws IOException {
        List<Row> rows = new ArrayList<>();
        try (DataInputStream images = open("t10k-images-idx3-ubyte.gz");
                DataInputStream labels = open("t10k-labels-idx1-ubyte.gz")) {
            images.skipNBytes(16);
            labels.skipNBytes(8);
            for (int i = 0; i < 10_000; i++) {
                byte[] bytes = images.readNBytes(784);
                float[] pixels = new float[784];
                for (int j = 0; j < 784; j++) {
                    pixels[j] = (bytes[j] & 0xFF) / 255f;
                }
                rows.add(RowFactory.create(pixels, (double) labels.readUnsignedByte()));
            }
        }
        StructType schema = new StructType()
                .add("pixels", DataTypes.createArrayType(DataTypes.FloatType, false))
                .add("label", DataTypes.DoubleType);
        return SPARK.session().createDataFrame(rows, schema).repartition(2);
    }

    private static DataInputStream open(String name) throws IOException {
        return new DataInputStream(new GZIPInputStream(
                Files.newInputStream(ModelSpark.data("mnist").resolve(name))));
    }

    @ParameterizedTest
    @CsvSource({"java_half_plus_two", "serving_half_plus_two_cpu"})
    void halfPlusTwoTakesANumberWhereOneOfOneIsWanted(String name) {
        assertThat(firsts(model(name).transform(rows("cast(id as double) as x")), "y"))
                .containsExactly(2f, 2.5f, 3f, 3.5f, 4f);
    }

    @Test
    void halfPlusTwoOfTensorFlow2RunsRowByRowAsItsShapeSays() {
        assertThat(column(model("serving_half_plus_two_tf2_cpu").transform(rows("cast(id as double) as x")), "y"))
                .containsExactly(2f, 2.5f, 3f, 3.5f, 4f);
    }

    @Test
    void tensorsThatNoSignatureNamesAreFetchedAndFedByName() {
        TFModel model = model("serving_half_plus_two_cpu")
                .setInputMapping(Map.of("number", "x:0"))
                .setOutputMapping(Map.of("y2:0", "three_more"));

        Dataset<Row> out = model.transform(rows("cast(id as float) as number"));

        assertThat(firsts(out, "three_more")).containsExactly(3f, 3.5f, 4f, 4.5f, 5f);
    }

    @Test
    void serializedExamplesGoIn() {
        byte[] example = org.tensorflow.proto.Example.newBuilder()
                .setFeatures(org.tensorflow.proto.Features.newBuilder()
                        .putFeature(
                                "x",
                                org.tensorflow.proto.Feature.newBuilder()
                                        .setFloatList(org.tensorflow.proto.FloatList.newBuilder()
                                                .addValue(8f))
                                        .build()))
                .build()
                .toByteArray();
        Dataset<Row> rows = SPARK.session()
                .createDataFrame(
                        List.of(RowFactory.create((Object) example)), new StructType().add("inputs", "binary"));

        assertThat(firsts(
                        model("serving_half_plus_two_cpu")
                                .setSignatureDefKey("regress_x_to_y")
                                .transform(rows),
                        "outputs"))
                .containsExactly(6f);
    }

    @Test
    void scalarsOfTfModuleRunOneByOneWithSeveralInputsAndOutputs() {
        Dataset<Row> out = model("tfjs_model_multi_output").transform(rows("id as x", "10 as y"));

        assertThat(out.schema().simpleString()).endsWith("output_0:int,output_1:int>");
        List<Row> all = out.collectAsList();
        assertThat(all).hasSize(5);
        for (Row row : all) {
            assertThat(row.getInt(2)).as("%s", row).isEqualTo(2 * (int) row.getLong(0));
            assertThat(row.getInt(3)).as("%s", row).isEqualTo(row.getInt(1));
        }
    }

    @Test
    void signaturesAreChosenByKey() {
        TFModel model = model("tfjs_module_with_multiple_signatures").setSignatureDefKey("timestwo");

        assertThat(column(model.transform(rows("cast(id as float) as x")), "output_0"))
                .containsExactly(0f, 2f, 4f, 6f, 8f);
    }

    @Test
    void int64AndUint8AreMultiplied() {
        Dataset<Row> int64 = model("tfjs_int64_multiply").transform(rows("array(id, id + 1) as x"));
        Dataset<Row> uint8 = model("tfjs_uint8_multiply").transform(rows("array(id + 200) as x"));

        assertThat(int64.schema().apply("output_0").dataType())
                .isEqualTo(DataTypes.createArrayType(DataTypes.LongType, false));
        List<Row> all = int64.collectAsList();
        for (long i = 0; i < 5; i++) {
            assertThat(all.get((int) i).<Long>getList(1)).containsExactly(6 * i, 6 * (i + 1));
        }
        assertThat(uint8.schema().apply("output_0").dataType())
                .isEqualTo(DataTypes.createArrayType(DataTypes.IntegerType, false));
        List<Row> small = uint8.collectAsList();
        for (int i = 0; i < 5; i++) {
            assertThat(small.get(i).<Integer>getList(1)).containsExactly(6 * (i + 200));
        }
        assertThatThrownBy(() -> model("tfjs_uint8_multiply")
                        .transform(rows("array(id + 252) as x"))
                        .collectAsList())
                .hasStackTraceContaining("column x has 256, but UINT8 goes from 0 to 255");
        assertThat(column(model("tfjs_int64_multiply").transform(rows("id as x")), "output_0"))
                .as("one value a row fills up a batch of two")
                .containsExactly(0L, 6L, 12L, 18L, 24L);
    }

    @Test
    void stringsGoInAndOut() {
        Map<String, String> outputs = new LinkedHashMap<>();
        outputs.put("Original_A", "same");
        TFModel model = model("mlnet_model_string_test").setOutputMapping(outputs);

        Dataset<Row> out = model.transform(rows("array('left', concat('right', id)) as A", "'b' as B"));

        List<Row> all = out.collectAsList();
        for (int i = 0; i < 5; i++) {
            assertThat(all.get(i).<String>getList(2)).containsExactly("left", "right" + i);
        }
    }

    @Test
    void aModelThatJoinsTheWholeBatchAnswersTheWrongNumberUnlessRowsGoOneByOne() {
        Dataset<Row> rows = rows("array('left', concat('right', id)) as A", "'x y' as B");
        TFModel model = model("mlnet_model_string_test").setOutputMapping(Map.of("Joined_Splited_Text", "joined"));

        assertThatThrownBy(() -> model.transform(rows).collectAsList())
                .hasStackTraceContaining("answered 1 rows of output Joined_Splited_Text to 5 rows of input");
        assertThat(model.copy(new org.apache.spark.ml.param.ParamMap())
                        .setBatchSize(1)
                        .transform(rows)
                        .collectAsList()
                        .get(4)
                        .<String>getList(2))
                .containsExactly("x y");
    }

    @Test
    void allTypesOfNumbersGoThroughOneModel() {
        TFModel model = model("mlnet_model_types_test");
        ModelInfo info = ModelInfo.of(model, SPARK.session().sparkContext().hadoopConfiguration());
        String[] columns = info.inputs().values().stream()
                .map(spec -> spec.type() == TensorType.BOOL
                        ? "array(true, id > 2) as `" + spec.name() + "`"
                        : "array(id, id + 1) as `" + spec.name() + "`")
                .toArray(String[]::new);

        Dataset<Row> out = model.transform(rows(columns));

        List<Row> all = out.collectAsList();
        assertThat(info.outputs()).hasSizeGreaterThan(5);
        for (String name : info.outputs().keySet()) {
            List<Object> cell = all.get(3).getList(all.get(3).fieldIndex(name));
            if (info.outputs().get(name).type() == TensorType.BOOL) {
                assertThat(cell).as(name).containsExactly(true, true);
            } else {
                assertThat(cell.stream().map(v -> ((Number) v).intValue()))
                        .as(name)
                        .containsExactly(3, 4);
            }
        }
    }

    @Test
    void unknownShapesAreTheColumnsOwn() {
        Dataset<Row> out = model("java_python_saved")
                .setSignatureDefKey("add")
                .transform(rows("cast(id as float) as a", "1f as b"));

        assertThat(firsts(out, "output_0")).containsExactly(1f, 2f, 3f, 4f, 5f);
    }

    @Test
    void aTrainSignatureAndOneWithoutInputsRunRowByRow() {
        Dataset<Row> trained = model("rust_regression_example")
                .setSignatureDefKey("train")
                .setBatchSize(1)
                .transform(rows("cast(id as float) as x", "cast(2 * id as float) as y"));
        Dataset<Row> weight =
                model("rust_regression_example").setSignatureDefKey("w").transform(rows("id"));

        assertThat(column(trained, "loss")).hasSize(5).allMatch(loss -> Float.isFinite((float) loss));
        assertThat(firsts(weight, "output")).hasSize(5);
        assertThatThrownBy(() -> model("rust_regression_example")
                        .setSignatureDefKey("train")
                        .transform(rows("1f as x", "2f as y")))
                .hasMessageContaining("one value for all rows of a batch");
    }

    @Test
    void base64PicturesBecomeClasses() throws IOException {
        byte[] jpeg = Files.readAllBytes(ModelSpark.data("photos").resolve("owl.jpg"));
        String web = Base64.getUrlEncoder().withoutPadding().encodeToString(jpeg);
        Dataset<Row> rows = SPARK.session()
                .createDataFrame(
                        List.of(RowFactory.create(web), RowFactory.create(web)),
                        new StructType().add("images", "string"));

        Row first = model("sts_deep_image_b64").transform(rows).head();

        List<Float> softmax = first.getList(first.fieldIndex("softmax"));
        assertThat(softmax).hasSize(17);
        assertThat(softmax.stream().mapToDouble(p -> p).sum()).isBetween(0.999, 1.001);
        assertThat(softmax.indexOf(softmax.stream().max(Float::compare).orElseThrow()))
                .isEqualTo((int) first.<Long>getAs("prediction").longValue());
        assertThat(web.getBytes(StandardCharsets.US_ASCII)).isNotEmpty();
    }

    @Test
    void halfPlusThreeTakesScalars() {
        assertThat(column(model("serving_half_plus_three").transform(rows("cast(id as float) as x")), "y"))
                .containsExactly(3f, 3.5f, 4f, 4.5f, 5f);
    }

    @Test
    void aModelForAnotherDeviceSaysWhyItCannotBeLoaded() {
        Path path = ModelSpark.data("savedmodels").resolve("serving_half_plus_two_gpu");

        assertThatThrownBy(() -> model("serving_half_plus_two_gpu")
                        .transform(rows("cast(id as float) as x"))
                        .collectAsList())
                .hasStackTraceContaining("cannot load SavedModel file:" + path)
                .hasStackTraceContaining("explicitly assigned to /device:GPU:0")
                .hasStackTraceContaining("export it without device names");
    }
}
