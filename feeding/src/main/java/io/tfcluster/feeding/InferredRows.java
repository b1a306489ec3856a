package io.tfcluster.feeding;

import java.util.Iterator;

/**
 * Results of one partition, in row order, computed as they are asked for; close it when the reader may stop early.
 *
 * @param <T> the input row's type
 */
public interface InferredRows<T> extends Iterator<InferredRow<T>>, AutoCloseable {
    /** Closes the connections; called by itself after the last row. */
    @Override
    void close();
}
