package io.tfcluster.estimator;

import java.util.List;

/** Asks a loaded model again and again for the same outputs of the same inputs. One thread. */
interface ModelRun extends AutoCloseable {
    /** Makes a tensor for an input, whose numbers are undefined and whose strings are empty; the caller's to close. */
    BatchTensor allocate(String name, TensorType type, long[] dims);

    /**
     * Runs.
     *
     * @param tensors in the inputs' order, made by {@link #allocate}; they stay the caller's
     * @return the outputs in their order, the caller's to close
     * @throws RuntimeException if the model fails, or does not answer in time; the text says why
     */
    List<BatchTensor> run(List<BatchTensor> tensors);

    @Override
    void close();
}
