package io.tfcluster;

import static java.util.Objects.requireNonNull;

import io.tfcluster.reservation.NodeFailure;
import io.tfcluster.reservation.NodeProgress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a cluster did from start to end, given by {@link TFCluster#shutdown()}.
 *
 * @param clusterId the cluster's random name, as it stands in the logs
 * @param duration from {@link TFCluster#run} to the end of the shutdown
 * @param epochs every pass over an input of every feed, in the order of their ends
 * @param restarts why the cluster was started again, in order; mostly empty
 * @param nodes every node, in the order of the template: ps, chief, evaluator, workers
 */
public record TrainingReport(
        String clusterId, Duration duration, List<EpochReport> epochs, List<Restart> restarts, List<Node> nodes) {
    /** Copies the lists. */
    public TrainingReport {
        epochs = List.copyOf(epochs);
        restarts = List.copyOf(restarts);
        nodes = List.copyOf(nodes);
    }

    /**
     * One time the cluster was started again.
     *
     * @param generation number of the generation that began, from 1
     * @param cause the failure that ended the one before
     */
    public record Restart(int generation, NodeFailure cause) {
        /** Checks that there is a cause. */
        public Restart {
            requireNonNull(cause, "cause");
        }
    }

    /**
     * One node.
     *
     * @param name role and index, {@code worker:0}
     * @param host where it ran
     * @param result what its main function left with {@link NodeContext#result}
     * @param progress what it last reported, empty if it never did
     */
    public record Node(String name, String host, Map<String, String> result, Optional<NodeProgress> progress) {
        /** Copies the map. */
        public Node {
            result = Map.copyOf(result);
        }
    }
}
