package io.tfcluster.feeding;

import java.util.concurrent.TimeUnit;

/** Tells when a block of slow rows should be sent although it is not full; looks at the clock less often while rows come fast. */
final class BlockAge {
    private static final long LIMIT_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final long FAST_NANOS = TimeUnit.MICROSECONDS.toNanos(100);
    private static final int MOST_ROWS_UNSEEN = 16;

    private long looked = System.nanoTime();
    private long firstRow = -1;
    private long since = looked;
    private int interval = 1;
    private int left = 1;

    /** Returns whether the block's first row has waited for 200 ms; to be asked once per row. */
    boolean isOver(OutgoingBlock block) {
        left--;
        if (left > 0) {
            return false;
        }
        long now = System.nanoTime();
        interval = now - looked < interval * FAST_NANOS ? Math.min(2 * interval, MOST_ROWS_UNSEEN) : 1;
        left = interval;
        looked = now;
        if (block.rows() == 0 || block.firstRow() != firstRow) {
            firstRow = block.rows() == 0 ? -1 : block.firstRow();
            since = now;
        }
        return now - since >= LIMIT_NANOS;
    }
}
