package io.tfcluster;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;

/**
 * One thing that {@link TFCluster#check} has seen at one place.
 *
 * @param where {@code driver}, or {@code HOST executor 3}, or {@code HOST node} for a process as a node's would be
 * @param topic what was looked at, such as {@code class path}
 * @param found what was seen, with its values
 * @param advice what to do about it; empty if all is well
 */
public record Finding(Level level, String where, String topic, String found, String advice) implements Serializable {
    /** How bad it is. */
    public enum Level {
        /** As it should be. */
        OK("ok"),
        /** A cluster would run, but slower, for some uses only, or not for long. */
        WARNING("warning"),
        /** A cluster would not start, or not get through its training. */
        WOULD_FAIL("would fail");

        private final String text;

        Level(String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    /** Checks that only what is well comes without advice. */
    public Finding {
        requireNonNull(level, "level");
        requireNonNull(where, "where");
        requireNonNull(topic, "topic");
        requireNonNull(found, "found");
        if (advice.isEmpty() != (level == Level.OK)) {
            throw new IllegalArgumentException(
                    "a finding has advice unless all is well, got \"" + advice + "\" with " + level + ": " + found);
        }
    }

    static Finding ok(String where, String topic, String found) {
        return new Finding(Level.OK, where, topic, found, "");
    }

    static Finding warning(String where, String topic, String found, String advice) {
        return new Finding(Level.WARNING, where, topic, found, advice);
    }

    static Finding wouldFail(String where, String topic, String found, String advice) {
        return new Finding(Level.WOULD_FAIL, where, topic, found, advice);
    }
}
