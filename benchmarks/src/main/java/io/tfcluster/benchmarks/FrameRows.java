package io.tfcluster.benchmarks;

import io.tfcluster.feeding.FeedSchema;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Binary rows of one kind, as a DataFrame's partition would give them; some of them, again and again, where all would be too many.
 *
 * @param rowBytes bytes of the values of one row
 */
record FrameRows(String name, StructType data, FeedSchema feed, int rowBytes, int count, List<InternalRow> rows) {
    private static final int DISTINCT_BYTES = 64 << 20;

    static List<FrameRows> kinds(int divisor) {
        StructType small = new StructType();
        FeedSchema.Builder smallFeed = FeedSchema.builder();
        for (int i = 0; i < 4; i++) {
            small = small.add("f" + i, DataTypes.FloatType);
            smallFeed.float32("f" + i);
        }
        return List.of(
                of("small", small, smallFeed, 16, 200_000 / divisor, random ->
                        new Object[] {random.nextFloat(), random.nextFloat(), random.nextFloat(), random.nextFloat()}),
                of(
                        "floats784",
                        new StructType().add("pixels", DataTypes.createArrayType(DataTypes.FloatType, false)),
                        FeedSchema.builder().float32("pixels", 784),
                        784 * 4,
                        20_000 / divisor,
                        random -> {
                            float[] pixels = new float[784];
                            for (int i = 0; i < pixels.length; i++) {
                                pixels[i] = random.nextFloat();
                            }
                            return new Object[] {UnsafeArrayData.fromPrimitiveArray(pixels)};
                        }),
                of(
                        "images",
                        new StructType().add("image", DataTypes.BinaryType),
                        FeedSchema.builder().uint8("image", 224, 224, 3),
                        150_528,
                        2_000 / divisor,
                        random -> bytes(random, 150_528)),
                of(
                        "jpeg",
                        new StructType().add("image", DataTypes.BinaryType),
                        FeedSchema.builder().binary("image"),
                        18_000,
                        20_000 / divisor,
                        random -> bytes(random, 18_000)));
    }

    private static Object[] bytes(Random random, int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return new Object[] {bytes};
    }

    /** Adds a label to each row and brings it into Spark's binary form. */
    private static FrameRows of(
            String name,
            StructType data,
            FeedSchema.Builder feed,
            int bytes,
            int count,
            Function<Random, Object[]> values) {
        StructType labelled = data.add("label", DataTypes.LongType);
        int rowBytes = bytes + Long.BYTES;
        Random random = new Random(7);
        UnsafeProjection projection = UnsafeProjection.create(labelled);
        List<InternalRow> rows = new ArrayList<>();
        for (int i = Math.min(count, DISTINCT_BYTES / rowBytes); i > 0; i--) {
            Object[] cells = new Object[labelled.size()];
            Object[] given = values.apply(random);
            System.arraycopy(given, 0, cells, 0, given.length);
            cells[given.length] = random.nextLong();
            rows.add(projection.apply(new GenericInternalRow(cells)).copy());
        }
        return new FrameRows(name, labelled, feed.int64("label").build(), rowBytes, count, rows);
    }

    Iterator<InternalRow> iterator() {
        return new Iterator<>() {
            private int next;

            @Override
            public boolean hasNext() {
                return next < count;
            }

            @Override
            @SuppressWarnings("IteratorNextException") // asked for as many as there are
            public InternalRow next() {
                return rows.get(next++ % rows.size());
            }
        };
    }
}
