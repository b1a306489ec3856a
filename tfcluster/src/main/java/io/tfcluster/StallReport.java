package io.tfcluster;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.List;

/**
 * That nodes of a cluster get nowhere, and why; told by {@link ClusterListener#stalled}.
 *
 * @param nodes those that have made no step, taken no row and changed no phase for {@link ClusterConfig#stallWarning()}, or said nothing
 * @param root the node that the others' waiting comes down to
 * @param cause what is known of it, in a sentence
 * @param time how long the first of them has stood still
 * @param text all of it to be read: who waits for whom, every node's state, the threads of those that stand still
 */
public record StallReport(List<String> nodes, String root, String cause, Duration time, String text) {
    /** Copies the list. */
    public StallReport {
        requireNonNull(root, "root");
        requireNonNull(cause, "cause");
        requireNonNull(time, "time");
        requireNonNull(text, "text");
        nodes = List.copyOf(nodes);
    }
}
