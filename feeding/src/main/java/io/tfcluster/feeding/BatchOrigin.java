package io.tfcluster.feeding;

import io.tfcluster.feeding.ReceivedBlock.Slice;
import java.util.ArrayList;
import java.util.List;

/** Where the rows of a batch came from; the feed that made the batch understands it, when it hears that the batch was handed out. */
public final class BatchOrigin {
    static final BatchOrigin NONE = new BatchOrigin(0, false, List.of());

    /** Rows of one block. */
    record Part(BlockRows block, int from, int to) {}

    private final long epoch;
    private final boolean planned;
    private final List<Part> parts;

    private BatchOrigin(long epoch, boolean planned, List<Part> parts) {
        this.epoch = epoch;
        this.planned = planned;
        this.parts = parts;
    }

    static BatchOrigin of(long epoch, boolean planned, List<Slice> slices) {
        List<Part> parts = new ArrayList<>(slices.size());
        for (Slice slice : slices) {
            BlockRows block = slice.source().rows();
            if (block != null) {
                parts.add(new Part(block, slice.from(), slice.to()));
            }
        }
        return new BatchOrigin(epoch, planned, parts);
    }

    long epoch() {
        return epoch;
    }

    /** Whether it is a batch of a deterministic feed, which counts without rows, too. */
    boolean planned() {
        return planned;
    }

    List<Part> parts() {
        return parts;
    }

    int rows() {
        int rows = 0;
        for (Part part : parts) {
            rows += part.to() - part.from();
        }
        return rows;
    }

    @Override
    public String toString() {
        return rows() + " rows of epoch " + epoch;
    }
}
