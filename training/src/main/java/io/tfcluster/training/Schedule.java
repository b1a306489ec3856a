package io.tfcluster.training;

import java.io.Serializable;
import java.util.List;

/**
 * A learning rate that may change with the step; step 0 is the first.
 *
 * <p>Write one's own as a lambda: {@code step -> step < 1000 ? 0.1f : 0.01f}.
 */
@FunctionalInterface
public interface Schedule extends Serializable {
    /** Returns the learning rate of a step, 0 or more. */
    float at(long step);

    /** The same rate at all steps. */
    static Schedule constant(double rate) {
        requireRate(rate);
        return step -> (float) rate;
    }

    /** {@code rate * factor^(step / steps)}, without stairs. */
    static Schedule exponentialDecay(double rate, double factor, long steps) {
        requireRate(rate);
        requireSteps(steps);
        return step -> (float) (rate * Math.pow(factor, (double) step / steps));
    }

    /** Half a cosine from {@code rate} at step 0 down to 0 at {@code steps}, then 0: Loshchilov and Hutter, 2017, without restarts. */
    static Schedule cosine(double rate, long steps) {
        requireRate(rate);
        requireSteps(steps);
        return step -> (float) (rate * 0.5 * (1 + Math.cos(Math.PI * Math.min(step, steps) / steps)));
    }

    /**
     * Steps in a staircase: {@code rates[0]} up to and including {@code boundaries[0]}, then {@code rates[1]}, and so on.
     *
     * @param boundaries ascending steps
     * @param rates one more than boundaries
     */
    static Schedule piecewise(List<Long> boundaries, List<Double> rates) {
        if (rates.size() != boundaries.size() + 1) {
            throw new IllegalArgumentException("a piecewise schedule has one rate more than boundaries, got "
                    + rates.size() + " rates for " + boundaries.size() + " boundaries");
        }
        for (int i = 1; i < boundaries.size(); i++) {
            if (boundaries.get(i) <= boundaries.get(i - 1)) {
                throw new IllegalArgumentException("boundaries must ascend, got " + boundaries);
            }
        }
        rates.forEach(Schedule::requireRate);
        List<Long> ends = List.copyOf(boundaries);
        List<Double> values = List.copyOf(rates);
        return step -> {
            int piece = 0;
            while (piece < ends.size() && step > ends.get(piece)) {
                piece++;
            }
            return values.get(piece).floatValue();
        };
    }

    /** Rises evenly over {@code steps} steps to what {@code then} starts with; {@code then} counts its steps from there. */
    static Schedule warmUp(long steps, Schedule then) {
        requireSteps(steps);
        return step -> step < steps ? then.at(0) * (step + 1) / steps : then.at(step - steps);
    }

    private static void requireRate(double rate) {
        if (!(rate >= 0) || Double.isInfinite(rate)) {
            throw new IllegalArgumentException("a learning rate is 0 or more and finite, got " + rate);
        }
    }

    private static void requireSteps(long steps) {
        if (steps < 1) {
            throw new IllegalArgumentException("a schedule needs 1 step or more, got " + steps);
        }
    }
}
