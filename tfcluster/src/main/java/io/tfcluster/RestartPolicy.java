package io.tfcluster;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * What happens when a node of a cluster fails: how often, how soon and with how few nodes the cluster is started again.
 *
 * <p>A value, set by {@link ClusterConfig.Builder#maxRestarts} and its neighbours.
 *
 * @param maxRestarts restarts within the window before a failure ends the cluster; 0 for none at all
 * @param firstBackoff pause before the first restart within the window; each further one takes twice as long
 * @param mostBackoff the longest pause
 * @param window how long a restart counts
 * @param minWorkers fewest nodes that train with which the cluster goes on; 0 for all of them
 * @param fullWait how long all slots are waited for before the cluster goes on with fewer nodes
 */
public record RestartPolicy(
        int maxRestarts,
        Duration firstBackoff,
        Duration mostBackoff,
        Duration window,
        int minWorkers,
        Duration fullWait) {
    static final RestartPolicy NONE = new RestartPolicy(
            0, Duration.ofSeconds(1), Duration.ofMinutes(1), Duration.ofHours(1), 0, Duration.ofMinutes(1));

    /** Checks numbers and limits. */
    public RestartPolicy {
        requireNonNull(firstBackoff, "firstBackoff");
        requireNonNull(mostBackoff, "mostBackoff");
        requireNonNull(window, "window");
        requireNonNull(fullWait, "fullWait");
        if (maxRestarts < 0) {
            throw new IllegalArgumentException("maxRestarts must be 0 or more, got " + maxRestarts);
        }
        if (firstBackoff.isNegative() || mostBackoff.compareTo(firstBackoff) < 0) {
            throw new IllegalArgumentException("the back-off must be 0 or more and grow, got " + firstBackoff
                    + " at first and " + mostBackoff + " at most");
        }
        if (window.isNegative() || window.isZero()) {
            throw new IllegalArgumentException("restartWindow must be positive, got " + window);
        }
        if (minWorkers < 0 || fullWait.isNegative()) {
            throw new IllegalArgumentException(
                    "minWorkers and its wait must be 0 or more, got " + minWorkers + " and " + fullWait);
        }
    }

    RestartPolicy restarts(int most) {
        return new RestartPolicy(most, firstBackoff, mostBackoff, window, minWorkers, fullWait);
    }

    RestartPolicy backoff(Duration first, Duration most) {
        return new RestartPolicy(maxRestarts, first, most, window, minWorkers, fullWait);
    }

    RestartPolicy within(Duration time) {
        return new RestartPolicy(maxRestarts, firstBackoff, mostBackoff, time, minWorkers, fullWait);
    }

    RestartPolicy atLeast(int workers, Duration wait) {
        return new RestartPolicy(maxRestarts, firstBackoff, mostBackoff, window, workers, wait);
    }
}
