package io.tfcluster.training;

import io.tfcluster.training.ring.Ring;
import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The numbers behind the gradients: {@code rows, rows·loss, rows·metric…, ended, bad, rank of bad}.
 *
 * <p>Before the all-reduce they are this worker's, after it the sums over all.
 */
final class StepTail {
    private final FloatBuffer numbers;
    private final List<String> metrics;
    private final int votes;
    private boolean badHere;

    StepTail(FloatBuffer numbers, List<String> metrics) {
        this.numbers = numbers;
        this.metrics = metrics;
        this.votes = 2 + metrics.size();
    }

    void vote(boolean ended, int rank) {
        badHere = !Float.isFinite(numbers.get(1));
        numbers.put(votes, ended ? 1 : 0);
        numbers.put(votes + 1, badHere ? 1 : 0);
        numbers.put(votes + 2, badHere ? rank : 0);
    }

    long rows() {
        return Math.round((double) numbers.get(0));
    }

    int ended() {
        return Math.round(numbers.get(votes));
    }

    double loss() {
        return (double) numbers.get(1) / numbers.get(0);
    }

    Map<String, Double> metrics() {
        Map<String, Double> means = new LinkedHashMap<>();
        for (int i = 0; i < metrics.size(); i++) {
            means.put(metrics.get(i), (double) numbers.get(2 + i) / numbers.get(0));
        }
        return means;
    }

    /** Throws on all workers if a loss is NaN or infinite, before the update. */
    void check(long step, Ring ring) {
        int bad = Math.round(numbers.get(votes + 1));
        if (bad == 0) {
            return;
        }
        String where = bad == 1
                ? "rank " + Math.round(numbers.get(votes + 2)) + " of " + ring.size()
                : bad + " of " + ring.size() + " workers" + (badHere ? ", rank " + ring.rank() + " among them" : "");
        throw new IllegalStateException("the loss of step " + step + " is NaN or infinite on " + where
                + "; the variables are as after step " + (step - 1)
                + ". Lower the learning rate or look at the rows; stopOnBadLoss(false) goes on nevertheless.");
    }
}
