package io.tfcluster.feeding;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * Encoded rows of one partition that are kept to be fed again, in Spark's storage for example; {@link PartitionFeeder#encode} makes them.
 *
 * @param firstRow number, within the partition, of the first row
 * @param rows number of rows, 1 or more
 * @param payload the columns, as they travel; not copied, not to be changed
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
public record EncodedBlock(long firstRow, int rows, byte[] payload) implements OutgoingBlock, Serializable {
    /** Checks the numbers. */
    public EncodedBlock {
        requireNonNull(payload, "payload");
        if (firstRow < 0 || rows < 1) {
            throw new IllegalArgumentException("a block of " + rows + " rows from row " + firstRow);
        }
    }

    /**
     * Returns some of its rows as a block.
     *
     * @param from first row, from 0 on
     * @param to the row after the last
     */
    EncodedBlock cut(FeedSchema schema, int from, int to) {
        if (from == 0 && to == rows) {
            return this;
        }
        Block whole = Block.of(schema, firstRow, rows, ByteBuffer.wrap(payload));
        int count = to - from;
        int bytes = 0;
        for (int c = 0; c < schema.columns().size(); c++) {
            bytes += schema.columns().get(c).type().isFixed() ? 0 : 4 * (count + 1);
            bytes += end(whole, c, to) - whole.cellStart(c, from);
        }
        ByteBuffer cut = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int c = 0; c < schema.columns().size(); c++) {
            int start = whole.cellStart(c, from);
            if (!schema.columns().get(c).type().isFixed()) {
                for (int row = from; row <= to; row++) {
                    cut.putInt((row == to ? end(whole, c, to) : whole.cellStart(c, row)) - start);
                }
            }
            cut.put(payload, start, end(whole, c, to) - start);
        }
        return new EncodedBlock(firstRow + from, count, cut.array());
    }

    /** Where the cell before a row ends. */
    private static int end(Block block, int column, int row) {
        return block.cellStart(column, row - 1) + block.cellLength(column, row - 1);
    }

    @Override
    public int bytes() {
        return payload.length;
    }

    @Override
    public List<ByteBuffer> parts() {
        return List.of(ByteBuffer.wrap(payload));
    }
}
