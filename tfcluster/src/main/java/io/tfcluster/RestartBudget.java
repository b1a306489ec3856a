package io.tfcluster;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/** How many restarts are left within the time window, and how long the next one has to wait. Used under its owner's lock. */
final class RestartBudget {
    private final RestartPolicy policy;
    private final Deque<Long> taken = new ArrayDeque<>();

    RestartBudget(RestartPolicy policy) {
        this.policy = policy;
    }

    /**
     * Takes a restart.
     *
     * @param nanos now, by {@link System#nanoTime}
     * @return the pause before it, or empty if none is left
     */
    Optional<Duration> take(long nanos) {
        while (!taken.isEmpty() && nanos - taken.peekFirst() > policy.window().toNanos()) {
            taken.removeFirst();
        }
        if (taken.size() >= policy.maxRestarts()) {
            return Optional.empty();
        }
        Duration pause = policy.firstBackoff();
        for (int before = 0; before < taken.size() && pause.compareTo(policy.mostBackoff()) < 0; before++) {
            pause = pause.multipliedBy(2);
        }
        taken.addLast(nanos);
        return Optional.of(pause.compareTo(policy.mostBackoff()) < 0 ? pause : policy.mostBackoff());
    }
}
