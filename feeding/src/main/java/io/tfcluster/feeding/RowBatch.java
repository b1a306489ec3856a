package io.tfcluster.feeding;

/** Rows. */
@SuppressWarnings("DoNotCallSuggester")
public final class RowBatch implements AutoCloseable {
    RowBatch() {}

    /** Returns the number of rows, 0 or more. */
    public int rows() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}
