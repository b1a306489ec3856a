package io.tfcluster.training;

import java.time.Duration;
import java.util.Map;

/**
 * What one step did.
 *
 * @param step number of the step, from 1: how many updates the variables have had
 * @param epoch epoch of this process's rows
 * @param localRows rows of this process
 * @param globalRows rows of all workers in this step; with asynchronous parameter servers those of this process
 * @param loss mean over the global rows, before the update
 * @param metrics the model's metrics, means over the global rows
 * @param feedWait time this process waited for rows
 * @param compute time this process did nothing but wait for TensorFlow
 * @param communicate time the workers took to add up gradients, while TensorFlow may have computed further ones; zero with asynchronous
 *     parameter servers, where TensorFlow communicates
 */
public record StepInfo(
        long step,
        long epoch,
        int localRows,
        long globalRows,
        double loss,
        Map<String, Double> metrics,
        Duration feedWait,
        Duration compute,
        Duration communicate) {
    /** Copies the metrics. */
    public StepInfo {
        metrics = Map.copyOf(metrics);
    }
}
