package io.tfcluster.estimator;

/**
 * A model in the hands of one task, until it closes it.
 *
 * @param plan of the version that it is
 */
record OpenModel(TransformPlan plan, ModelCache.Lease lease, BatchRunner runner) implements AutoCloseable {
    @Override
    public void close() {
        runner.close();
        lease.close();
    }
}
