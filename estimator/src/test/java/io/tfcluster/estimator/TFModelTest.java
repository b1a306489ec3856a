package io.tfcluster.estimator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.ml.evaluation.MulticlassClassificationEvaluator;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import scala.collection.JavaConverters;

@Timeout(120)
class TFModelTest {
    @RegisterExtension
    static final ModelSpark SPARK = new ModelSpark();

    @TempDir
    static Path folder;

    private static Dataset<Row> rows(int count, int partitions) {
        return SPARK.session()
                .range(0, count, 1, partitions)
                .selectExpr(
                        "id",
                        "array(cast(id as float), cast(1 as float), cast(2 as float)) as x",
                        "cast(id as string) as name");
    }

    private static TFModel sums() {
        Path file = TestGraphs.sums(folder.resolve("sums.pb"), 3);
        return new TFModel().setFrozenGraph(file.toString()).setOutputMapping(Map.of("sum", "total"));
    }

    @Test
    void inputsAreKeptInOrderAndOutputsAppendedAcrossBatchesWithAShortLastOne() {
        TFModel model = sums().setBatchSize(7);

        Dataset<Row> out = model.transform(rows(100, 3));

        assertThat(out.columns()).containsExactly("id", "x", "name", "total");
        assertThat(out.schema()).isEqualTo(model.transformSchema(rows(1, 1).schema()));
        List<Row> all = out.orderBy("id").collectAsList();
        assertThat(all).hasSize(100);
        for (int i = 0; i < 100; i++) {
            assertThat(all.get(i).getLong(0)).isEqualTo(i);
            assertThat(all.get(i).<Float>getList(1)).containsExactly((float) i, 1f, 2f);
            assertThat(all.get(i).getString(2)).isEqualTo("" + i);
            assertThat(all.get(i).getFloat(3)).isEqualTo(i + 3f);
        }
    }

    @Test
    void outputsCanBeSelectedAndInputsLeftOut() {
        Map<String, String> outputs = new LinkedHashMap<>();
        outputs.put("sum", "a");
        outputs.put("twice:0", "b");
        TFModel model = sums().setOutputMapping(outputs).setKeepInputs(false).setOutputCols("b");

        List<Row> all = model.transform(rows(5, 1)).collectAsList();

        assertThat(all.get(4).schema().simpleString()).isEqualTo("struct<b:array<float>>");
        assertThat(all.get(4).<Float>getList(0)).containsExactly(8f, 2f, 4f);
    }

    @Test
    void transformedRowsJoinWithThemselvesFilterAndCount() {
        Dataset<Row> out = sums().transform(rows(20, 2));

        Dataset<Row> joined = out.as("l").join(out.as("r"), functions.expr("l.id = r.id and l.total = r.total"));

        assertThat(joined.count()).isEqualTo(20);
        assertThat(out.filter("total > 10").select("id").count()).isEqualTo(12);
        assertThat(sums().setOutputMapping(Map.of("twice", "t2"))
                        .transform(out)
                        .select("t2", "id")
                        .count())
                .isEqualTo(20);
    }

    @Test
    void predictionsProbabilitiesAndLabelsAreWhatEvaluatorsRead() {
        TFModel model = sums().setOutputMapping(Map.of("twice", "logits"))
                .setScoresAreLogits(true)
                .setRawPredictionCol("raw")
                .setProbabilityCol("probability")
                .setPredictionCol("prediction")
                .setLabels("a", "b", "c");

        Dataset<Row> out = model.transform(rows(10, 2))
                .withColumn("label", functions.expr("cast(case when id > 1 then 0 else 2 end as double)"));

        Row five = out.filter("id = 5").head();
        assertThat(five.<Double>getAs("prediction")).isEqualTo(0d);
        assertThat(five.<String>getAs("predictedLabel")).isEqualTo("a");
        assertThat(five.<Vector>getAs("raw").toArray()).containsExactly(10, 2, 4);
        double[] probability = five.<Vector>getAs("probability").toArray();
        assertThat(probability[0] + probability[1] + probability[2]).isCloseTo(1, within(1e-9));
        assertThat(probability[0] / probability[2]).isCloseTo(Math.exp(6), within(1e-6));
        assertThat(new MulticlassClassificationEvaluator()
                        .setMetricName("accuracy")
                        .evaluate(out))
                .isEqualTo(1.0);
        assertThat(new MulticlassClassificationEvaluator()
                        .setMetricName("logLoss")
                        .evaluate(out))
                .isLessThan(0.7);
    }

