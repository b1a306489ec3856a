package io.tfcluster.reservation;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import java.time.Duration;
import java.util.List;

/**
 * What a node says it waits for; travels with every heartbeat, in {@link NodeProgress#waits()}.
 *
 * @param kind of what
 * @param targets which ones: the name of the feed, the nodes' names; several if it is not known which of them keeps it waiting
 * @param time since when, as a time that has passed
 */
public record NodeWait(Kind kind, List<String> targets, Duration time) implements Serializable {
    /** What a node can wait for. */
    public enum Kind {
        /** Rows of a feed. */
        FEED,
        /** Other workers, in the ring or to form it. */
        PEER,
        /** Parameter servers, in a run of TensorFlow's. */
        PS,
        /** The end of the cluster, as servers and evaluators do. */
        STOP
    }

    /** Copies the targets. */
    public NodeWait {
        requireNonNull(kind, "kind");
        requireNonNull(time, "time");
        targets = List.copyOf(targets);
    }
}
