package io.tfcluster.feeding;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes the cells of one row, one call per column in schema order; given to a {@link RowEncoder} and valid during its call only.
 *
 * <p>Each call checks type, number of values and null against the column whose turn it is, and throws IllegalArgumentException with the
 * column, what it wants and what it got. Array arguments hold one whole cell, row-major.
 */
public final class RowWriter {
    private static final int BULK = 16;

    private final ColumnBuffer[] columns;
    private int next;
    private @Nullable ColumnBuffer lent;
    private int lentEnd;

    RowWriter(List<ColumnBuffer> columns) {
        this.columns = columns.toArray(ColumnBuffer[]::new);
    }

    void begin() {
        next = 0;
        lent = null;
    }

    void finish() {
        checkFilled();
        if (next < columns.length) {
            throw new IllegalArgumentException("the row has " + next + " cells, the feed has " + columns.length
                    + " columns; the first without a value is "
                    + columns[next].column());
        }
    }

    /**
     * Returns the memory of the next cell, for values that lie in another form than an array and would have to be copied into one first.
     * The caller puts them from the buffer's position on, little-endian, all of them, before it calls this writer again.
     *
     * @param type the column's type
     * @param count elements of the cell; for STRING (in UTF-8) and BINARY the bytes of the value
     */
    public ByteBuffer cell(ColumnType type, int count) {
        ColumnBuffer column = turn();
        ByteBuffer memory;
        if (type.isFixed()) {
            memory = fixed(column, type, count);
        } else if (column.column().type() == type && count >= 0) {
            memory = column.room(count);
        } else {
            throw wrong(column, "a value of type " + type + " with " + count + " bytes");
        }
        lent = column;
        lentEnd = memory.position() + count * Math.max(1, type.bytes());
        column.endValueAt(lentEnd);
        return memory;
    }

    /** Writes a UINT8 cell or a BINARY value. */
    public RowWriter putBytes(byte @Nullable [] values) {
        return putBytes(values == null ? null : ByteBuffer.wrap(values));
    }

    /** Writes the remaining bytes of a buffer as a UINT8 cell or a BINARY value. */
    public RowWriter putBytes(@Nullable ByteBuffer values) {
        ColumnBuffer column = turn();
        if (values == null) {
            throw nullCell(column);
        }
        int count = values.remaining();
        if (column.column().type() == ColumnType.BINARY) {
            column.room(count).put(values.duplicate());
            column.endValue();
            return this;
        }
        fixed(column, ColumnType.UINT8, count).put(values.duplicate());
        return this;
    }

    /** Writes a STRING value. */
    public RowWriter putString(@Nullable String value) {
        ColumnBuffer column = turn();
        if (value == null) {
            throw nullCell(column);
        }
        if (column.column().type() != ColumnType.STRING) {
            throw wrong(column, "text");
        }
        byte[] bytes = value.getBytes(UTF_8);
        column.room(bytes.length).put(bytes);
        column.endValue();
        return this;
    }

    /** Writes a scalar INT32, or a scalar UINT8 from 0 to 255. */
    public RowWriter putInt(int value) {
        ColumnBuffer column = turn();
        if (column.column().type() == ColumnType.UINT8) {
            if (value < 0 || value > 255) {
                throw wrong(column, "the value " + value);
            }
            fixed(column, ColumnType.UINT8, 1).put((byte) value);
        } else {
            fixed(column, ColumnType.INT32, 1).putInt(value);
        }
        return this;
    }

    /** Writes an INT32 cell. */
    public RowWriter putInts(int @Nullable [] values) {
        ColumnBuffer column = turn();
        if (values == null) {
            throw nullCell(column);
        }
        ByteBuffer out = fixed(column, ColumnType.INT32, values.length);
        if (values.length < BULK) {
            for (int value : values) {
                out.putInt(value);
            }
        } else {
            out.asIntBuffer().put(values);
            out.position(out.position() + 4 * values.length);
        }
        return this;
    }

    /** Writes a scalar INT64. */
    public RowWriter putLong(long value) {
        fixed(turn(), ColumnType.INT64, 1).putLong(value);
        return this;
    }

