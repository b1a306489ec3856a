package io.tfcluster.benchmarks;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/**
 * One figure.
 *
 * @param name of the figure, with the benchmark's name in front
 * @param unit of value and limit
 * @param limit what this machine could do at best, measured in the same run; null where there is no such thing
 * @param ratio value divided by limit; null without a limit
 * @param target what the figure is meant to be; null where it only informs
 */
record Measurement(
        String name,
        double value,
        String unit,
        @Nullable Double limit,
        @Nullable Double ratio,
        @Nullable Target target) {
    Measurement {
        requireNonNull(name, "name");
        requireNonNull(unit, "unit");
    }

    /** Returns a figure without a limit. */
    static Measurement of(String name, double value, String unit) {
        return new Measurement(name, value, unit, null, null, null);
    }

    /** Returns a figure with its limit, and their ratio. */
    static Measurement of(String name, double value, String unit, double limit) {
        return new Measurement(name, value, unit, limit, value / limit, null);
    }

    /** Returns this with what it is meant to be. */
    Measurement aimingAt(Target wanted) {
        return new Measurement(name, value, unit, limit, ratio, wanted);
    }

    /** Returns whether it is what it is meant to be; true without a target. */
    boolean isMet() {
        return target == null || target.isMet(value, ratio);
    }
}
