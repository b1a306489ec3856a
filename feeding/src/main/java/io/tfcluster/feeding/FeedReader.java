package io.tfcluster.feeding;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** Reading end of a feed, without tensors. */
@SuppressWarnings("DoNotCallSuggester")
public final class FeedReader {
    FeedReader() {}

    /** Returns the feed's name. */
    public String feed() {
        throw new UnsupportedOperationException();
    }

    /** Returns its columns. */
    public FeedSchema schema() {
        throw new UnsupportedOperationException();
    }

    /** Takes rows. */
    public RowBatch next(int maxRows) {
        throw new UnsupportedOperationException();
    }

    /** Takes rows. */
    public Optional<RowBatch> poll(int maxRows, BooleanSupplier makeDo) {
        throw new UnsupportedOperationException();
    }

    /** Wakes poll. */
    public void wakeUp() {}

    /** Whether ended. */
    public boolean shouldStop() {
        throw new UnsupportedOperationException();
    }

    /** Answers. */
    public void answer(FeedSchema results, int rows, List<ByteBuffer> columns) {
        throw new UnsupportedOperationException();
    }

    /** Ends the feed early. */
    public void terminate() {}

    /** Returns figures. */
    public FeedStats stats() {
        throw new UnsupportedOperationException();
    }
}
