package io.tfcluster.training;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import java.time.Duration;

/**
 * When something beside the steps is done: a validation, a checkpoint, a summary.
 *
 * <p>With all-reduce it is the same moment, after the same step, on all workers.
 *
 * <pre>{@code
 * Trigger.steps(100)                       // after steps 100, 200, …, counted over restarts too
 * Trigger.epochs(1)                        // after each epoch
 * Trigger.every(Duration.ofMinutes(10))    // by the clock of rank 0
 * }</pre>
 */
public sealed interface Trigger extends Serializable permits Trigger.Steps, Trigger.Epochs, Trigger.Every {
    /** After every so many steps. */
    static Trigger steps(long count) {
        return new Steps(count);
    }

    /** After every so many epochs. */
    static Trigger epochs(long count) {
        return new Epochs(count);
    }

    /** After the first step that ends so long after the last time. */
    static Trigger every(Duration interval) {
        return new Every(interval);
    }

    /**
     * By steps.
     *
     * @param count 1 or more
     */
    record Steps(long count) implements Trigger {
        /** Checks the count. */
        public Steps {
            requireOne(count, "steps");
        }
    }

    /**
     * By epochs.
     *
     * @param count 1 or more
     */
    record Epochs(long count) implements Trigger {
        /** Checks the count. */
        public Epochs {
            requireOne(count, "epochs");
        }
    }

    /**
     * By the clock.
     *
     * @param interval 1 ms or more
     */
    record Every(Duration interval) implements Trigger {
        /** Checks the interval. */
        public Every {
            requireNonNull(interval, "interval");
            if (interval.toMillis() < 1) {
                throw new IllegalArgumentException("a trigger's interval must be 1 ms or more, got " + interval);
            }
        }
    }

    private static void requireOne(long count, String what) {
        if (count < 1) {
            throw new IllegalArgumentException("a trigger needs 1 or more " + what + ", got " + count);
        }
    }
}
