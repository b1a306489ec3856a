package io.tfcluster.feeding;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

final class RowWriterTest {
    private static final FeedSchema IMAGE =
            FeedSchema.builder().uint8("image", 96, 96, 3).int64("label").build();

    private static BlockBuilder<Integer> builder(FeedSchema schema, RowEncoder<Integer> encoder) {
        return new BlockBuilder<>(
                new FeedPartition("train", 1, 4, 0), schema, encoder, 1 << 20, 1000, Integer.MAX_VALUE);
    }

    private static void fails(FeedSchema schema, RowEncoder<Integer> encoder, String... texts) {
        BlockBuilder<Integer> builder = builder(schema, encoder);
        assertThatThrownBy(() -> builder.add(1))
                .isInstanceOf(FeedException.class)
                .hasMessageContaining("row 0 of feed train, epoch 1, partition 4")
                .hasMessageContainingAll(texts)
                .hasRootCauseInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aCellWithTheWrongNumberOfValuesIsNamedWithBothNumbers() {
        fails(
                IMAGE,
                (row, out) -> out.putBytes(new byte[1200]).putLong(1),
                "column image wants 27648 values of type UINT8 (96x96x3), found 1200 values");
    }

    @Test
    void nullsAreNamed() {
        fails(IMAGE, (row, out) -> out.putBytes((byte[]) null).putLong(1), "column image", "found null");
        fails(
                FeedSchema.builder().string("text").build(),
                (row, out) -> out.putString(null),
                "column text wants a text (STRING), found null");
    }

    @Test
    void wrongTypesMissingAndExtraCellsAreNamed() {
        fails(
                IMAGE,
                (row, out) -> out.putFloats(new float[27_648]),
                "UINT8 (96x96x3), found 27648 values of type FLOAT32");
        fails(IMAGE, (row, out) -> out.putBytes(new byte[27_648]), "the first without a value is label INT64");
        fails(
                IMAGE,
                (row, out) -> out.putBytes(new byte[27_648]).putLong(1).putLong(2),
                "more cells than the feed's 2 columns");
        fails(FeedSchema.builder().uint8("byte").build(), (row, out) -> out.putInt(256), "found the value 256");
        fails(
                FeedSchema.builder().binary("b").build(),
                (row, out) -> out.putString("x"),
                "bytes of any length (BINARY)");
    }

    @Test
    void anEncodersOwnErrorKeepsItsCause() {
        BlockBuilder<Integer> builder = builder(IMAGE, (row, out) -> {
            throw new UnsupportedOperationException("no such picture");
        });
        assertThatThrownBy(() -> builder.add(1))
                .hasMessageContaining("no such picture")
                .hasCauseInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void everyTypeIsReadBackAsItWasWritten() {
        FeedSchema schema = FeedSchema.builder()
                .uint8("u", 2)
                .int32("i", 20)
                .int64("l", 20)
                .float32("f", 2, 10)
                .float64("d", 20)
                .bool("b", 2)
                .string("s")
                .binary("bytes")
                .int32("i0")
                .float64("d0")
                .bool("b0")
                .build();
        BlockBuilder<Integer> builder = builder(schema, (row, out) -> {
            int[] ints = new int[20];
            long[] longs = new long[20];
            float[] floats = new float[20];
            double[] doubles = new double[20];
            ints[19] = longs.length + row;
            longs[19] = -row;
            floats[19] = 0.5f * row;
            doubles[19] = -0.25 * row;
            out.putBytes(new byte[] {(byte) 200, 1})
                    .putInts(ints)
                    .putLongs(longs)
                    .putFloats(floats)
                    .putDoubles(doubles);
            out.putBooleans(new boolean[] {false, true}).putString("grün" + row).putBytes(ByteBuffer.allocate(row));
            out.putInt(row).putDouble(row).putBoolean(row % 2 == 0);
        });
        for (int i = 0; i < 5; i++) {
            builder.add(i);
        }

        Object[] cells = ResultCells.of(Block.of(schema, 0, 5, payload(builder)), 4);

        assertThat((byte[]) cells[0]).containsExactly(200, 1);
        assertThat(((int[]) cells[1])[19]).isEqualTo(24);
        assertThat(((long[]) cells[2])[19]).isEqualTo(-4);
        assertThat(((float[]) cells[3])[19]).isEqualTo(2f);
        assertThat(((double[]) cells[4])[19]).isEqualTo(-1.0);
        assertThat((boolean[]) cells[5]).containsExactly(false, true);
        assertThat(cells[6]).isEqualTo("grün4");
        assertThat((byte[]) cells[7]).hasSize(4);
        assertThat(cells).endsWith(4, 4.0, true);
    }

    @Test
    void theMemoryOfACellCanBeFilledByTheCaller() {
        FeedSchema schema = FeedSchema.builder()
                .float32("f", 2)
                .string("s")
                .binary("b")
                .uint8("u", 3)
                .build();
        BlockBuilder<Integer> builder = builder(schema, (row, out) -> {
            out.cell(ColumnType.FLOAT32, 2).putFloat(row).putFloat(0.5f);
            out.cell(ColumnType.STRING, 1 + row).put("x".repeat(1 + row).getBytes(UTF_8));
            out.cell(ColumnType.BINARY, row).put(new byte[row]);
            out.cell(ColumnType.UINT8, 3).put(ByteBuffer.wrap(new byte[] {1, 2, row.byteValue()}));
        });
        for (int i = 0; i < 300; i++) {
            builder.add(i);
        }

        Object[] cells = ResultCells.of(Block.of(schema, 0, 300, payload(builder)), 255);

        assertThat((float[]) cells[0]).containsExactly(255f, 0.5f);
        assertThat(cells[1]).isEqualTo("x".repeat(256));
        assertThat((byte[]) cells[2]).hasSize(255);
        assertThat((byte[]) cells[3]).containsExactly(1, 2, 255);
    }

    @Test
    void memoryOfACellThatIsNotFilledOrOverfilledIsNamed() {
        FeedSchema schema = FeedSchema.builder().float32("f", 2).string("s").build();

        fails(
                schema,
                (row, out) -> {
                    out.cell(ColumnType.FLOAT32, 2).putFloat(1);
                    out.putString("x");
                },
                "column f FLOAT32 2 was filled with -4 bytes more");
        fails(
                schema,
                (row, out) -> {
                    out.putFloats(new float[2]);
                    out.cell(ColumnType.STRING, 1).put(new byte[3]);
                },
                "column s STRING was filled with 2 bytes more");
        fails(schema, (row, out) -> out.cell(ColumnType.FLOAT32, 3), "wants 2 values of type FLOAT32, found 3 values");
        fails(schema, (row, out) -> out.cell(ColumnType.STRING, 3), "found a value of type STRING with 3 bytes");
    }

    @Test
    void aRowThatFailsLeavesNothingInTheBlock() {
        FeedSchema schema =
                FeedSchema.builder().int32("i", 2).string("s").int64("l").build();
        BlockBuilder<Integer> builder = builder(schema, (row, out) -> {
            out.putInts(new int[] {row, row}).putString("s" + row);
            if (row % 2 == 1) {
                throw new IllegalArgumentException("odd");
            }
            out.putLong(row);
        });
        for (int i = 0; i < 5; i++) {
            int row = i;
            if (i % 2 == 1) {
                assertThatThrownBy(() -> builder.add(row)).hasMessageContaining("odd");
            } else {
                builder.add(row);
            }
        }

        Object[] cells = ResultCells.of(Block.of(schema, 0, 3, payload(builder)), 2);

        assertThat((int[]) cells[0]).containsExactly(4, 4);
        assertThat(cells[1]).isEqualTo("s4");
        assertThat(cells[2]).isEqualTo(4L);
    }

    private static ByteBuffer payload(BlockBuilder<?> builder) {
        ByteBuffer payload = ByteBuffer.allocate(builder.bytes());
        builder.parts().forEach(payload::put);
        return payload.flip();
    }

    @Test
    void schemasThatCannotBeAreRefused() {
        assertThatThrownBy(() -> FeedSchema.builder().build()).hasMessageContaining("at least one column");
        assertThatThrownBy(() -> FeedSchema.builder().int64("a").int32("a").build())
                .hasMessageContaining("two columns are called a");
        assertThatThrownBy(() -> FeedSchema.builder().uint8("a", 0)).hasMessageContaining("1 or more, got [0]");
        assertThatThrownBy(() -> FeedSchema.builder().column("a", ColumnType.STRING, 3))
                .hasMessageContaining("shape [3]");
        assertThatThrownBy(() -> FeedSchema.builder().uint8("a", 1 << 20, 1 << 20))
                .hasMessageContaining("2 GiB");
        assertThatThrownBy(() -> IMAGE.column("lable")).hasMessageContaining("it has image, label");
    }
}
