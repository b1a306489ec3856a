package io.tfcluster.feeding;

import io.tfcluster.feeding.ReceivedBlock.Slice;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** The rows of the batch that is being waited for, in the order in which they came. */
final class WaitingRows implements RowStage {
    private final Deque<Slice> slices = new ArrayDeque<>();
    private int rows;
    private int copied;

    @Override
    public int room(int maxRows) {
        return Math.max(0, maxRows - rows);
    }

    @Override
    public void add(Slice slice) {
        slices.add(slice);
        rows += slice.rows();
    }

    @Override
    public int rows() {
        return rows;
    }

    @Override
    public int ready(int maxRows, boolean last) {
        return rows;
    }

    @Override
    public long epoch() {
        return slices.getFirst().source().epoch();
    }

    @Override
    public boolean wantResults() {
        return !slices.isEmpty() && slices.getLast().source().origin().wantsResults();
    }

    @Override
    public List<Slice> fresh() {
        List<Slice> given = Slice.skip(slices, copied);
        copied = rows;
        return given;
    }

    @Override
    public int copied() {
        return copied;
    }

    @Override
    public List<Slice> take(int maxRows, boolean last) {
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
        copied = Math.max(0, copied - (maxRows - left));
        return taken;
    }

    @Override
    public long bytes() {
        return slices.stream().mapToLong(Slice::bytes).sum();
    }

    @Override
    public void drop() {
        Slice.skip(slices, copied).forEach(slice -> slice.source().release(slice.rows()));
        slices.clear();
        rows = 0;
        copied = 0;
    }
}
