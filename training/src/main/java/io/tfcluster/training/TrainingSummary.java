package io.tfcluster.training;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * What {@link Trainer#fit} did.
 *
 * @param steps updates that the variables have had since they were initialised, by all workers
 * @param rows rows that this process took
 * @param globalRows rows that all workers took; with asynchronous parameter servers those of this process
 * @param loss of the last step, NaN if there was none
 * @param metrics of the last step
 * @param elapsed time in {@code fit}
 * @param feedWait of it, time waited for rows
 * @param epochs the epochs that ended in this fit, if something was asked for between epochs (see {@link FitOptions})
 * @param stoppedEarly why early stopping ended it, "" if it did not
 * @param droppedGradients gradients of this process that came too late for their step and were computed again; only with synchronous
 *     parameter servers and backup workers
 * @param globalDroppedGradients those of all workers
 */
public record TrainingSummary(
        long steps,
        long rows,
        long globalRows,
        double loss,
        Map<String, Double> metrics,
        Duration elapsed,
        Duration feedWait,
        List<EpochResult> epochs,
        String stoppedEarly,
        long droppedGradients,
        long globalDroppedGradients) {
    /** Copies metrics and epochs. */
    public TrainingSummary {
        epochs = List.copyOf(epochs);
        metrics = Map.copyOf(metrics);
    }
}
