package io.tfcluster.estimator;

import io.tfcluster.estimator.BatchTensor.Memory;
import io.tfcluster.estimator.CellKind.Element;
import org.apache.spark.sql.catalyst.expressions.SpecializedGetters;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.unsafe.Platform;

/** Writes numbers and truth values of Spark's rows and arrays into a tensor's memory: all at once where both have the same form. */
final class NumberWriter {
    private final InputPlan plan;
    private final TensorType type;
    private final Element element;
    private final boolean same;

    NumberWriter(InputPlan plan) {
        this.plan = plan;
        this.type = plan.spec().type();
        this.element = plan.kind().element();
        this.same = element.same() == type;
    }

    /** Returns whether it writes float32. */
    boolean isOfFloats() {
        return type == TensorType.FLOAT32;
    }

    /** Writes one element. */
    void put(SpecializedGetters from, int ordinal, Memory out) {
        switch (type) {
            case FLOAT32 ->
                out.bytes().putFloat(element == Element.FLOAT ? from.getFloat(ordinal) : (float) number(from, ordinal));
            case FLOAT64 -> out.bytes().putDouble(number(from, ordinal));
            case FLOAT16 -> out.bytes().putShort(Halves.toHalf((float) number(from, ordinal)));
            case BFLOAT16 -> out.bytes().putShort(Halves.toBrain((float) number(from, ordinal)));
            case BOOL -> out.bytes().put((byte) (from.getBoolean(ordinal) ? 1 : 0));
            case INT64, UINT64 -> out.bytes().putLong(ranged(integer(from, ordinal)));
            case INT32, UINT32 -> out.bytes().putInt((int) ranged(integer(from, ordinal)));
            case INT16, UINT16 -> out.bytes().putShort((short) ranged(integer(from, ordinal)));
            case INT8, UINT8 -> out.bytes().put((byte) ranged(integer(from, ordinal)));
            default -> throw new IllegalStateException(element + " for " + plan.spec());
        }
    }

    /** Writes all elements of an array, none of which is null. */
    void putAll(ArrayData values, Memory out) {
        int count = values.numElements();
        if (plan.kind().nulls()) {
            checkNulls(values, count);
        }
        if (same && values instanceof UnsafeArrayData binary) {
            int bytes = count * element.bytes();
            if (bytes > out.bytes().remaining()) {
                throw new IllegalStateException(
                        bytes + " bytes for room of " + out.bytes().remaining());
            }
            Platform.copyMemory(
                    binary.getBaseObject(),
                    binary.getBaseOffset() + UnsafeArrayData.calculateHeaderPortionInBytes(count),
                    out.base(),
                    out.here(),
                    bytes);
            out.bytes().position(out.bytes().position() + bytes);
            return;
        }
        for (int i = 0; i < count; i++) {
            put(values, i, out);
        }
    }

    /** Writes bytes that stand for numbers from 0 to 255. */
    void putBytes(byte[] values, int from, int count, Memory out) {
        switch (type) {
            case UINT8 -> out.bytes().put(values, from, count);
            case FLOAT32 -> {
                for (int i = from; i < from + count; i++) {
                    out.bytes().putFloat(values[i] & 0xFF);
                }
            }
            case FLOAT64 -> {
                for (int i = from; i < from + count; i++) {
                    out.bytes().putDouble(values[i] & 0xFF);
                }
            }
            case FLOAT16 -> {
                for (int i = from; i < from + count; i++) {
                    out.bytes().putShort(Halves.toHalf(values[i] & 0xFF));
                }
            }
            case BFLOAT16 -> {
                for (int i = from; i < from + count; i++) {
                    out.bytes().putShort(Halves.toBrain(values[i] & 0xFF));
                }
            }
            default -> throw new IllegalStateException("bytes for " + plan.spec());
        }
    }

    /** Writes one number of a vector. */
    void putDouble(double value, Memory out) {
        switch (type) {
            case FLOAT32 -> out.bytes().putFloat((float) value);
            case FLOAT64 -> out.bytes().putDouble(value);
            case FLOAT16 -> out.bytes().putShort(Halves.toHalf((float) value));
            case BFLOAT16 -> out.bytes().putShort(Halves.toBrain((float) value));
            default -> throw new IllegalStateException("a vector for " + plan.spec());
        }
    }

    private long ranged(long value) {
        if (value < type.least() || value > type.most()) {
            throw new IllegalArgumentException("column " + plan.column() + " has " + value + ", but " + type
                    + " goes from " + type.least() + " to " + type.most());
        }
        return value;
    }

    private long integer(SpecializedGetters from, int ordinal) {
        return switch (element) {
            case BYTE -> from.getByte(ordinal);
            case SHORT -> from.getShort(ordinal);
            case INT -> from.getInt(ordinal);
            case LONG -> from.getLong(ordinal);
            default -> throw new IllegalStateException(element + " is no integer");
        };
    }

    private double number(SpecializedGetters from, int ordinal) {
        return switch (element) {
            case FLOAT -> from.getFloat(ordinal);
            case DOUBLE -> from.getDouble(ordinal);
            default -> integer(from, ordinal);
        };
    }

    private void checkNulls(ArrayData values, int count) {
        if (values instanceof UnsafeArrayData binary && hasNoNulls(binary, count)) {
            return;
        }
        for (int i = 0; i < count; i++) {
            if (values.isNullAt(i)) {
                throw new IllegalArgumentException("element " + i + " of an array of column " + plan.column()
                        + " is null; fill it, or drop the row");
            }
        }
    }

    /** Looks at 64 elements at a time: behind the array's length there is a bit for each. */
    private static boolean hasNoNulls(UnsafeArrayData values, int count) {
        long first = values.getBaseOffset() + Long.BYTES;
        for (int word = 0; word < (count + 63) / 64; word++) {
            if (Platform.getLong(values.getBaseObject(), first + (long) word * Long.BYTES) != 0) {
                return false;
            }
        }
        return true;
    }
}
