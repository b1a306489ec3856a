package io.tfcluster.estimator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.SavedModel;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.proto.TensorShapeProto;

@Timeout(120)
class BadInputTest {
    @RegisterExtension
    static final ModelSpark SPARK = new ModelSpark();

    @TempDir
    Path folder;

    private static Dataset<Row> rows(String... columns) {
        return SPARK.session().range(4).selectExpr(columns);
    }

    private TFModel sums() {
        return new TFModel()
                .setFrozenGraph(TestGraphs.sums(folder.resolve("g.pb"), 3).toString())
                .setOutputMapping(Map.of("sum", "total"));
    }

    @Test
    void aMissingColumnIsToldInATableWithTheNearestName() {
        TFModel model = sums().setInputMapping(Map.of("pixles", "x"));

        Throwable thrown = catchThrowable(() ->
                model.transformSchema(rows("id", "array(1f,2f,3f) as pixels").schema()));

        assertThat(thrown)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("does not fit the graph")
                .hasMessageContaining("! x")
                .hasMessageContaining("FLOAT32 [?, 3]")
                .hasMessageContaining("pixles: missing")
                .hasMessageContaining("did you mean \"pixels\"?");
        assertThat(thrown.getMessage().lines().skip(1).limit(2)).allMatch(line -> line.length() <= 80);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "array('a','b') as x | array<string> | it takes numbers",
                "cast(id as decimal(9,2)) as x | decimal(9,2) | cast(\"double\")",
                "id as x | bigint | a row must bring an array",
                "array(array(1f)) as x | array<array<float>> | arrays of depth 1",
                "map('a', 1) as x | map<string,int> | getItem(key)",
            })
    void aWrongTypeOrShapeIsToldWithBothSidesAndTheFix(String column, String has, String fix) {
        assertThatThrownBy(() -> sums().transformSchema(rows(column).schema()))
                .hasMessageContaining("FLOAT32 [?, 3]")
                .hasMessageContaining("x: " + has)
                .hasMessageContaining(fix);
    }

    @Test
    void arraysOfAnotherLengthNameTheRow() {
        Dataset<Row> rows = rows("case when id = 2 then array(1f) else array(1f,2f,3f) end as x")
                .coalesce(1);

        assertThatThrownBy(() -> sums().transform(rows).collectAsList())
                .hasStackTraceContaining(
                        "partition 0, row 2: column x has 1 values in this row, input x wants FLOAT32 [?, 3]");
    }

    @Test
    void nullsNameTheColumnAndTheRow() {
        Dataset<Row> cell =
                rows("case when id = 3 then null else array(1f,2f,3f) end as x").coalesce(1);
        Dataset<Row> within = rows("array(1f, if(id = 1, null, 2f), 3f) as x").coalesce(1);

        assertThatThrownBy(() -> sums().transform(cell).collectAsList())
                .hasStackTraceContaining("row 3: column x is null; drop such rows or fill them");
        assertThatThrownBy(() -> sums().transform(within).collectAsList())
                .hasStackTraceContaining("row 1: element 1 of an array of column x is null");
    }

    @Test
    void valuesOutOfRangeAreNoSilentWraparound() {
        TFModel model = new TFModel()
                .setFrozenGraph(TestGraphs.write(
                                folder.resolve("u8.pb"),
                                tf -> tf.withName("out")
                                        .identity(TestGraphs.in(tf, "x", org.tensorflow.types.TUint8.class, -1)))
                        .toString())
                .setOutputMapping(Map.of("out", "y"));

        assertThatThrownBy(
                        () -> model.transform(rows("id + 254 as x").coalesce(1)).collectAsList())
                .hasStackTraceContaining("row 2: column x has 256, but UINT8 goes from 0 to 255");
    }

    @Test
    void sparseVectorsOfTheWrongLengthAreRefused() {
        Dataset<Row> rows = SPARK.session()
                .createDataFrame(
                        List.of(RowFactory.create(Vectors.sparse(4, new int[] {1}, new double[] {5}))),
                        new StructType().add("x", SQLDataTypes.VectorType()));

        assertThatThrownBy(() -> sums().transform(rows).collectAsList())
                .hasStackTraceContaining("column x has 4 values");
    }

    @Test
    void unknownTensorsOutputsAndColumnsListTheNearest() {
        StructType good = rows("array(1f,2f,3f) as x").schema();

        assertThatThrownBy(() -> sums().setOutputMapping(Map.of("twise", "t")).transformSchema(good))
                .hasMessageContaining("no tensor \"twise\"")
                .hasMessageContaining("did you mean \"twice\"");
        assertThatThrownBy(() -> sums().setOutputMapping(Map.of("twice:3", "t")).transformSchema(good))
                .hasMessageContaining("has 1 outputs");
        assertThatThrownBy(() -> sums().setOutputCols("totl").transformSchema(good))
                .hasMessageContaining("did you mean \"total\"");
        assertThatThrownBy(() -> sums().setVectorCols("totals").transformSchema(good))
                .hasMessageContaining("did you mean \"total\"");
        assertThatThrownBy(() -> sums().setOutputMapping(Map.of("sum", "x")).transformSchema(good))
                .hasMessageContaining("would be there twice");
        assertThatThrownBy(() -> sums().setOutputMapping(Map.of("total", "t")).transformSchema(good))
                .hasMessageContaining("one value for all rows of a batch");
        assertThatThrownBy(() -> new TFModel().transformSchema(good)).hasMessageContaining("set exportDir");
    }

    @Test
    void foldersWithoutAWholeModelSayWhatIsWrong() throws IOException {
        Path empty = Files.createDirectory(folder.resolve("empty"));
        Path half = Files.createDirectories(folder.resolve("half/variables"));
        signed(folder.resolve("half"));
        Files.write(half.resolve("variables.data-00000-of-00002"), new byte[3]);
        Path versions = Files.createDirectories(folder.resolve("versions/v1"));
        signed(versions);
        Path damaged = Files.createDirectory(folder.resolve("damaged"));
        Files.write(damaged.resolve("saved_model.pb"), new byte[] {10, 120, 3});
        Path cut = Files.createDirectory(folder.resolve("cut"));
        Files.createFile(cut.resolve("saved_model.pb"));

        assertThatThrownBy(() -> at(folder.resolve("nowhere"))).hasMessageContaining("there is no such folder");
        assertThatThrownBy(() -> at(empty)).hasMessageContaining("the folder is empty");
        assertThatThrownBy(() -> at(folder.resolve("half")))
                .hasMessageContaining("only half there")
                .hasMessageContaining("variables/variables.data-00001-of-00002")
                .hasMessageContaining("variables/variables.index");
        assertThatThrownBy(() -> at(folder.resolve("versions"))).hasMessageContaining("there is one in its folder v1");
        assertThatThrownBy(() -> at(damaged)).hasMessageContaining("is damaged or no SavedModel");
        assertThatThrownBy(() -> at(cut)).hasMessageContaining("the export was cut off");
    }

    @Test
    void unknownSignaturesAndTagsListWhatThereIs() throws IOException {
        Path model = Files.createDirectory(folder.resolve("signed"));
        signed(model);

        assertThatThrownBy(() -> new TFModel()
                        .setExportDir(model.toString())
                        .setSignatureDefKey("serving_defualt")
                        .transformSchema(new StructType()))
                .hasMessageContaining("it has [other, serving_default]")
                .hasMessageContaining("did you mean \"serving_default\"");
        assertThatThrownBy(() -> new TFModel()
                        .setExportDir(model.toString())
                        .setTagSet("serve, gpu")
                        .transformSchema(new StructType()))
                .hasMessageContaining("no graph tagged [serve, gpu]")
                .hasMessageContaining("[[serve]]");
    }

    private static void at(Path model) {
        new TFModel().setExportDir(model.toString()).transformSchema(new StructType());
    }

    private static void signed(Path model) throws IOException {
        TensorInfo x = TensorInfo.newBuilder()
                .setName("x:0")
                .setDtypeValue(1)
                .setTensorShape(TensorShapeProto.newBuilder()
                        .addDim(TensorShapeProto.Dim.newBuilder().setSize(-1)))
                .build();
        SignatureDef signature =
                SignatureDef.newBuilder().putInputs("x", x).putOutputs("y", x).build();
        SavedModel.Builder saved = SavedModel.newBuilder()
                .addMetaGraphs(MetaGraphDef.newBuilder()
                        .setMetaInfoDef(MetaGraphDef.MetaInfoDef.newBuilder().addTags("serve"))
                        .putSignatureDef("serving_default", signature)
                        .putSignatureDef("other", signature));
        Files.write(model.resolve("saved_model.pb"), saved.build().toByteArray());
    }
}
