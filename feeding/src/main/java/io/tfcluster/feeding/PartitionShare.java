package io.tfcluster.feeding;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * Which rows of a partition a feed task sends, and where they go.
 *
 * @param before rows that nodes had handed out before the feed was resumed: they are read, but neither encoded nor sent; of a deterministic
 *     feed they are sent, for the nodes drop them themselves
 * @param assignment of a deterministic feed, else null
 */
public record PartitionShare(RowRanges before, @Nullable PartitionAssignment assignment) implements Serializable {
    /** All rows, each block to whoever has room. */
    public static final PartitionShare ALL = new PartitionShare(new RowRanges(), null);

    /** Checks that the rows are there. */
    public PartitionShare {
        requireNonNull(before, "before");
    }

    boolean isPlanned() {
        return assignment != null;
    }

    /** Returns how many rows are not sent. */
    long skippedRows() {
        return isPlanned() ? 0 : before.rows();
    }

    /** Returns whether a row is not sent. */
    boolean skips(long row) {
        return skippedRows() > 0 && before.contains(row);
    }
}