    /** Writes an INT64 cell. */
    public RowWriter putLongs(long @Nullable [] values) {
        ColumnBuffer column = turn();
        if (values == null) {
            throw nullCell(column);
        }
        ByteBuffer out = fixed(column, ColumnType.INT64, values.length);
        if (values.length < BULK) {
            for (long value : values) {
                out.putLong(value);
            }
        } else {
            out.asLongBuffer().put(values);
            out.position(out.position() + 8 * values.length);
        }
        return this;
    }

    /** Writes a scalar FLOAT32. */
    public RowWriter putFloat(float value) {
        fixed(turn(), ColumnType.FLOAT32, 1).putFloat(value);
        return this;
    }

    /** Writes a FLOAT32 cell. */
    public RowWriter putFloats(float @Nullable [] values) {
        ColumnBuffer column = turn();
        if (values == null) {
            throw nullCell(column);
        }
        ByteBuffer out = fixed(column, ColumnType.FLOAT32, values.length);
        if (values.length < BULK) {
            for (float value : values) {
                out.putFloat(value);
            }
        } else {
            out.asFloatBuffer().put(values);
            out.position(out.position() + 4 * values.length);
        }
        return this;
    }

    /** Writes a scalar FLOAT64. */
    public RowWriter putDouble(double value) {
        fixed(turn(), ColumnType.FLOAT64, 1).putDouble(value);
        return this;
    }

    /** Writes a FLOAT64 cell. */
    public RowWriter putDoubles(double @Nullable [] values) {
        ColumnBuffer column = turn();
        if (values == null) {
            throw nullCell(column);
        }
        ByteBuffer out = fixed(column, ColumnType.FLOAT64, values.length);
        if (values.length < BULK) {
            for (double value : values) {
                out.putDouble(value);
            }
        } else {
            out.asDoubleBuffer().put(values);
            out.position(out.position() + 8 * values.length);
        }
        return this;
    }

    /** Writes a scalar BOOL. */
    public RowWriter putBoolean(boolean value) {
        fixed(turn(), ColumnType.BOOL, 1).put((byte) (value ? 1 : 0));
        return this;
    }

    /** Writes a BOOL cell. */
    public RowWriter putBooleans(boolean @Nullable [] values) {
        ColumnBuffer column = turn();
        if (values == null) {
            throw nullCell(column);
        }
        ByteBuffer out = fixed(column, ColumnType.BOOL, values.length);
        for (boolean value : values) {
            out.put((byte) (value ? 1 : 0));
        }
        return this;
    }

    private ColumnBuffer turn() {
        checkFilled();
        if (next >= columns.length) {
            throw new IllegalArgumentException("the row has more cells than the feed's " + columns.length
                    + " columns; the last is " + columns[columns.length - 1].column());
        }
        return columns[next++];
    }

    private void checkFilled() {
        if (lent != null) {
            int found = lent.room(0).position();
            if (found != lentEnd) {
                throw new IllegalArgumentException(
                        "the memory of a cell of column " + lent.column() + " was filled with " + (found - lentEnd)
                                + " bytes more than the cell has; put all its values, and no more");
            }
            lent = null;
        }
    }

    private static ByteBuffer fixed(ColumnBuffer buffer, ColumnType type, int count) {
        if (!buffer.takes(type, count)) {
            String values = count == 1 ? "1 value" : count + " values";
            throw wrong(buffer, buffer.column().type() == type ? values : values + " of type " + type);
        }
        return buffer.room(count * type.bytes());
    }

    private static IllegalArgumentException nullCell(ColumnBuffer buffer) {
        return wrong(buffer, "null");
    }

    private static IllegalArgumentException wrong(ColumnBuffer buffer, String found) {
        Column column = buffer.column();
        String wanted;
        if (!column.type().isFixed()) {
            wanted = column.type() == ColumnType.STRING ? "a text (STRING)" : "bytes of any length (BINARY)";
        } else if (column.shape().isEmpty()) {
            wanted = "one " + column.type();
        } else if (column.shape().size() == 1) {
            wanted = column.elements() + " values of type " + column.type();
        } else {
            wanted = column.elements() + " values of type " + column.type() + " (" + column.shapeText() + ")";
        }
        return new IllegalArgumentException("column " + column.name() + " wants " + wanted + ", found " + found);
    }
}
