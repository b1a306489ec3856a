package io.tfcluster.killmatrix;

import java.util.List;

/**
 * What came of a case.
 *
 * @param outcome one of {@link Expected}'s words, else what went wrong
 * @param seconds from the damage to the moment when the driver knew, or the training had ended
 * @param firstCause what the driver was told, empty if nothing failed
 * @param left what stayed behind, one line each
 */
record Result(Case of, String outcome, double seconds, String firstCause, List<String> left) {
    Result {
        left = List.copyOf(left);
    }

    /** Returns whether that is what must be. */
    boolean isGood() {
        return outcome.equals(of.expected().toString()) && left.isEmpty();
    }
}
