package io.tfcluster.benchmarks;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a figure is meant to be.
 *
 * @param aim which number of the measurement is meant, and in which direction
 * @param bound the last good number
 */
record Target(Aim aim, double bound) {
    enum Aim {
        RATIO_AT_LEAST,
        VALUE_AT_LEAST,
        VALUE_AT_MOST
    }

    static Target ratioAtLeast(double bound) {
        return new Target(Aim.RATIO_AT_LEAST, bound);
    }

    static Target atLeast(double bound) {
        return new Target(Aim.VALUE_AT_LEAST, bound);
    }

    static Target atMost(double bound) {
        return new Target(Aim.VALUE_AT_MOST, bound);
    }

    /** Returns whether a figure reaches it; a figure that is not a number never does. */
    boolean isMet(double value, @Nullable Double ratio) {
        return switch (aim) {
            case RATIO_AT_LEAST -> ratio != null && ratio >= bound;
            case VALUE_AT_LEAST -> value >= bound;
            case VALUE_AT_MOST -> value <= bound;
        };
    }

    String text(String unit) {
        String number = String.format(Locale.ROOT, bound == Math.rint(bound) ? "%,.0f" : "%.2f", bound);
        return switch (aim) {
            case RATIO_AT_LEAST -> "ratio " + number + " or more";
            case VALUE_AT_LEAST -> number + " " + unit + " or more";
            case VALUE_AT_MOST -> number + " " + unit + " or less";
        };
    }
}
