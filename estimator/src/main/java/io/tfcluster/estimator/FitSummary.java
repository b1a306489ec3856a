package io.tfcluster.estimator;

import io.tfcluster.training.EpochResult;
import java.util.List;
import java.util.Map;

/**
 * What a training by {@link TFEstimator#fit} came to.
 *
 * @param steps updates that the variables have had
 * @param rows rows that were learned, those of all epochs together
 * @param loss of the last epoch, or of the last step if none ended; NaN if nothing was learned, or a main function of the user's ran
 * @param metrics of the last epoch, or of the last step if none ended: those that the Param {@code metrics} asks for
 * @param epochs each epoch: loss, metrics, validation; after a restart or a resumption those since then. Empty for a main function of the user's
 * @param stoppedEarly why early stopping ended it, "" if it did not
 * @param seconds from the start of the cluster to its end, restarts included
 * @param restarts how often it was started again
 */
public record FitSummary(
        long steps,
        long rows,
        double loss,
        Map<String, Double> metrics,
        List<EpochResult> epochs,
        String stoppedEarly,
        double seconds,
        int restarts) {
    /** Copies metrics and epochs. */
    public FitSummary {
        metrics = Map.copyOf(metrics);
        epochs = List.copyOf(epochs);
    }

    /** Returns the loss of each epoch, as Spark's own summaries have it. */
    public double[] objectiveHistory() {
        return epochs.stream().mapToDouble(EpochResult::loss).toArray();
    }
}
