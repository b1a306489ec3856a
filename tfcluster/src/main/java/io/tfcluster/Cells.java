package io.tfcluster;

import io.tfcluster.feeding.Column;
import java.lang.reflect.Array;
import java.math.BigDecimal;
import java.util.Collection;
import java.util.function.IntFunction;
import scala.collection.JavaConverters;
import scala.collection.Seq;

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
        IntFunction<Object> cells = cells(column, cell);
        byte[] values = new byte[length(cell)];
        for (int i = 0; i < values.length; i++) {
            long value = integer(column, cells.apply(i));
            if (value < 0 || value > 255) {
                throw new IllegalArgumentException(column + " holds values from 0 to 255, the row has " + value);
            }
            values[i] = (byte) value;
        }
        return values;
    }

    static int[] ints(Column column, Object cell) {
        if (cell instanceof int[] same) {
            return same;
        }
        IntFunction<Object> cells = cells(column, cell);
        int[] values = new int[length(cell)];
        for (int i = 0; i < values.length; i++) {
            values[i] = Math.toIntExact(integer(column, cells.apply(i)));
        }
        return values;
    }

    static long[] longs(Column column, Object cell) {
        if (cell instanceof long[] same) {
            return same;
        }
        IntFunction<Object> cells = cells(column, cell);
        long[] values = new long[length(cell)];
        for (int i = 0; i < values.length; i++) {
            values[i] = integer(column, cells.apply(i));
        }
        return values;
    }

    static float[] floats(Column column, Object cell) {
        if (cell instanceof float[] same) {
            return same;
        }
        IntFunction<Object> cells = cells(column, cell);
        float[] values = new float[length(cell)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) number(column, cells.apply(i));
        }
        return values;
    }

    static double[] doubles(Column column, Object cell) {
        if (cell instanceof double[] same) {
            return same;
        }
        IntFunction<Object> cells = cells(column, cell);
        double[] values = new double[length(cell)];
        for (int i = 0; i < values.length; i++) {
            values[i] = number(column, cells.apply(i));
        }
        return values;
    }

    static boolean[] booleans(Column column, Object cell) {
        if (cell instanceof boolean[] same) {
            return same;
        }
        IntFunction<Object> cells = cells(column, cell);
        boolean[] values = new boolean[length(cell)];
        for (int i = 0; i < values.length; i++) {
            values[i] = bool(column, cells.apply(i));
        }
        return values;
    }

    private static int length(Object cell) {
        if (cell instanceof Seq<?> seq) {
            return seq.length();
        }
        return cell instanceof Collection<?> collection ? collection.size() : Array.getLength(cell);
    }

    private static IntFunction<Object> cells(Column column, Object cell) {
        if (cell instanceof Seq<?> seq) {
            return nonNull(column, JavaConverters.seqAsJavaList(seq)::get);
        }
        if (cell instanceof java.util.List<?> list) {
            return nonNull(column, list::get);
        }
        if (cell.getClass().isArray()) {
            return nonNull(column, i -> Array.get(cell, i));
        }
        throw misfit(column, cell);
    }

    private static IntFunction<Object> nonNull(Column column, IntFunction<?> cells) {
        return i -> {
            Object cell = cells.apply(i);
            if (cell == null) {
                throw new IllegalArgumentException("element " + i + " of column " + column.name() + " is null");
            }
            return cell;
        };
    }
}
