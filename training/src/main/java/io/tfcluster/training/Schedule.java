package io.tfcluster.training;

import java.io.Serializable;
import java.util.List;

/**
 * A learning rate that may change with the step; step 0 is the first.
 *
 * <p>Write one's own as a lambda: {@code step -> step < 1000 ? 0.1f : 0.01f}. Those made here are equal if they were made with the same
 * numbers; their formulas are Keras'.
 */
@FunctionalInterface
public interface Schedule extends Serializable {
    /** Returns the learning rate of a step, 0 or more. */
    float at(long step);

    /** The same rate at all steps. */
    static Schedule constant(double rate) {
        return new Schedules.Constant(rate);
    }

    /** {@code rate * factor^(step / steps)}, without stairs. */
    static Schedule exponentialDecay(double rate, double factor, long steps) {
        return new Schedules.Exponential(rate, factor, steps, false);
    }

    /** {@code rate * factor^floor(step / steps)}: another rate every {@code steps} steps. */
    static Schedule staircase(double rate, double factor, long steps) {
        return new Schedules.Exponential(rate, factor, steps, true);
    }

    /** Half a cosine from {@code rate} at step 0 down to 0 at {@code steps}, then 0: Loshchilov and Hutter, 2017, without restarts. */
    static Schedule cosine(double rate, long steps) {
        return cosine(rate, steps, 0);
    }

    /**
     * As {@link #cosine(double, long)}, down to a floor.
     *
     * @param alpha the floor as a share of {@code rate}, 0 to 1
     */
    static Schedule cosine(double rate, long steps, double alpha) {
        return new Schedules.Cosine(rate, steps, alpha);
    }

    /** A straight line from {@code rate} at step 0 to {@code end} at {@code steps}, then {@code end}. */
    static Schedule linear(double rate, double end, long steps) {
        return polynomial(rate, end, steps, 1);
    }

    /** {@code (rate - end) * (1 - step / steps)^power + end} up to {@code steps}, then {@code end}. */
    static Schedule polynomial(double rate, double end, long steps, double power) {
        return new Schedules.Polynomial(rate, end, steps, power);
    }

    /**
     * Steps in a staircase: {@code rates[0]} up to and including {@code boundaries[0]}, then {@code rates[1]}, and so on.
     *
     * @param boundaries ascending steps
     * @param rates one more than boundaries
     */
    static Schedule piecewise(List<Long> boundaries, List<Double> rates) {
        return new Schedules.Piecewise(boundaries, rates);
    }

    /**
     * Rises evenly over {@code steps} steps to what {@code then} starts with, which its last step has: the first has a {@code steps}-th of
     * it. {@code then} counts its steps from there.
     */
    static Schedule warmUp(long steps, Schedule then) {
        return new Schedules.WarmUp(steps, then);
    }

    /** Rises from {@code from} at step 0 to what {@code then} starts with at step {@code steps}, as Keras' warm-up does. */
    static Schedule warmUp(long steps, double from, Schedule then) {
        return new Schedules.WarmUpFrom(steps, from, then);
    }
}
