package io.tfcluster;

import io.tfcluster.feeding.ColumnType;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.jspecify.annotations.Nullable;

/** A column of some type, its cells, and the feed column that it fills. */
record RandomColumn(Random random, DataType type, ColumnType target, List<Long> shape, Supplier<Object> cells) {
    private static final List<DataType> NUMBERS = List.of(
            DataTypes.ByteType,
            DataTypes.ShortType,
            DataTypes.IntegerType,
            DataTypes.LongType,
            DataTypes.FloatType,
            DataTypes.DoubleType);

    Object cell() {
        return cells.get();
    }

    /** Returns a cell that cannot be fed: null, or of a wrong length where there is one. */
    @Nullable
    Object badCell() {
        if (shape.isEmpty() || random.nextBoolean()) {
            return null;
        }
        int length = (int) (shape.stream().reduce(1L, (a, b) -> a * b) + 1);
        if (type.equals(FrameCells.VECTOR)) {
            return Vectors.zeros(length);
        } else if (type.equals(FrameCells.IMAGE)) {
            return FrameCells.image((int) (shape.get(0) + 1), 3, 3, new byte[length]);
        } else if (type.equals(DataTypes.BinaryType)) {
            return new byte[length];
        }
        return FrameCells.seq();
    }

    static RandomColumn of(Random random) {
        return switch (random.nextInt(8)) {
            case 0 -> new RandomColumn(random, DataTypes.StringType, ColumnType.STRING, List.of(), () -> text(random));
            case 1 ->
                new RandomColumn(
                        random,
                        DataTypes.BinaryType,
                        ColumnType.BINARY,
                        List.of(),
                        () -> bytes(random, random.nextInt(50)));
            case 2 -> {
                int n = random.nextInt(1, 30);
                yield new RandomColumn(
                        random, DataTypes.BinaryType, ColumnType.UINT8, dims(n, 2), () -> bytes(random, 2 * n));
            }
            case 3 -> vector(random);
            case 4 -> {
                int n = random.nextInt(1, 9);
                yield new RandomColumn(
                        random,
                        FrameCells.IMAGE,
                        ColumnType.UINT8,
                        dims(n, 3, 3),
                        () -> FrameCells.image(n, 3, 3, bytes(random, 9 * n)));
            }
            case 5 -> shaped(random, DataTypes.BooleanType, ColumnType.BOOL, random::nextBoolean);
            default -> number(random);
        };
    }

    private static List<Long> dims(long... sizes) {
        return Arrays.stream(sizes).boxed().toList();
    }

    private static RandomColumn vector(Random random) {
        int n = random.nextInt(1, 150);
        return new RandomColumn(
                random,
                FrameCells.VECTOR,
                random.nextBoolean() ? ColumnType.FLOAT32 : ColumnType.FLOAT64,
                dims(n),
                () -> random.nextBoolean()
                        ? Vectors.dense(random.doubles(n).toArray())
                        : Vectors.sparse(n, new int[] {random.nextInt(n)}, new double[] {random.nextGaussian()}));
    }

    private static RandomColumn number(Random random) {
        int kind = random.nextInt(NUMBERS.size());
        boolean whole = kind < 4;
        List<ColumnType> targets = whole
                ? List.of(ColumnType.UINT8, ColumnType.INT32, ColumnType.INT64, ColumnType.FLOAT32, ColumnType.FLOAT64)
                : List.of(ColumnType.FLOAT32, ColumnType.FLOAT64);
        ColumnType target = targets.get(random.nextInt(targets.size()));
        long bound = target == ColumnType.UINT8 ? 0 : Integer.MIN_VALUE;
        return shaped(random, NUMBERS.get(kind), target, () -> switch (kind) {
            case 0 -> (byte) Math.max(bound, random.nextInt(-128, 128));
            case 1 -> target == ColumnType.UINT8 ? (short) random.nextInt(256) : (short) random.nextInt();
            case 2 -> target == ColumnType.UINT8 ? random.nextInt(256) : random.nextInt();
            case 3 ->
                switch (target) {
                    case UINT8 -> (long) random.nextInt(256);
                    case INT32 -> (long) random.nextInt();
                    default -> random.nextLong();
                };
            case 4 -> (float) random.nextGaussian();
            default -> random.nextGaussian();
        });
    }

    private static RandomColumn shaped(Random random, DataType element, ColumnType target, Supplier<Object> value) {
        DataType array = DataTypes.createArrayType(element);
        int n = random.nextInt(1, 140);
        int m = random.nextInt(1, 4);
        return switch (random.nextInt(4)) {
            case 0 -> new RandomColumn(random, element, target, List.of(), value);
            case 1 -> new RandomColumn(random, array, target, dims(n), () -> many(n, value));
            case 2 -> new RandomColumn(random, array, target, dims(m, n), () -> many(n * m, value));
            default ->
                new RandomColumn(
                        random,
                        DataTypes.createArrayType(array),
                        target,
                        dims(m, n),
                        () -> many(m, () -> many(n, value)));
        };
    }

    private static Object many(int count, Supplier<Object> value) {
        Object[] values = new Object[count];
        Arrays.setAll(values, i -> value.get());
        return FrameCells.seq(values);
    }

    private static String text(Random random) {
        return random.ints(random.nextInt(20), 'a', 0x2fff)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    private static byte[] bytes(Random random, int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }
}
