package io.tfcluster.reservation;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * How far a node is; it travels with every heartbeat.
 *
 * @param phase what the node is doing in a word or two: "starting", "running" the main function, "building", "training", "evaluating", "saving",
 *     "trained", "exporting", "serving", "ended"
 * @param epoch current epoch
 * @param step global step
 * @param rows rows consumed since the start
 * @param rowsPerSecond recent speed
 * @param feedWait time spent waiting for rows since the start
 * @param metrics latest values by name: "loss", "accuracy"
 * @param feeds the node's feeds by name; empty on a node that is fed nothing
 * @param waits what the node waits for now, as far as it knows; empty while it computes or runs the user's own code
 */
public record NodeProgress(
        String phase,
        long epoch,
        long step,
        long rows,
        double rowsPerSecond,
        Duration feedWait,
        Map<String, Double> metrics,
        Map<String, FeedProgress> feeds,
        List<NodeWait> waits)
        implements Serializable {
    /** Copies maps and list. */
    public NodeProgress {
        requireNonNull(phase, "phase");
        requireNonNull(feedWait, "feedWait");
        metrics = Map.copyOf(metrics);
        feeds = Map.copyOf(feeds);
        waits = List.copyOf(waits);
    }

    /** Makes the progress of a node without feeds. */
    public NodeProgress(
            String phase,
            long epoch,
            long step,
            long rows,
            double rowsPerSecond,
            Duration feedWait,
            Map<String, Double> metrics) {
        this(phase, epoch, step, rows, rowsPerSecond, feedWait, metrics, Map.of(), List.of());
    }

    /** Returns the progress of a node that is in this phase and has counted nothing yet. */
    public static NodeProgress of(String phase) {
        return new NodeProgress(phase, 0, 0, 0, 0, Duration.ZERO, Map.of());
    }

    /** Returns this with what the node's feeds do. */
    public NodeProgress withFeeds(Map<String, FeedProgress> feedsByName) {
        return new NodeProgress(phase, epoch, step, rows, rowsPerSecond, feedWait, metrics, feedsByName, waits);
    }

    /** Returns this with what the node waits for. */
    public NodeProgress withWaits(List<NodeWait> now) {
        return new NodeProgress(phase, epoch, step, rows, rowsPerSecond, feedWait, metrics, feeds, now);
    }
}
