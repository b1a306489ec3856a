package io.tfcluster.estimator;

import io.tfcluster.estimator.BatchTensor.Memory;
import io.tfcluster.estimator.CellKind.Form;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.SpecializedGetters;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.unsafe.types.UTF8String;
import org.jspecify.annotations.Nullable;

/** Makes tensors of the cells of one column; one thread. */
final class InputCells {
    private static final int VECTOR_FIELDS = 4;
    private static final int IMAGE_FIELDS = 6;
    private static final byte SPARSE = 0;

    private final InputPlan plan;
    private final NumberWriter numbers;
    private final boolean rawBytes;
    private final @Nullable PixelColumn pixels;
    /** The shape of all cells, if the model tells it. */
    private final long[] fixed;

    InputCells(InputPlan plan) {
        this.plan = plan;
        this.numbers = new NumberWriter(plan);
        this.pixels = plan.pixels();
        this.rawBytes = plan.kind().isRawBytes(plan.spec().type());
        boolean open = plan.natural() || plan.rowDims().stream().anyMatch(size -> size < 0);
        this.fixed = open ? new long[] {-1} : dims(plan.rowDims());
    }

    private static long[] dims(List<Long> sizes) {
        return sizes.stream().mapToLong(Long::longValue).toArray();
    }

    /**
     * Returns the shape of a row's cell in the tensor.
     *
     * @throws IllegalArgumentException if the cell is null or does not fit
     */
    long[] shape(InternalRow row) {
        if (pixels != null) {
            return fixed;
        }
        if (row.isNullAt(plan.ordinal())) {
            throw new IllegalArgumentException("column " + plan.column()
                    + " is null; drop such rows or fill them (DataFrame.na()) before the model");
        }
        if (plan.kind().form() == Form.SINGLE && !rawBytes) {
            return fixed.length == 1 && fixed[0] == -1 ? new long[0] : fixed;
        }
        long[] has = natural(row);
        if (plan.natural()) {
            return has;
        }
        List<Long> wants = plan.rowDims();
        if (has.length == wants.size()) {
            for (int i = 0; i < has.length; i++) {
                if (wants.get(i) >= 0 && wants.get(i) != has[i]) {
                    throw misfit(has);
                }
            }
            return has;
        }
        long known = plan.product();
        long count = has[0];
        if (known == 0 || count % known != 0) {
            throw misfit(has);
        }
        long[] shape = dims(wants);
        boolean open = false;
        for (int i = 0; i < shape.length; i++) {
            if (shape[i] < 0) {
                shape[i] = count / known;
                open = true;
            }
        }
        if (!open && count != known) {
            throw misfit(has);
        }
        return shape;
    }

    private IllegalArgumentException misfit(long[] has) {
        return new IllegalArgumentException("column " + plan.column() + " has "
                + (has.length == 1 ? has[0] + " values" : "the shape " + Arrays.toString(has)) + " in this row, input "
                + plan.spec().name() + " wants " + plan.spec().text());
    }

    private long[] natural(InternalRow row) {
        int at = plan.ordinal();
        return switch (plan.kind().form()) {
            case SINGLE -> new long[] {row.getBinary(at).length};
            case VECTOR -> {
                InternalRow vector = row.getStruct(at, VECTOR_FIELDS);
                yield new long[] {
                    vector.getByte(0) == SPARSE
                            ? vector.getInt(1)
                            : vector.getArray(3).numElements()
                };
            }
            case IMAGE -> {
                InternalRow image = row.getStruct(at, IMAGE_FIELDS);
                yield new long[] {image.getInt(1), image.getInt(2), image.getInt(3)};
            }
            case ARRAY -> {
                long[] shape = new long[plan.kind().depth()];
                ArrayData values = row.getArray(at);
                for (int level = 0; level < shape.length; level++) {
                    shape[level] = values.numElements();
                    if (level + 1 < shape.length && shape[level] > 0) {
                        values = inner(values, 0);
                    }
                }
                yield shape;
            }
        };
    }

