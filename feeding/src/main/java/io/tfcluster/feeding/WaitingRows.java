package io.tfcluster.feeding;

import io.tfcluster.feeding.ReceivedBlock.Slice;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** Rows of one epoch that have left the buffer for the batch that is being waited for; guarded by the queue's lock. */
final class WaitingRows {
    private final Deque<Slice> slices = new ArrayDeque<>();
    private int rows;

    void add(Slice slice) {
        slices.add(slice);
        rows += slice.rows();
    }

    int rows() {
        return rows;
    }

    /** Returns the epoch of the rows, of which there must be some. */
    long epoch() {
        return slices.getFirst().source().epoch();
    }

    boolean wantResults() {
        return !slices.isEmpty() && slices.getLast().source().origin().wantsResults();
    }

    /** Takes the first rows out. */
    List<Slice> take(int maxRows) {
        List<Slice> taken = new ArrayList<>();
        int left = maxRows;
        while (left > 0 && !slices.isEmpty()) {
            Slice slice = slices.removeFirst();
            if (slice.rows() > left) { // only if this call asks for fewer rows than one before that timed out
                slices.addFirst(new Slice(slice.source(), slice.from() + left, slice.to()));
                slice = new Slice(slice.source(), slice.from(), slice.from() + left);
            }
            taken.add(slice);
            left -= slice.rows();
        }
        rows -= maxRows - left;
        return taken;
    }

    /** Forgets all rows and frees their memory. */
    void drop() {
        slices.forEach(slice -> slice.source().release(slice.rows()));
        slices.clear();
        rows = 0;
    }
}
