package io.tfcluster.feeding;

import java.util.Iterator;

/** The caller's iterator, whose errors get partition and row number. */
final class RowSource<T> {
    private final FeedPartition partition;
    private final Iterator<? extends T> rows;
    private long next;

    RowSource(FeedPartition partition, Iterator<? extends T> rows) {
        this.partition = partition;
        this.rows = rows;
    }

    boolean hasNext() {
        try {
            return rows.hasNext();
        } catch (RuntimeException e) {
            throw broken(e);
        }
    }

    T next() {
        try {
            T row = rows.next();
            next++;
            return row;
        } catch (RuntimeException e) {
            throw broken(e);
        }
    }

    /** Returns how many rows came. */
    long rows() {
        return next;
    }

    private RowException broken(RuntimeException e) {
        return new RowException(
                partition.feed(),
                "reading row " + next + " of " + partition + " failed: " + e
                        + ". The rows come from the caller's own RDD or iterator; the cause tells where.",
                e);
    }
}
