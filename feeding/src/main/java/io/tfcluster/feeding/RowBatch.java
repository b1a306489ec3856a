package io.tfcluster.feeding;

import io.tfcluster.feeding.ReceivedBlock.Slice;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Rows of one epoch as they came off the sockets, for whoever puts them into tensors.
 *
 * <p>Holds the memory of the blocks until it is closed; one thread reads it.
 */
public final class RowBatch implements AutoCloseable {
    /** Takes the cells of a STRING or BINARY column. */
    @FunctionalInterface
    public interface CellVisitor {
        /**
         * Called once per row, in order.
         *
         * @param memory direct, the same object for many rows; not to be changed, nor kept
         * @param offset where in {@code memory} the cell starts, whatever its position
         * @param length bytes of the cell
         */
        void cell(ByteBuffer memory, int offset, int length);
    }

    private final FeedSchema schema;
    private final List<Slice> slices;
    private final BatchFacts facts;
    private final AtomicBoolean closed = new AtomicBoolean();

    private RowBatch(FeedSchema schema, List<Slice> slices, BatchFacts facts) {
        this.schema = schema;
        this.slices = slices;
        this.facts = facts;
    }

    static RowBatch of(FeedSchema schema, FeedState.Taken taken) {
        return new RowBatch(schema, taken.slices(), taken.facts());
    }

    /** Returns some rows of a batch that is not complete yet. */
    static RowBatch piece(FeedSchema schema, List<Slice> slices) {
        int rows = slices.stream().mapToInt(Slice::rows).sum();
        long epoch = slices.get(0).source().epoch();
        return new RowBatch(schema, slices, new BatchFacts(rows, epoch, false, false, List.of(), BatchOrigin.NONE));
    }

    /** Returns the number of rows, 0 or more. */
    public int rows() {
        return facts.rows();
    }

    /** Returns the epoch of all rows; without rows the epoch that has ended or was the latest. */
    public long epoch() {
        return facts.epoch();
    }

    /** Returns whether these are known to be the last rows of the epoch on this node. */
    public boolean endOfEpoch() {
        return facts.endOfEpoch();
    }

    /** Returns whether every node has this batch in its epoch, with or without rows: the feed is deterministic. */
    public boolean planned() {
        return facts.planned();
    }

    /** Returns the partitions that have ended on this node, with this batch or since the one before. */
    public List<Integer> endedPartitions() {
        return facts.endedPartitions();
    }

    /** Returns the feed's columns. */
    public FeedSchema schema() {
        return schema;
    }

    /**
     * Copies all cells of a fixed column, row after row, little-endian.
     *
     * @param column position in the schema
     * @param target room for {@code rows()} cells
     */
    public void copy(int column, ByteBuffer target) {
        checkOpen();
        if (!schema.columns().get(column).type().isFixed()) {
            throw new IllegalArgumentException("column " + schema.columns().get(column) + " has cells of any length");
        }
        for (Slice slice : slices) {
            slice.source().block().copyTo(column, slice.from(), slice.to(), target);
        }
    }

    /** Shows every cell of a column, in row order. */
    public void visit(int column, CellVisitor visitor) {
        checkOpen();
        for (Slice slice : slices) {
            Block block = slice.source().block();
            for (int row = slice.from(); row < slice.to(); row++) {
                visitor.cell(block.payload(), block.cellStart(column, row), block.cellLength(column, row));
            }
        }
    }

    private void checkOpen() {
        if (closed.get()) {
            throw new IllegalStateException(
                    "these rows of epoch " + facts.epoch() + " were closed, their memory is used again");
        }
    }

    /** Gives the memory back; the rows cannot be read any more. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            slices.forEach(slice -> slice.source().release(slice.rows()));
        }
    }
}
