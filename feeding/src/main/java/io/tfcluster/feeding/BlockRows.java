package io.tfcluster.feeding;

import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/** Which rows of one block were handed out; guarded by {@link HandedOut}. */
final class BlockRows {
    private final FeedPartition partition;
    private final long firstRow;
    private final int rows;
    private int handedOut;
    private @Nullable BitSet mixed; // only if they do not go out in their order

    BlockRows(FeedPartition partition, Block block) {
        this.partition = partition;
        this.firstRow = block.firstRow();
        this.rows = block.rows();
    }

    FeedPartition partition() {
        return partition;
    }

    boolean isUntouched() {
        return handedOut == 0;
    }

    /** Notes rows, none of which was handed out before; returns whether these were the last. */
    boolean handOut(int from, int to) {
        if (mixed == null && from != handedOut) {
            mixed = new BitSet(rows);
            mixed.set(0, handedOut);
        }
        if (mixed != null) {
            mixed.set(from, to);
        }
        handedOut += to - from;
        return handedOut == rows;
    }

    /** Adds the rows that were handed out. */
    void addTo(RowRanges ranges) {
        if (mixed == null) {
            ranges.add(firstRow, firstRow + handedOut);
            return;
        }
        for (int from = mixed.nextSetBit(0); from >= 0; ) {
            int to = mixed.nextClearBit(from);
            ranges.add(firstRow + from, firstRow + to);
            from = mixed.nextSetBit(to);
        }
    }
}
