package io.tfcluster.training;

import java.util.Map;
import org.tensorflow.Tensor;

/**
 * Some rows for one step, as tensors by input name.
 *
 * <p>A {@link BatchSource} makes it, the trainer closes it after the step; closing frees the tensors.
 */
public interface TrainingBatch extends AutoCloseable {
    /** Returns how many rows it has; 0 is allowed when a peer did not wait, or with {@link #endOfData()}. */
    int rows();

    /**
     * Returns whether a worker begins a step with this batch, by default if it has rows. A source whose workers all have the same number of
     * batches says so of its empty ones too.
     */
    default boolean beginsStep() {
        return rows() > 0;
    }

    /** Returns the epoch that the rows belong to, from 0. */
    long epoch();

    /** Returns the tensors by input name, each of shape [rows, …]; may be empty when there are no rows. */
    Map<String, Tensor> inputs();

    /** Returns whether nothing comes after these rows. */
    boolean endOfData();

    /** Returns whether these rows are the last of their epoch. */
    boolean endOfEpoch();

    @Override
    void close();
}
