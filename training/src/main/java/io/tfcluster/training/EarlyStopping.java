package io.tfcluster.training;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;

/**
 * Ends a training when a validation metric no longer gets better, and gives the variables back the values they had when it was best.
 *
 * <pre>{@code
 * EarlyStopping.minimize("loss")
 * EarlyStopping.maximize("accuracy").patience(5).minDelta(0.001)
 * }</pre>
 *
 * @param metric "loss" or a metric of the model
 * @param larger whether larger is better
 * @param patience how many validations in a row may be no better before the training ends, 0 or more
 * @param minDelta by how much a value must be better to count, 0 or more
 * @param restoreBest whether the variables get the values of the best validation when the training ends
 */
public record EarlyStopping(String metric, boolean larger, int patience, double minDelta, boolean restoreBest)
        implements Serializable {
    /** Checks the numbers. */
    public EarlyStopping {
        requireNonNull(metric, "metric");
        if (patience < 0 || !(minDelta >= 0)) {
            throw new IllegalArgumentException(
                    "patience and minDelta must be 0 or more, got patience " + patience + ", minDelta " + minDelta);
        }
    }

    /** Smaller is better; patience 3, best values restored. */
    public static EarlyStopping minimize(String metric) {
        return new EarlyStopping(metric, false, 3, 0, true);
    }

    /** Larger is better; patience 3, best values restored. */
    public static EarlyStopping maximize(String metric) {
        return new EarlyStopping(metric, true, 3, 0, true);
    }

    /** Returns a copy with another patience. */
    public EarlyStopping patience(int validations) {
        return new EarlyStopping(metric, larger, validations, minDelta, restoreBest);
    }

    /** Returns a copy with another least difference. */
    public EarlyStopping minDelta(double difference) {
        return new EarlyStopping(metric, larger, patience, difference, restoreBest);
    }

    /** Returns a copy that restores the best values, or leaves the last ones. */
    public EarlyStopping restoreBest(boolean restore) {
        return new EarlyStopping(metric, larger, patience, minDelta, restore);
    }

    /** Returns whether a value is better than the best so far, which is NaN at first. */
    boolean better(double value, double best) {
        return Double.isNaN(best) ? !Double.isNaN(value) : larger ? value > best + minDelta : value < best - minDelta;
    }
}
