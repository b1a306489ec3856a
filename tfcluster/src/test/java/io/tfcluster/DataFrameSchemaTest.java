package io.tfcluster;

import static io.tfcluster.FrameCells.seq;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tfcluster.feeding.FeedSchema;
import java.util.List;
import java.util.Map;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.mllib.linalg.VectorUDT;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(120)
final class DataFrameSchemaTest {
    @RegisterExtension
    static final LocalSpark SPARK = new LocalSpark();

    private static Dataset<Row> frame(StructType data, Row... rows) {
        return SPARK.session().createDataFrame(List.of(rows), data);
    }

    private static Dataset<Row> array(Object first) {
        return frame(
                new StructType().add("w", DataTypes.createArrayType(DataTypes.createArrayType(DataTypes.FloatType))),
                RowFactory.create(first));
    }

    @Test
    void scalarsTextAndBytesFollowFromTheTypes() {
        Dataset<Row> rows = SPARK.session()
                .sql("select cast(1 as byte) a, cast(1 as short) b, 1 c, 1L d, cast(1 as float) e, 1D f, true g, 'x' h,"
                        + " cast('x' as binary) i");

        assertThat(DataFrameSchema.derive(rows, Map.of()))
                .isEqualTo(FeedSchema.builder()
                        .int32("a")
                        .int32("b")
                        .int32("c")
                        .int64("d")
                        .float32("e")
                        .float64("f")
                        .bool("g")
                        .string("h")
                        .binary("i")
                        .build());
    }

    @Test
    void lengthsAreThoseOfTheFirstRow() {
        Dataset<Row> rows = frame(
                new StructType()
                        .add("image", FrameCells.IMAGE)
                        .add("vector", FrameCells.VECTOR)
                        .add("old", new VectorUDT())
                        .add("flat", DataTypes.createArrayType(DataTypes.LongType))
                        .add("nested", DataTypes.createArrayType(DataTypes.createArrayType(DataTypes.FloatType))),
                RowFactory.create(
                        FrameCells.image(4, 5, 3, new byte[60]),
                        Vectors.sparse(7, new int[] {1}, new double[] {1}),
                        org.apache.spark.mllib.linalg.Vectors.dense(1, 2),
                        seq(1L, 2L, 3L),
                        seq(seq(1f, 2f), seq(3f, 4f), seq(5f, 6f))));

        assertThat(DataFrameSchema.derive(rows, Map.of()))
                .isEqualTo(FeedSchema.builder()
                        .uint8("image", 4, 5, 3)
                        .float64("vector", 7)
                        .float64("old", 2)
                        .int64("flat", 3)
                        .float32("nested", 3, 2)
                        .build());
    }

    @Test
    void whatSparkMlHasNotedOnAVectorNeedsNoRow() {
        Dataset<Row> rows = new VectorAssembler()
                .setInputCols(new String[] {"id", "other"})
                .setOutputCol("features")
                .transform(SPARK.session().range(0).selectExpr("id", "id as other"));

        assertThat(DataFrameSchema.derive(rows, Map.of("features", "x", "id", "y")))
                .isEqualTo(FeedSchema.builder().int64("y").float64("x", 2).build());
    }

    @Test
    void everyColumnThatCannotBeFedIsNamedWithTheCastToMake() {
        Dataset<Row> rows = SPARK.session()
                .sql("select 1.5BD price, current_date() day, current_timestamp() time, map('a', 1) tags,"
                        + " named_struct('x', 1) point, array('a') words, null nothing, 1 good");

        assertThatThrownBy(() -> DataFrameSchema.derive(rows, Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll(
                        "price is of type decimal(2,1): col(\"price\").cast(\"double\")",
                        "day is of type date: expr(\"unix_date(day)\")",
                        "time is of type timestamp: col(\"time\").cast(\"double\")",
                        "tags is of type map<string,int>: col(\"tags\").getItem(key)",
                        "point is of type struct<x:int>: select its fields, point.*",
                        "words is of type array<string>: cast its elements",
                        "nothing is of type void")
                .hasMessageNotContaining("good");
    }

    @Test
    void mappingsThatCannotBeAreNamed() {
        Dataset<Row> rows = SPARK.session().sql("select 1 a, 2 b");

        assertThatThrownBy(() -> DataFrameSchema.derive(rows, Map.of("a", "x", "b", "x", "c", "y")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a and b are both mapped to x")
                .hasMessageContaining("c is in the input mapping, but not in the DataFrame, which has [a, b]");
        assertThatThrownBy(() -> DataFrameSchema.derive(rows.selectExpr("a", "b as a"), Map.of()))
                .hasMessageContaining("a comes twice");
    }

    @Test
    void aFirstRowThatShowsNoShapeIsRefused() {
        assertThatThrownBy(() -> DataFrameSchema.derive(array(null), Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("column w is null in the first row")
                .hasMessageContaining("FeedSchema.builder()");
        assertThatThrownBy(() -> DataFrameSchema.derive(array(seq()), Map.of()))
                .hasMessageContaining("column w is empty in the first row");
        assertThatThrownBy(() -> DataFrameSchema.derive(array(seq(seq(1f), (Object) null)), Map.of()))
                .hasMessageContaining("column w holds a null in the first row");
        assertThatThrownBy(() -> DataFrameSchema.derive(array(seq(seq(1f), seq(1f, 2f))), Map.of()))
                .hasMessageContaining("column w holds arrays of different lengths, [1] and [2] in the first row");
        assertThatThrownBy(() -> DataFrameSchema.derive(array(seq()).limit(0), Map.of()))
                .hasMessageContaining("no row to see the lengths of [w] from");
        assertThatThrownBy(() -> DataFrameSchema.derive(
                        frame(
                                new StructType().add("image", FrameCells.IMAGE),
                                RowFactory.create(RowFactory.create("o", 1, 1, 3, -1, new byte[3]))),
                        Map.of()))
                .hasMessageContaining("OpenCV's mode -1");
    }
}
