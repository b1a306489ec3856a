package io.tfcluster.training;

import java.util.Map;
import org.tensorflow.Tensor;

/** The batch of a worker that has had all its rows. */
record EmptyBatch(long epoch) implements TrainingBatch {
    static TrainingBatch at(long epoch) {
        return new EmptyBatch(epoch);
    }

    @Override
    public int rows() {
        return 0;
    }

    @Override
    public Map<String, Tensor> inputs() {
        return Map.of();
    }

    @Override
    public boolean endOfData() {
        return true;
    }

    @Override
    public boolean endOfEpoch() {
        return false;
    }

    @Override
    public void close() {}
}
