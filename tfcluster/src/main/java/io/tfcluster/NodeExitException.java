package io.tfcluster;

import io.tfcluster.reservation.NodeFailure;
import java.util.List;

/**
 * A node of the cluster failed, and with it the cluster: the first failure is the cause, all later ones are listed as consequences.
 *
 * <p>Thrown on the driver by whatever was under way, {@link TFCluster#run}, {@code train} or {@code shutdown}, and by every later call.
 * The message tells node, host and time, the exit code and what it means, the node's own exception with its causes, and the last lines of its
 * log. The SparkContext stays usable.
 */
public final class NodeExitException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    private static final int SHOWN_LINES = 50;
    private static final int SHOWN_FRAMES = 200;

    private final transient NodeFailure first;
    private final transient List<NodeFailure> consequences;
    private final transient List<String> restarts;

    /** Made by the cluster. */
    public NodeExitException(NodeFailure first, List<NodeFailure> consequences) {
        this(first, consequences, List.of());
    }

    /**
     * Made by a cluster that was started again before.
     *
     * @param restarts what happened before, a line each
     */
    NodeExitException(NodeFailure first, List<NodeFailure> consequences, List<String> restarts) {
        super(text(first, consequences) + history(restarts));
        this.first = first;
        this.consequences = List.copyOf(consequences);
        this.restarts = List.copyOf(restarts);
    }

    /** Returns this failure as the last one of a cluster that was started again before. */
    NodeExitException after(List<String> before) {
        NodeExitException failure = new NodeExitException(first, consequences, before);
        failure.setStackTrace(getStackTrace());
        return failure;
    }

    /** Returns the failure that came first. */
    public NodeFailure first() {
        return first;
    }

    /** Returns what became of the cluster's restarts before this failure, a line each; empty if there were none. */
    public List<String> restarts() {
        return restarts;
    }

    private static String history(List<String> restarts) {
        return restarts.isEmpty()
                ? ""
                : "\nno restart is left; what happened before:\n  " + String.join("\n  ", restarts);
    }

    /** Returns the failures that followed, in the order of time. */
    public List<NodeFailure> consequences() {
        return consequences;
    }

    private static String text(NodeFailure first, List<NodeFailure> consequences) {
        StringBuilder text = new StringBuilder(first.describe());
        text.append("\n  at ").append(first.time());
        if (!first.stackTrace().isEmpty()) {
            List<String> frames = first.stackTrace().lines().toList();
            text.append("\nits exception:");
            append(text, frames.subList(0, Math.min(SHOWN_FRAMES, frames.size())));
        }
        if (!first.lastLines().isEmpty()) {
            List<String> lines = first.lastLines();
            List<String> last = lines.subList(Math.max(0, lines.size() - SHOWN_LINES), lines.size());
            text.append("\nthe last ").append(last.size()).append(" lines of its log:");
            append(text, last);
        }
        if (!consequences.isEmpty()) {
            text.append("\nwhat followed from it:");
            for (NodeFailure failure : consequences) {
                text.append("\n  ")
                        .append(failure.time())
                        .append(' ')
                        .append(failure.describe().lines().findFirst().orElse(failure.node()));
            }
        }
        return text.toString();
    }

    private static void append(StringBuilder text, List<String> lines) {
        lines.forEach(line -> text.append("\n  ").append(line));
    }
}
