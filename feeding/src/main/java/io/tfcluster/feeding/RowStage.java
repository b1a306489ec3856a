package io.tfcluster.feeding;

import io.tfcluster.feeding.ReceivedBlock.Slice;
import java.util.List;

/** Rows of one epoch that have left the buffer, so that this node answers for them, and were not handed out; guarded by the queue's lock. */
interface RowStage {
    /** Returns how many more rows are wanted while a batch of {@code maxRows} is being waited for. */
    int room(int maxRows);

    void add(Slice slice);

    /** Returns all rows that are here. */
    int rows();

    /**
     * Returns how many of them can be handed out.
     *
     * @param last whether rows must not wait for others to be mixed with
     */
    int ready(int maxRows, boolean last);

    /**
     * Returns rows that have come since the last call and can be copied out already, because they will be handed out in this order: whoever
     * gets them releases their memory.
     */
    List<Slice> fresh();

    /** Returns how many of the rows that are handed out next {@link #fresh()} has given already. */
    int copied();

    /** Takes up to {@code maxRows} of the rows that are ready. */
    List<Slice> take(int maxRows, boolean last);

    /** Returns the epoch of the rows, of which there must be some. */
    long epoch();

    /** Returns whether the rows, if there are any, want results. */
    boolean wantResults();

    /** Returns the bytes of the rows that are here. */
    long bytes();

    /** Forgets all rows and frees the memory of those that {@link #fresh()} has not given. */
    void drop();
}
