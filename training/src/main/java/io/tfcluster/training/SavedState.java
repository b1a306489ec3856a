package io.tfcluster.training;

import java.util.Map;
import org.tensorflow.Tensor;

/**
 * A checkpoint in memory; whoever got it closes it.
 *
 * @param checkpoint where the training stood
 * @param tensors values by variable name
 */
record SavedState(SavedCheckpoint checkpoint, Map<String, Tensor> tensors) implements AutoCloseable {
    @Override
    public void close() {
        tensors.values().forEach(Tensor::close);
    }
}
