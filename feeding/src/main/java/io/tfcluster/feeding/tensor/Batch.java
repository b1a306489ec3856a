package io.tfcluster.feeding.tensor;

import java.util.Map;
import org.tensorflow.Tensor;

/** Rows as tensors. */
@SuppressWarnings("DoNotCallSuggester")
public final class Batch implements AutoCloseable {
    Batch() {}

    /** Rows. */
    public int rows() {
        throw new UnsupportedOperationException();
    }

    /** Epoch. */
    public long epoch() {
        throw new UnsupportedOperationException();
    }

    /** End of epoch. */
    public boolean endOfEpoch() {
        throw new UnsupportedOperationException();
    }

    /** One tensor. */
    public Tensor tensor(String column) {
        throw new UnsupportedOperationException();
    }

    /** All tensors. */
    public Map<String, Tensor> tensors() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}