    @Test
    void everyTypeGoesInAndComesOut() {
        StructType schema = new StructType()
                .add("float", DataTypes.DoubleType)
                .add("double", DataTypes.createArrayType(DataTypes.IntegerType))
                .add("int", DataTypes.ShortType)
                .add("long", DataTypes.createArrayType(DataTypes.createArrayType(DataTypes.LongType)))
                .add("bool", DataTypes.BooleanType)
                .add("string", DataTypes.StringType)
                .add("bytes", DataTypes.BinaryType)
                .add("strings", DataTypes.createArrayType(DataTypes.StringType))
                .add("uint8", DataTypes.BinaryType)
                .add("half", DataTypes.FloatType);
        String longText = "a text longer than the twenty-two bytes that TensorFlow keeps inline: äöü";
        List<Row> data = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            data.add(RowFactory.create(
                    i + 0.5,
                    new Integer[] {i, i + 1, i + 2},
                    (short) -i,
                    new Long[][] {{1L, 2L}, {3L, (long) i}},
                    i % 2 == 0,
                    i == 3 ? "" : longText + i,
                    new byte[] {(byte) 0xFF, 0, (byte) i},
                    new String[] {"left", longText + i},
                    new byte[] {1, (byte) 200, (byte) i},
                    (float) i));
        }
        Map<String, String> outputs = new LinkedHashMap<>();
        for (String name : schema.fieldNames()) {
            outputs.put("out_" + name, "o_" + name);
        }
        TFModel model = new TFModel()
                .setFrozenGraph(TestGraphs.types(folder.resolve("types.pb")).toString())
                .setOutputMapping(outputs)
                .setBinaryCols("o_bytes")
                .setVectorCols("o_double")
                .setBatchSize(4);

        Dataset<Row> out =
                model.transform(SPARK.session().createDataFrame(data, schema).coalesce(1));