    private ArrayData inner(ArrayData values, int i) {
        if (values.isNullAt(i)) {
            throw new IllegalArgumentException(
                    "array " + i + " within column " + plan.column() + " is null; fill it, or drop the row");
        }
        return values.getArray(i);
    }

    /** Writes a cell of the given shape. */
    void write(InternalRow row, long[] shape, Memory out) {
        int at = plan.ordinal();
        if (pixels != null) {
            pixels.write(row.isNullAt(at) ? null : row.getBinary(at), numbers, out);
            return;
        }
        switch (plan.kind().form()) {
            case SINGLE -> {
                if (rawBytes) {
                    byte[] bytes = row.getBinary(at);
                    numbers.putBytes(bytes, 0, bytes.length, out);
                } else {
                    numbers.put(row, at, out);
                }
            }
            case ARRAY -> {
                if (plan.kind().depth() == 1) {
                    numbers.putAll(row.getArray(at), out);
                } else {
                    nested(row.getArray(at), shape, 0, out);
                }
            }
            case VECTOR -> vector(row.getStruct(at, VECTOR_FIELDS), out);
            case IMAGE -> image(row.getStruct(at, IMAGE_FIELDS), shape, out);
        }
    }

    private void nested(ArrayData values, long[] shape, int level, Memory out) {
        if (values.numElements() != shape[level]) {
            throw new IllegalArgumentException("the arrays within column " + plan.column()
                    + " are not of one length: found " + values.numElements() + " and " + shape[level]
                    + "; fill them up to a rectangle");
        }
        if (level == shape.length - 1) {
            numbers.putAll(values, out);
            return;
        }
        for (int i = 0; i < values.numElements(); i++) {
            nested(inner(values, i), shape, level + 1, out);
        }
    }

    private void vector(InternalRow vector, Memory out) {
        ArrayData values = vector.getArray(3);
        if (vector.getByte(0) != SPARSE) {
            numbers.putAll(values, out);
            return;
        }
        double[] dense = new double[vector.getInt(1)];
        ArrayData places = vector.getArray(2);
        for (int i = 0; i < places.numElements(); i++) {
            dense[places.getInt(i)] = values.getDouble(i);
        }
        for (double value : dense) {
            numbers.putDouble(value, out);
        }
    }

    private void image(InternalRow image, long[] shape, Memory out) {
        byte[] bytes = image.getBinary(5);
        if (bytes.length != shape[0] * shape[1] * shape[2]) {
            throw new IllegalArgumentException("the picture " + image.getUTF8String(0) + " of column " + plan.column()
                    + " has " + bytes.length + " bytes, its shape " + Arrays.toString(shape)
                    + " wants another number; only pictures of one byte per value can be read");
        }
        numbers.putBytes(bytes, 0, bytes.length, out);
    }

    /** Adds the strings of a cell, one after the other; they are copies. */
    void addStrings(InternalRow row, long[] shape, List<byte[]> out) {
        int at = plan.ordinal();
        if (plan.kind().form() == Form.SINGLE) {
            out.add(string(row, at));
        } else {
            strings(row.getArray(at), plan.kind().depth() == 1 ? new long[] {-1} : shape, 0, out);
        }
    }

    private void strings(ArrayData values, long[] shape, int level, List<byte[]> out) {
        if (shape[level] >= 0 && values.numElements() != shape[level]) {
            throw new IllegalArgumentException("the arrays within column " + plan.column()
                    + " are not of one length: found " + values.numElements() + " and " + shape[level]);
        }
        for (int i = 0; i < values.numElements(); i++) {
            if (level < shape.length - 1) {
                strings(inner(values, i), shape, level + 1, out);
            } else if (values.isNullAt(i)) {
                throw new IllegalArgumentException(
                        "element " + i + " of an array of column " + plan.column() + " is null");
            } else {
                out.add(string(values, i));
            }
        }
    }

    private byte[] string(SpecializedGetters from, int ordinal) {
        if (plan.kind().element() == CellKind.Element.BYTES) {
            return from.getBinary(ordinal);
        }
        UTF8String text = from.getUTF8String(ordinal);
        return text.getBytes();
    }
}
