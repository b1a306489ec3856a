package io.tfcluster.training;

import java.util.Map;

/**
 * What one epoch of a {@link Trainer#fit fit} came to.
 *
 * @param epoch number of the epoch, from 0
 * @param step updates so far, at its end
 * @param rows rows of this epoch that all workers took; with asynchronous parameter servers those of this process
 * @param loss mean over these rows, each at the step that took it
 * @param metrics the model's, over these rows
 * @param validation what the validation at the end of the epoch gave, empty if there was none
 */
public record EpochResult(
        long epoch, long step, long rows, double loss, Map<String, Double> metrics, Map<String, Double> validation) {
    /** Copies the maps. */
    public EpochResult {
        metrics = Map.copyOf(metrics);
        validation = Map.copyOf(validation);
    }
}
