package io.tfcluster;

import static io.tfcluster.FrameCells.IMAGE;
import static io.tfcluster.FrameCells.VECTOR;
import static io.tfcluster.FrameCells.image;
import static io.tfcluster.FrameCells.seq;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.atIndex;

import io.tfcluster.feeding.FeedException;
import io.tfcluster.feeding.FeedSchema;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class InternalRowEncoderTest {
    private static StructType of(DataType... types) {
        StructType data = new StructType();
        for (int i = 0; i < types.length; i++) {
            data = data.add("c" + i, types[i]);
        }
        return data;
    }

    private static DataType array(DataType element) {
        return DataTypes.createArrayType(element);
    }

    private static List<InternalRow> forms(StructType data, Row row) {
        InternalRow generic = FrameCells.generic(data, row);
        var binary = FrameCells.projection(data).apply(generic).copy();
        return List.of(generic, binary, FrameCells.elsewhere(binary));
    }

    private static ByteBuffer encoded(FeedSchema schema, StructType data, Row row) {
        List<ByteBuffer> results = forms(data, row).stream()
                .map(form -> FrameCells.encodeOne(schema, FrameCells.encoder(schema, data), form))
                .toList();
        assertThat(results).allMatch(results.get(0)::equals);
        return results.get(0);
    }

    private static void fails(FeedSchema schema, StructType data, Row row, String... texts) {
        for (InternalRow form : forms(data, row)) {
            assertThatThrownBy(() -> FrameCells.encodeOne(schema, FrameCells.encoder(schema, data), form))
                    .isInstanceOf(FeedException.class)
                    .hasMessageContaining("row 0 of feed train, epoch 0, partition 3")
                    .hasMessageContainingAll(texts)
                    .hasRootCauseInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void scalarsAreWrittenAsTheColumnsWant() {
        StructType data = of(
                DataTypes.ByteType,
                DataTypes.ShortType,
                DataTypes.IntegerType,
                DataTypes.LongType,
                DataTypes.LongType,
                DataTypes.FloatType,
                DataTypes.DoubleType,
                DataTypes.FloatType,
                DataTypes.BooleanType);
        FeedSchema schema = FeedSchema.builder()
                .int32("c0")
                .int64("c1")
                .uint8("c2")
                .int32("c3")
                .int64("c4")
                .float32("c5")
                .float32("c6")
                .float64("c7")
                .bool("c8")
                .build();

        ByteBuffer cells = encoded(
                schema,
                data,
                RowFactory.create((byte) -3, (short) -4, 200, -5L, Long.MIN_VALUE, 0.1f, 0.25, 0.5f, true));

        assertThat(cells.getInt()).isEqualTo(-3);
        assertThat(cells.getLong()).isEqualTo(-4);
        assertThat(cells.get()).isEqualTo((byte) 200);
        assertThat(cells.getInt()).isEqualTo(-5);
        assertThat(cells.getLong()).isEqualTo(Long.MIN_VALUE);
        assertThat(cells.getFloat()).isEqualTo(0.1f);
        assertThat(cells.getFloat()).isEqualTo(0.25f);
        assertThat(cells.getDouble()).isEqualTo(0.5);
        assertThat(cells.get()).isEqualTo((byte) 1);
        assertThat(cells.hasRemaining()).isFalse();
    }

    @Test
    void textAndBytesKeepEveryByte() {
        StructType data = of(DataTypes.StringType, DataTypes.BinaryType, DataTypes.BinaryType);
        FeedSchema schema =
                FeedSchema.builder().string("c0").binary("c1").uint8("c2", 2, 2).build();

        ByteBuffer cells = encoded(schema, data, RowFactory.create("grün", new byte[] {9, 8}, new byte[] {1, 2, 3, 4}));

        byte[] text = new byte[5];
        assertThat(cells.getInt()).isZero();
        assertThat(cells.getInt()).isEqualTo(5);
        cells.get(text);
        assertThat(new String(text, UTF_8)).isEqualTo("grün");
        assertThat(cells.getInt()).isZero();
        assertThat(cells.getInt()).isEqualTo(2);
        assertThat(cells.getShort()).isEqualTo((short) 0x0809);
        assertThat(cells.getInt()).isEqualTo(0x04030201);
        assertThat(cells.hasRemaining()).isFalse();
    }

    @Test
    void arraysVectorsAndImagesAreFlatAndRowMajor() {
        StructType data = of(array(array(DataTypes.FloatType)), array(DataTypes.ShortType), VECTOR, VECTOR, IMAGE);
        FeedSchema schema = FeedSchema.builder()
                .float32("c0", 2, 2)
                .int64("c1", 2, 1)
                .float32("c2", 2)
                .float64("c3", 3)
                .uint8("c4", 1, 2, 3)
                .build();

        ByteBuffer cells = encoded(
                schema,
                data,
                RowFactory.create(
                        seq(seq(1f, 2f), seq(3f, 4f)),
                        seq((short) 5, (short) 6),
                        Vectors.dense(7, 8),
                        Vectors.sparse(3, new int[] {1}, new double[] {9}),
                        image(1, 2, 3, new byte[] {1, 2, 3, 4, 5, 6})));

        for (float wanted : new float[] {1, 2, 3, 4}) {
            assertThat(cells.getFloat()).isEqualTo(wanted);
        }
        assertThat(cells.getLong()).isEqualTo(5);
        assertThat(cells.getLong()).isEqualTo(6);
        assertThat(cells.getFloat()).isEqualTo(7);
        assertThat(cells.getFloat()).isEqualTo(8);
        assertThat(cells.getDouble()).isZero();
        assertThat(cells.getDouble()).isEqualTo(9);
        assertThat(cells.getDouble()).isZero();
        assertThat(cells.getInt()).isEqualTo(0x04030201);
        assertThat(cells.getShort()).isEqualTo((short) 0x0605);
        assertThat(cells.hasRemaining()).isFalse();
    }

    @Test
    void aSparseVectorShowsNothingOfTheBlockBefore() {
        int size = 5_000; // more than half a block
        double[] ones = new double[size];
        Arrays.fill(ones, 1);
        StructType data = of(VECTOR);
        FeedSchema schema = FeedSchema.builder().float64("c0", size).build();
        List<InternalRow> rows = List.of(
                FrameCells.generic(data, RowFactory.create(Vectors.dense(ones))),
                FrameCells.generic(data, RowFactory.create(Vectors.sparse(size, new int[] {3}, new double[] {2}))));

        ByteBuffer blocks = ByteBuffer.wrap(
                        FrameCells.encode(schema, FrameCells.encoder(schema, data), rows.iterator()))
                .order(ByteOrder.LITTLE_ENDIAN);

        double[] sparse = new double[size];
        blocks.slice(4 + 8 * size + 4, 8 * size)
                .order(ByteOrder.LITTLE_ENDIAN)
                .asDoubleBuffer()
                .get(sparse);
        assertThat(sparse).contains(2, atIndex(3));
        assertThat(Arrays.stream(sparse).sum()).isEqualTo(2);
    }

    @Test
    void nullsAreNamedWhereverTheyAre() {
        fails(
                FeedSchema.builder().int32("label").build(),
                of(DataTypes.IntegerType),
                RowFactory.create((Object) null),
                "column label is null");
        fails(
                FeedSchema.builder().float32("w", 3).build(),
                of(array(DataTypes.FloatType)),
                RowFactory.create(seq(1f, 2f, null)),
                "element 2 of column w is null");
        fails(
                FeedSchema.builder().float32("w", 2, 1).build(),
                of(array(array(DataTypes.FloatType))),
                RowFactory.create(seq(seq(1f), null)),
                "array 1 of column w is null");
        fails(
                FeedSchema.builder().uint8("image", 1, 1, 3).build(),
                of(IMAGE),
                RowFactory.create(RowFactory.create("o", 1, 1, 3, 16, null)),
                "column image",
                "without height, width");
    }

    @Test
    void anArrayAfterALongOneWithManyNullBitsIsReadCorrectly() {
        Object[] values = new Object[130];
        for (int i = 0; i < values.length; i++) {
            values[i] = (double) i;
        }
        FeedSchema schema = FeedSchema.builder().float64("w", 130).build();
        StructType data = of(array(DataTypes.DoubleType));

        assertThat(encoded(schema, data, RowFactory.create(seq(values))).getDouble(8 * 129))
                .isEqualTo(129);
        values[129] = null;
        fails(schema, data, RowFactory.create(seq(values)), "element 129 of column w is null");
    }

    @Test
    void wrongLengthsAreNamedWithBothNumbers() {
        fails(
                FeedSchema.builder().float32("w", 4).build(),
                of(array(DataTypes.FloatType)),
                RowFactory.create(seq(1f, 2f)),
                "column w wants 4 values of type FLOAT32, found 2 values");
        fails(
                FeedSchema.builder().float32("w", 2, 2).build(),
                of(array(array(DataTypes.FloatType))),
                RowFactory.create(seq(seq(1f, 2f), seq(3f))),
                "column w FLOAT32 2x2 wants",
                "2 values in each array of level 2, found 1");
        fails(
                FeedSchema.builder().float32("w", 4).build(),
                of(VECTOR),
                RowFactory.create(Vectors.dense(1, 2)),
                "column w wants 4 values of type FLOAT32, found 2 values");
        fails(
                FeedSchema.builder().float32("w", 4).build(),
                of(VECTOR),
                RowFactory.create(Vectors.sparse(5, new int[] {1}, new double[] {9})),
                "column w wants 4 values of type FLOAT32, found 5 values");
        fails(
                FeedSchema.builder().uint8("image", 2, 2).build(),
                of(DataTypes.BinaryType),
                RowFactory.create((Object) new byte[5]),
                "column image wants 4 values of type UINT8 (2x2), found 5 values");
    }

    @Test
    void imagesOfAnotherSizeOrModeAreNamed() {
        FeedSchema schema = FeedSchema.builder().uint8("image", 2, 2, 3).build();

        fails(
                schema,
                of(IMAGE),
                RowFactory.create(image(2, 3, 3, new byte[18])),
                "column image wants an image of 2x2x3, found 2x3x3");
        fails(schema, of(IMAGE), RowFactory.create(image(3, 2, 3, new byte[18])), "2x2x3, found 3x2x3");
        fails(schema, of(IMAGE), RowFactory.create(image(2, 2, 1, new byte[4])), "2x2x3, found 2x2x1");
        fails(
                schema,
                of(IMAGE),
                RowFactory.create(RowFactory.create("o", 2, 2, 3, 21, new byte[48])),
                "OpenCV's mode 21");
        fails(
                schema,
                of(IMAGE),
                RowFactory.create(image(2, 2, 3, new byte[11])),
                "column image wants 12 values of type UINT8 (2x2x3), found 11 values");
    }

    @Test
    void numbersThatDoNotFitAreNamed() {
        fails(
                FeedSchema.builder().int32("label").build(),
                of(DataTypes.LongType),
                RowFactory.create(1L << 40),
                "label INT32",
                "1099511627776",
                "INT64");
        fails(
                FeedSchema.builder().uint8("pixels", 2).build(),
                of(array(DataTypes.ByteType)),
                RowFactory.create(seq((byte) 1, (byte) -1)),
                "pixels UINT8 2 holds values from 0 to 255, the row has -1");
    }
}
