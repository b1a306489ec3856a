package io.tfcluster;

import io.tfcluster.reservation.NodeFailure;
import io.tfcluster.reservation.NodeInfo;
import io.tfcluster.reservation.NodeProgress;

/**
 * Hears on the driver what happens in a cluster; progress bars, dashboards and reports are listeners.
 *
 * <p>Given to {@link ClusterConfig.Builder#listener}. All calls of one cluster come one after the other; they should return quickly, and
 * an exception in one is logged and changes nothing else.
 */
public interface ClusterListener {
    /** A node has registered and waits for the others. */
    default void joined(NodeInfo node) {}

    /** A node said how far it is; comes with each heartbeat. */
    default void progress(String node, NodeProgress progress) {}

    /** A pass over the input has been taken by the nodes. */
    default void epochEnded(EpochReport epoch) {}

    /**
     * Nodes have got nowhere for {@link ClusterConfig#stallWarning()} although there is something to do; once for each time that happens. The
     * cluster goes on, at most until {@link ClusterConfig#stallLimit()}.
     */
    default void stalled(StallReport stall) {}

    /** A node failed; the first one is the cause, later ones are mostly consequences. */
    default void failed(NodeFailure failure) {}

    /**
     * The cluster starts again, as this generation, because of a failure; nodes join anew after a pause. Epochs that are fed once more end once
     * more.
     */
    default void restarting(NodeFailure cause, int generation) {}

    /** A node's main function has returned, and the node has gone in order. */
    default void left(String node) {}

    /** The cluster has been shut down in order. */
    default void finished(TrainingReport report) {}
}
