package io.tfcluster;

import io.tfcluster.feeding.Column;
import java.math.BigDecimal;
import java.util.List;

/** Reads the cells of Spark's rows as the types of a feed's columns. */
final class Cells {
    private Cells() {}

    static IllegalArgumentException misfit(Column column, Object cell) {
        return new IllegalArgumentException("the feed wants " + column + ", the row holds a "
                + cell.getClass().getSimpleName() + "; cast the column before feeding");
    }

    static long integer(Column column, Object cell) {
        if (cell instanceof Long || cell instanceof Integer || cell instanceof Short || cell instanceof Byte) {
            return ((Number) cell).longValue();
        }
        throw misfit(column, cell);
    }

    static int int32(Column column, long value) {
        if (value != (int) value) {
            throw new IllegalArgumentException(
                    "the feed wants " + column + ", the row has " + value + ", which needs an INT64");
        }
        return (int) value;
    }

    static int uint8(Column column, long value) {
        if (value < 0 || value > 255) {
            throw new IllegalArgumentException(column + " holds values from 0 to 255, the row has " + value);
        }
        return (int) value;
    }

    static double number(Column column, Object cell) {
        if (cell instanceof Number number && !(cell instanceof BigDecimal)) {
            return number.doubleValue();
        }
        throw misfit(column, cell);
    }

    static boolean bool(Column column, Object cell) {
        if (cell instanceof Boolean value) {
            return value;
        }
        throw misfit(column, cell);
    }

    static String text(Column column, Object cell) {
        if (cell instanceof String value) {
            return value;
        }
        throw misfit(column, cell);
    }

    static byte[] bytes(Column column, Object cell) {
        List<?> cells = NestedCells.flat(column, cell);
        byte[] values = new byte[cells.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (byte) uint8(column, integer(column, cells.get(i)));
        }
        return values;
    }

    static int[] ints(Column column, Object cell) {
        if (cell instanceof int[] same) {
            return same;
        }
        List<?> cells = NestedCells.flat(column, cell);
        int[] values = new int[cells.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = int32(column, integer(column, cells.get(i)));
        }
        return values;
    }

    static long[] longs(Column column, Object cell) {
        if (cell instanceof long[] same) {
            return same;
        }
        List<?> cells = NestedCells.flat(column, cell);
        long[] values = new long[cells.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = integer(column, cells.get(i));
        }
        return values;
    }

    static float[] floats(Column column, Object cell) {
        if (cell instanceof float[] same) {
            return same;
        }
        double[] vector = VectorValues.of(cell);
        if (vector != null) {
            float[] values = new float[vector.length];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) vector[i];
            }
            return values;
        }
        List<?> cells = NestedCells.flat(column, cell);
        float[] values = new float[cells.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) number(column, cells.get(i));
        }
        return values;
    }

    static double[] doubles(Column column, Object cell) {
        if (cell instanceof double[] same) {
            return same;
        }
        double[] vector = VectorValues.of(cell);
        if (vector != null) {
            return vector;
        }
        List<?> cells = NestedCells.flat(column, cell);
        double[] values = new double[cells.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = number(column, cells.get(i));
        }
        return values;
    }

    static boolean[] booleans(Column column, Object cell) {
        if (cell instanceof boolean[] same) {
            return same;
        }
        List<?> cells = NestedCells.flat(column, cell);
        boolean[] values = new boolean[cells.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = bool(column, cells.get(i));
        }
        return values;
    }
}
