package io.tfcluster.feeding;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The cells of one column while a block is being filled; grows as needed and is used again for the next block. */
final class ColumnBuffer {
    private final Column column;
    private final ColumnType type;
    private final int elements;
    private ByteBuffer data;
    private @Nullable ByteBuffer offsets;

    ColumnBuffer(Column column, int capacity) {
        this.column = column;
        this.type = column.type();
        this.elements = column.elements();
        this.data = direct(Math.max(64, capacity));
        if (!column.type().isFixed()) {
            this.offsets = direct(4096).putInt(0);
        }
    }

    Column column() {
        return column;
    }

    /** Returns whether a cell is that many elements of that type; asked for each cell, and therefore not of the column. */
    boolean takes(ColumnType cellType, int count) {
        return type == cellType && elements == count;
    }

    /** Returns the memory with room for that many more bytes. */
    ByteBuffer room(int bytes) {
        data = withRoom(data, bytes);
        return data;
    }

    /** Notes where the value just written to a STRING or BINARY column ends. */
    void endValue() {
        endValueAt(data.position());
    }

    /** Notes where the value that is being written to a STRING or BINARY column will end; nothing to note for other types. */
    void endValueAt(int position) {
        if (offsets != null) {
            offsets = withRoom(offsets, 4).putInt(position);
        }
    }

    /** Forgets what was written after the first cells. */
    void keep(int cells) {
        if (offsets == null) {
            data.position(cells * column.cellBytes());
        } else {
            offsets.position(4 * (cells + 1));
            data.position(offsets.getInt(4 * cells));
        }
    }

    int bytes() {
        return data.position() + (offsets == null ? 0 : offsets.position());
    }

    void addTo(List<ByteBuffer> payload) {
        if (offsets != null) {
            payload.add(offsets.duplicate().flip());
        }
        payload.add(data.duplicate().flip());
    }

    void clear() {
        data.clear();
        if (offsets != null) {
            offsets.clear().putInt(0);
        }
    }

    private ByteBuffer withRoom(ByteBuffer buffer, int bytes) {
        if (buffer.remaining() >= bytes) {
            return buffer;
        }
        long needed = (long) buffer.position() + bytes;
        if (needed > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException("column " + column + " of one block would have " + needed
                    + " bytes, the limit is 2 GiB; lower blockBytes or feed smaller values");
        }
        ByteBuffer larger = direct((int) Math.min(Integer.MAX_VALUE - 8, Math.max(needed, buffer.capacity() * 2L)));
        return larger.put(buffer.flip());
    }

    private static ByteBuffer direct(int capacity) {
        return ByteBuffer.allocateDirect(capacity).order(ByteOrder.LITTLE_ENDIAN);
    }
}
