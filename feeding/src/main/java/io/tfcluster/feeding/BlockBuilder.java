package io.tfcluster.feeding;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Collects encoded rows of one partition until a block is worth sending; one thread, used again for every block. */
final class BlockBuilder<T> implements OutgoingBlock {
    private final FeedPartition partition;
    private final RowEncoder<? super T> encoder;
    private final int blockBytes;
    private final int blockRows;
    private final long maxBytes;
    private final List<ColumnBuffer> columns = new ArrayList<>();
    private final List<ColumnBuffer> variable = new ArrayList<>();
    private final long fixedRowBytes;
    private final RowWriter writer;
    private long firstRow;
    private int rows;
    private int bytes;
    private int largestRow;

    BlockBuilder(
            FeedPartition partition,
            FeedSchema schema,
            RowEncoder<? super T> encoder,
            int blockBytes,
            int blockRows,
            long maxBytes) {
        this.partition = partition;
        this.encoder = encoder;
        this.blockBytes = blockBytes;
        this.blockRows = blockRows;
        this.maxBytes = Math.min(maxBytes, Integer.MAX_VALUE - Wire.BLOCK_HEADER);
        this.fixedRowBytes = schema.fixedRowBytes();
        long fit = Math.max(1, Math.min(blockRows, blockBytes / Math.max(1, fixedRowBytes)));
        for (Column column : schema.columns()) {
            ColumnBuffer buffer = new ColumnBuffer(column, (int) (fit * column.cellBytes()));
            columns.add(buffer);
            if (!column.type().isFixed()) {
                variable.add(buffer);
            }
        }
        this.writer = new RowWriter(columns);
    }

    /**
     * Encodes the next row of the partition. A row that is not added leaves nothing behind.
     *
     * @return false if the block would become larger than a node takes: send it, clear it, and add the row again
     * @throws RowException naming partition and row if the encoder fails or does not write what the schema says, or if the row alone is
     *     larger than a node takes
     */
    boolean add(T row) {
        int before = bytes;
        try {
            writer.begin();
            encoder.encode(row, writer);
            writer.finish();
        } catch (RuntimeException e) {
            columns.forEach(column -> column.keep(rows));
            throw new RowException(
                    partition.feed(),
                    "row " + nextRow() + " of " + partition + " cannot be encoded: " + e.getMessage(),
                    e);
        }
        long sum = (rows + 1) * fixedRowBytes;
        for (int i = 0; i < variable.size(); i++) {
            sum += variable.get(i).bytes();
        }
        if (sum > maxBytes) {
            columns.forEach(column -> column.keep(rows));
            if (rows > 0) {
                return false;
            }
            throw new RowException(
                    partition.feed(),
                    "row " + nextRow() + " of " + partition + " has " + sum + " bytes, a node takes at most " + maxBytes
                            + "; raise the feed's bufferBytes or feed smaller rows");
        }
        rows++;
        bytes = (int) sum;
        largestRow = Math.max(largestRow, bytes - before);
        return true;
    }

    boolean isEmpty() {
        return rows == 0;
    }

    /** Whether another row like those before would be too much. */
    boolean isFull() {
        return rows >= blockRows || (rows > 0 && (long) bytes + largestRow > blockBytes);
    }

    @Override
    public long firstRow() {
        return firstRow;
    }

    /** Returns the number, within the partition, that the next row gets. */
    long nextRow() {
        return firstRow + rows;
    }

    @Override
    public int rows() {
        return rows;
    }

    @Override
    public int bytes() {
        return bytes;
    }

    /** Returns the payload, valid until the next {@link #clear()}. */
    @Override
    public List<ByteBuffer> parts() {
        List<ByteBuffer> payload = new ArrayList<>();
        columns.forEach(column -> column.addTo(payload));
        return payload;
    }

    /** Moves on to another row of the partition; the block must be empty. */
    void startAt(long row) {
        firstRow = row;
    }

    /** Returns a copy that outlives the next {@link #clear()}. */
    EncodedBlock copy() {
        ByteBuffer whole = ByteBuffer.allocate(bytes);
        parts().forEach(whole::put);
        return new EncodedBlock(firstRow, rows, whole.array());
    }

    /** Starts the next block, after this one's last row. */
    void clear() {
        columns.forEach(ColumnBuffer::clear);
        firstRow += rows;
        rows = 0;
        bytes = 0;
    }
}
