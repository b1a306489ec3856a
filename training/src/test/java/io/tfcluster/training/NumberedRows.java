package io.tfcluster.training;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/** A source that can begin at any row and says where it is: batches of {@code size} rows, each {@code stride} rows after the one before. */
final class NumberedRows implements BatchSource {
    private final Rows rows;
    private final int size;
    private final int stride;
    private int next;
    private int batches;

    /** First rows of the batches that were handed out. */
    final List<Integer> handedOut = new ArrayList<>();

    NumberedRows(Rows rows, int first, int size, int stride) {
        this.rows = rows;
        this.next = first;
        this.size = size;
        this.stride = stride;
    }

    /** Lets it give so many batches more, then end. */
    NumberedRows give(int more) {
        batches = more;
        return this;
    }

    @Override
    public TrainingBatch next(int maxRows, BooleanSupplier makeDo) {
        if (batches == 0) {
            return new Rows.TestBatch(Map.of(), 0, true);
        }
        batches--;
        int from = next;
        next += stride;
        handedOut.add(from);
        return rows.batch(from, from + size, batches == 0);
    }

    @Override
    public String position() {
        return "{\"row\":" + next + "}";
    }

    /** Returns the row in a {@link #position()}. */
    static int row(String position) {
        return Integer.parseInt(position.replaceAll("\\D", ""));
    }
}
