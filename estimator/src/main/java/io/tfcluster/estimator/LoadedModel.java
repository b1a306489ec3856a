package io.tfcluster.estimator;

import java.time.Duration;
import java.util.List;

/** A model that is ready to answer, in this process or another one. Any number of threads may ask; {@link ModelCache} closes it when none does. */
interface LoadedModel extends AutoCloseable {
    /**
     * Returns what a task asks again and again.
     *
     * @param limit for each answer
     * @throws IllegalStateException if the model has no such tensor
     */
    ModelRun open(List<TensorSpec> inputs, List<TensorSpec> outputs, Duration limit);

    /** Returns false once it will answer no more: another one must be loaded. */
    boolean isUsable();

    @Override
    void close();
}
