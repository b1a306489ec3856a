package io.tfcluster.feeding;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * Many rows, column by column: a fixed column is {@code rows} cells in a row, a STRING or BINARY column {@code rows + 1} offsets of 4 bytes
 * and then the bytes. Everything is little-endian; a block is checked when it is made, so that reading it cannot leave its memory.
 */
final class Block {
    private final FeedSchema schema;
    private final long firstRow;
    private final int rows;
    private final ByteBuffer payload;
    private final int[] starts;

    private Block(FeedSchema schema, long firstRow, int rows, ByteBuffer payload, int[] starts) {
        this.schema = schema;
        this.firstRow = firstRow;
        this.rows = rows;
        this.payload = payload;
        this.starts = starts;
    }

    /**
     * Takes over a payload from position 0 to its limit.
     *
     * @throws WireException if it is not what {@code rows} rows of the schema look like
     */
    static Block of(FeedSchema schema, long firstRow, int rows, ByteBuffer payload) {
        if (rows < 1 || firstRow < 0) {
            throw new WireException("a block of " + rows + " rows from row " + firstRow);
        }
        ByteBuffer data = payload.order(ByteOrder.LITTLE_ENDIAN);
        List<Column> columns = schema.columns();
        int[] starts = new int[columns.size() + 1];
        long position = 0;
        for (int c = 0; c < columns.size(); c++) {
            starts[c] = (int) position;
            Column column = columns.get(c);
            position += column.type().isFixed()
                    ? (long) rows * column.cellBytes()
                    : variableBytes(column, rows, data, (int) position);
            if (position > data.limit()) {
                throw new WireException(rows + " rows need " + position + " bytes up to column " + column
                        + ", the block has " + data.limit());
            }
        }
        if (position != data.limit()) {
            throw new WireException(
                    rows + " rows of " + schema + " have " + position + " bytes, the block has " + data.limit());
        }
        starts[columns.size()] = (int) position;
        return new Block(schema, firstRow, rows, data, starts);
    }

    private static long variableBytes(Column column, int rows, ByteBuffer data, int start) {
        long table = 4L * (rows + 1L);
        if (start + table > data.limit()) {
            throw new WireException(
                    "the offsets of " + rows + " rows of column " + column + " do not fit into the block");
        }
        int last = 0;
        for (int row = 0; row <= rows; row++) {
            int offset = data.getInt(start + 4 * row);
            if (offset < last || (row == 0 && offset != 0)) {
                throw new WireException("offset " + row + " of column " + column + " is " + offset + " after " + last);
            }
            last = offset;
        }
        return table + last;
    }

    FeedSchema schema() {
        return schema;
    }

    long firstRow() {
        return firstRow;
    }

    int rows() {
        return rows;
    }

    ByteBuffer payload() {
        return payload;
    }

    int bytes() {
        return starts[starts.length - 1];
    }

    /** Copies the cells of a fixed column. */
    void copyTo(int column, int from, int to, ByteBuffer target) {
        int cell = schema.columns().get(column).cellBytes();
        int length = (to - from) * cell;
        target.put(target.position(), payload, starts[column] + from * cell, length);
        target.position(target.position() + length);
    }

    /** Where the cell of one row starts in the payload. */
    int cellStart(int column, int row) {
        Column described = schema.columns().get(column);
        return described.type().isFixed()
                ? starts[column] + row * described.cellBytes()
                : starts[column] + 4 * (rows + 1) + payload.getInt(starts[column] + 4 * row);
    }

    /** How many bytes the cell of one row has. */
    int cellLength(int column, int row) {
        Column described = schema.columns().get(column);
        return described.type().isFixed()
                ? described.cellBytes()
                : payload.getInt(starts[column] + 4 * (row + 1)) - payload.getInt(starts[column] + 4 * row);
    }
}
