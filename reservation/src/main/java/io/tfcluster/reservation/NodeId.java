package io.tfcluster.reservation;

import java.io.Serializable;

/**
 * Which node of a template, and which try at starting it.
 *
 * @param ordinal position in the {@link ClusterTemplate}, 0 or more
 * @param attempt attempt number of the task that launched it, 0 or more; a higher one replaces a lower one
 */
public record NodeId(int ordinal, int attempt) implements Serializable {
    /** Checks that neither is negative. */
    public NodeId {
        if (ordinal < 0 || attempt < 0) {
            throw new IllegalArgumentException(
                    "ordinal and attempt must be 0 or more, got ordinal " + ordinal + ", attempt " + attempt);
        }
    }
}
