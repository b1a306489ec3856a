package io.tfcluster.reservation;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import java.time.Duration;
import java.util.Map;

/**
 * How far a node is; it travels with every heartbeat.
 *
 * @param phase what the node is doing in a word or two: "starting", "training", "evaluating"
 * @param epoch current epoch
 * @param step global step
 * @param rows rows consumed since the start
 * @param rowsPerSecond recent speed
 * @param feedWait time spent waiting for rows since the start
 * @param metrics latest values by name: "loss", "accuracy"
 */
public record NodeProgress(
        String phase,
        long epoch,
        long step,
        long rows,
        double rowsPerSecond,
        Duration feedWait,
        Map<String, Double> metrics)
        implements Serializable {
    /** Copies the metrics. */
    public NodeProgress {
        requireNonNull(phase, "phase");
        requireNonNull(feedWait, "feedWait");
        metrics = Map.copyOf(metrics);
    }

    /** Returns the progress of a node that is in this phase and has counted nothing yet. */
    public static NodeProgress of(String phase) {
        return new NodeProgress(phase, 0, 0, 0, 0, Duration.ZERO, Map.of());
    }
}