        assertThat(out.schema().fieldNames()).hasSize(20);
        DataType vector = SQLDataTypes.VectorType();
        assertThat(List.of(out.schema().fields()).subList(10, 20).stream()
                        .map(f -> f.dataType())
                        .toList())
                .containsExactly(
                        DataTypes.FloatType,
                        vector,
                        DataTypes.IntegerType,
                        DataTypes.createArrayType(DataTypes.createArrayType(DataTypes.LongType, false), false),
                        DataTypes.BooleanType,
                        DataTypes.StringType,
                        DataTypes.BinaryType,
                        DataTypes.createArrayType(DataTypes.StringType, false),
                        DataTypes.createArrayType(DataTypes.ShortType, false),
                        DataTypes.FloatType);
        List<Row> all = out.collectAsList();
        for (int i = 0; i < 9; i++) {
            Row row = all.get(i);
            assertThat(row.<Float>getAs("o_float")).isEqualTo(i + 0.5f);
            assertThat(row.<Vector>getAs("o_double")).isEqualTo(Vectors.dense(i, i + 1, i + 2));
            assertThat(row.<Integer>getAs("o_int")).isEqualTo(-i);
            List<?> nested = JavaConverters.seqAsJavaList(row.getSeq(row.fieldIndex("o_long")));
            assertThat(nested.toString()).contains("1, 2").contains("3, " + i);
            assertThat(row.<Boolean>getAs("o_bool")).isEqualTo(i % 2 == 0);
            assertThat(row.<String>getAs("o_string")).isEqualTo(i == 3 ? "" : longText + i);
            assertThat(row.<byte[]>getAs("o_bytes")).containsExactly(0xFF, 0, i);
            assertThat(row.<String>getList(row.fieldIndex("o_strings"))).containsExactly("left", longText + i);
            assertThat(row.<Short>getList(row.fieldIndex("o_uint8")))
                    .containsExactly((short) 1, (short) 200, (short) i);
            assertThat(row.<Float>getAs("o_half")).isEqualTo(i);
        }
    }

    @Test
    void vectorsDenseAndSparseFillFloats() {
        Dataset<Row> assembled = new VectorAssembler()
                .setInputCols(new String[] {"id", "zero", "one"})
                .setOutputCol("x")
                .transform(SPARK.session().range(10).selectExpr("id", "0D as zero", "1D as one"));
        StructType sparse = new StructType().add("x", SQLDataTypes.VectorType());
        Dataset<Row> given = SPARK.session()
                .createDataFrame(
                        List.of(RowFactory.create(Vectors.sparse(3, new int[] {1}, new double[] {5}))), sparse);

        List<Row> dense = sums().transform(assembled).orderBy("id").collectAsList();

        assertThat(dense.get(9).<Float>getAs("total")).isEqualTo(10f);
        assertThat(sums().transform(given).head().<Float>getAs("total")).isEqualTo(5f);
    }

    @Test
    void aSecondJobAndAllTasksLoadTheModelOnce() {
        Path file = TestGraphs.sums(folder.resolve("once.pb"), 3);
        TFModel model = new TFModel().setFrozenGraph(file.toString()).setOutputMapping(Map.of("sum", "total"));
        long before = ModelCache.ofProcess().loads();

        for (int job = 0; job < 3; job++) {
            assertThat(model.copy(new org.apache.spark.ml.param.ParamMap())
                            .transform(rows(200, 8))
                            .filter("total >= 3")
                            .count())
                    .isEqualTo(200);
        }

        assertThat(ModelCache.ofProcess().loads() - before).isEqualTo(1);
    }

    @Test
    void tenModelsInTurnStayWithinTheCachesLimit() {
        for (int i = 0; i < 10; i++) {
            Path file = TestGraphs.sums(folder.resolve("turn" + i + ".pb"), 3);
            new TFModel()
                    .setFrozenGraph(file.toString())
                    .setOutputMapping(Map.of("sum", "total"))
                    .transform(rows(10, 2))
                    .count();
            new TFModel()
                    .setFrozenGraph(file.toString())
                    .setOutputMapping(Map.of("sum", "total"))
                    .transform(rows(10, 2))
                    .collectAsList();
            assertThat(ModelCache.ofProcess().size()).isLessThanOrEqualTo(4);
        }

        assertThat(ModelCache.ofProcess().evictions()).isGreaterThanOrEqualTo(6);
    }

    @Test
    void aModelThatAnswersAnotherNumberOfRowsIsAnErrorWithBothNumbersThePartitionAndTheRows() {
        TFModel model = sums().setOutputMapping(Map.of("half_rows", "h")).setBatchSize(8);

        assertThatThrownBy(() -> model.transform(rows(8, 1)).collectAsList())
                .rootCause()
                .hasMessageContaining("answered 1 rows of output half_rows to 8 rows of input");
        assertThatThrownBy(() -> model.transform(rows(8, 1)).collectAsList())
                .hasStackTraceContaining("partition 0, rows 0 to 7")
                .hasStackTraceContaining("sums.pb");
    }

    @Test
    void anEmptyDataFrameHasTheColumnsAndLoadsNothing() {
        Dataset<Row> out = sums().transform(rows(0, 2));

        assertThat(out.collectAsList()).isEmpty();
        assertThat(out.columns()).contains("total");
    }

    @Test
    void paramsExplainThemselvesAndRefuseBadValues() {
        TFModel model = new TFModel();

        assertThat(model.explainParams()).contains("batchSize").contains("default: 128");
        for (var param : model.params()) {
            assertThat(param.doc()).isNotBlank();
        }
        assertThatThrownBy(() -> model.setBatchSize(0)).hasMessage("batchSize must be 1 or more, got 0");
        assertThatThrownBy(() -> model.setInputMapping(Map.of("a", "x", "b", "x")))
                .hasMessageContaining("no target twice");
        assertThat(model.inputMapping().jsonDecode(model.inputMapping().jsonEncode(Map.of("a", "x:0"))))
                .isEqualTo(Map.of("a", "x:0"));
    }
}
