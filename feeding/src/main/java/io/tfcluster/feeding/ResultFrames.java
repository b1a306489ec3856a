package io.tfcluster.feeding;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** Cuts the results of a batch into one RESULTS frame per block that the rows came in. */
final class ResultFrames {
    private static final int HEADER = 1 + Long.BYTES + Integer.BYTES + Integer.BYTES;

    private ResultFrames() {}

    /** Puts the columns of a batch behind each other. */
    static ByteBuffer join(FeedSchema results, int rows, List<ByteBuffer> columns) {
        if (columns.size() != results.columns().size()) {
            throw new IllegalArgumentException(columns.size() + " columns of results given, "
                    + results.columns().size() + " described: " + results);
        }
        long bytes = 0;
        for (int c = 0; c < columns.size(); c++) {
            Column column = results.columns().get(c);
            long wanted = (long) rows * column.cellBytes();
            if (column.type().isFixed() && columns.get(c).remaining() != wanted) {
                throw new IllegalArgumentException("results " + column + " of " + rows + " rows have " + wanted
                        + " bytes, got " + columns.get(c).remaining());
            }
            bytes += columns.get(c).remaining();
        }
        if (bytes > Wire.RESULTS_LIMIT / 2) {
            throw new IllegalArgumentException("the results of " + rows + " rows have " + bytes
                    + " bytes, the limit is " + Wire.RESULTS_LIMIT / 2 + "; ask for smaller batches");
        }
        ByteBuffer whole = ByteBuffer.allocate((int) bytes);
        columns.forEach(column -> whole.put(column.duplicate()));
        return whole.flip();
    }

    static ByteBuffer frame(byte[] schema, Block block, int from, int to, long firstRow) {
        List<Column> columns = block.schema().columns();
        int bytes = HEADER + schema.length;
        for (int c = 0; c < columns.size(); c++) {
            bytes += length(block, c, from, to) + (columns.get(c).type().isFixed() ? 0 : 4 * (to - from + 1));
        }
        ByteBuffer frame = ByteBuffer.allocate(bytes);
        frame.put(Wire.RESULTS).putLong(firstRow).putInt(to - from);
        frame.putInt(schema.length).put(schema).order(ByteOrder.LITTLE_ENDIAN);
        for (int c = 0; c < columns.size(); c++) {
            int start = block.cellStart(c, from);
            if (!columns.get(c).type().isFixed()) {
                for (int row = from; row < to; row++) {
                    frame.putInt(block.cellStart(c, row) - start);
                }
                frame.putInt(length(block, c, from, to));
            }
            frame.put(block.payload().slice(start, length(block, c, from, to)));
        }
        return frame.flip();
    }

    private static int length(Block block, int column, int from, int to) {
        return block.cellStart(column, to - 1) + block.cellLength(column, to - 1) - block.cellStart(column, from);
    }
}
