package io.tfcluster.reservation;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes one failure per attempt out of the signs of its end: what the node said, what its launcher saw, a closed connection, silence.
 *
 * <p>They come in any order, for they come on two connections: the node's ends when it dies, the launcher reports from another process.
 * The verdict falls when both have spoken, when the launcher has and the node can no longer, or {@link #DELAY} after the first sign.
 * Guarded by the {@link Roster}'s lock. Methods that may pass a verdict return whether they did.
 */
final class Verdicts {
    private static final Logger log = LoggerFactory.getLogger(Verdicts.class);

    /** How long other signs are waited for after the first one: a launcher needs about 20 ms to report an exit. */
    static final Duration DELAY = Duration.ofSeconds(1);

    private final Duration heartbeatLimit;
    private final Events events;
    private final List<NodeFailure> failures = new ArrayList<>();

    Verdicts(Duration heartbeatLimit, Events events) {
        this.heartbeatLimit = heartbeatLimit;
        this.events = events;
    }

    /** The node's own account, or that of a launcher that could not even start it. */
    boolean failed(Node node, NodeFailure failure) {
        NodeFailure said = failure.as(node.name, node.host(), Instant.now());
        if (node.phase.isOver()) {
            late(node, said);
            return false;
        }
        ending(node, "");
        node.said = said;
        return passIfAllIsSaid(node);
    }

    boolean exited(Node node, Message.ExitReport report) {
        if (node.phase == Node.Phase.FAREWELL && report.exitCode() == 0) {
            return false;
        }
        NodeFailure exit = new NodeFailure(
                node.name,
                report.host(),
                Instant.now(),
                OptionalInt.of(report.exitCode()),
                report.note(),
                "",
                report.lastLines());
        if (node.phase.isOver()) {
            late(node, exit);
            return false;
        }
        ending(node, "");
        node.exit = exit;
        return passIfAllIsSaid(node);
    }

    boolean closed(Node node, String why) {
        if (node.phase.isOver()) {
            return false;
        }
        ending(node, why);
        return passIfAllIsSaid(node);
    }

    /** Looks whether the node is silent, or a verdict is due. */
    boolean tick(Node node, long now) {
        if (node.phase == Node.Phase.ENDING && now - node.verdictNanos >= 0) {
            pass(node);
            return true;
        }
        if (node.phase == Node.Phase.JOINED) {
            Duration silence = Duration.ofNanos(now - node.heardNanos);
            Duration limit = heartbeatLimit.multipliedBy(2);
            if (silence.compareTo(limit) > 0) {
                ending(node, "silent for more than " + limit);
                pass(node);
                return true;
            }
            if (!node.stalled && silence.compareTo(heartbeatLimit) > 0) {
                node.stalled = true;
                events.emit(listener -> listener.stalled(node.ordinal, silence));
            }
        }
        return false;
    }

    NodeFailure failure(Node node) {
        return failures.get(node.failure);
    }

    List<NodeFailure> failures() {
        return failures.stream().sorted(Comparator.comparing(NodeFailure::time)).toList();
    }

    private static void ending(Node node, String why) {
        if (node.phase != Node.Phase.ENDING) {
            node.phase = Node.Phase.ENDING;
            node.verdictNanos = System.nanoTime() + DELAY.toNanos();
            node.firstSign = Instant.now();
        }
        if (node.why.isEmpty()) {
            node.why = why;
        }
    }

    private boolean passIfAllIsSaid(Node node) {
        boolean all = node.exit != null && (node.said != null || node.connection == null);
        if (all) {
            pass(node);
        }
        return all;
    }

    private void pass(Node node) {
        NodeFailure said = node.said;
        NodeFailure exit = node.exit;
        NodeFailure failure;
        if (said != null) {
            failure = exit == null ? said : said.merge(exit);
        } else if (exit != null) {
            failure = exit.as(node.name, node.host(), node.firstSign);
        } else {
            failure = new NodeFailure(
                    node.name, node.host(), node.firstSign, OptionalInt.empty(), node.why, "", List.of());
        }
        node.failure = failures.size();
        failures.add(failure);
        Connection connection = node.connection;
        if (said == null && exit == null) {
            String why = node.why;
            node.phase = Node.Phase.LOST;
            events.emit(listener -> listener.lost(node.ordinal, why));
        } else {
            node.phase = Node.Phase.FAILED;
            events.emit(listener -> listener.failed(node.ordinal, failure));
        }
        if (connection != null) {
            connection.close("the node was given up");
        }
    }

    /** Adds what came after the verdict. */
    private void late(Node node, NodeFailure more) {
        if (node.phase == Node.Phase.FAREWELL) {
            log.info("after its farewell: {}", more.describe());
            return;
        }
        NodeFailure merged = failures.get(node.failure).merge(more);
        failures.set(node.failure, merged);
        if (node.phase == Node.Phase.LOST) {
            node.phase = Node.Phase.FAILED;
            events.emit(listener -> listener.failed(node.ordinal, merged));
        } else {
            events.emit(listener -> listener.completed(node.ordinal, merged));
        }
    }
}
