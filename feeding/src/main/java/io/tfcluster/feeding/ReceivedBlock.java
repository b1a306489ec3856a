package io.tfcluster.feeding;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A block on the node: who sent it, how far it has been taken, and when its memory is free again. */
final class ReceivedBlock {
    private final Block block;
    private final FeedConnection origin;
    private final long place;
    private final BlockPool pool;
    private final @Nullable BlockRows rows;
    private final AtomicInteger unreadRows;
    private int taken; // guarded by the queue's lock

    ReceivedBlock(Block block, FeedConnection origin, long place, BlockPool pool) {
        this.block = block;
        this.origin = origin;
        this.place = place;
        this.pool = pool;
        this.rows = origin.hasLedger() ? new BlockRows(origin.partition(), block) : null;
        this.unreadRows = new AtomicInteger(block.rows());
    }

    Block block() {
        return block;
    }

    FeedConnection origin() {
        return origin;
    }

    long epoch() {
        return origin.partition().epoch();
    }

    /** Returns which of its rows were handed out, or null if they are in no ledger. */
    @Nullable
    BlockRows rows() {
        return rows;
    }

    /** Returns the block's place in the order of a deterministic feed; means nothing in others. */
    long place() {
        return place;
    }

    boolean isBegun() {
        return taken > 0;
    }

    int remaining() {
        return block.rows() - taken;
    }

    /** Takes the next rows. */
    Slice take(int rows) {
        Slice slice = new Slice(this, taken, taken + rows);
        taken += rows;
        return slice;
    }

    /** Notes that so many rows will not be read any more; the last ones free the memory. */
    void release(int rows) {
        if (unreadRows.addAndGet(-rows) == 0) {
            pool.giveBack(block.payload());
        }
    }

    /** Some rows of a block. */
    record Slice(ReceivedBlock source, int from, int to) {
        int rows() {
            return to - from;
        }

        /** Returns all but the first rows of some slices. */
        static List<Slice> skip(Collection<Slice> slices, int rows) {
            List<Slice> rest = new ArrayList<>();
            int left = rows;
            for (Slice slice : slices) {
                int skipped = Math.min(left, slice.rows());
                left -= skipped;
                if (skipped < slice.rows()) {
                    rest.add(new Slice(slice.source(), slice.from() + skipped, slice.to()));
                }
            }
            return rest;
        }

        /** Returns these rows' share of the block's bytes. */
        long bytes() {
            return (long) source.block().bytes() * rows() / source.block().rows();
        }
    }
}
