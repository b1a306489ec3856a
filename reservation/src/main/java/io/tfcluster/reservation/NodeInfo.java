package io.tfcluster.reservation;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import java.util.Map;

/**
 * What a node says of itself when it registers.
 *
 * @param task role, index and address; must fit the node's slot in the {@link ClusterTemplate}
 * @param pid of the node's process
 * @param executorId Spark's name for the executor that started it
 * @param endpoints where else it can be reached: "feed.tcp" and "ring" as {@code host:port}, "feed.unix" as a path, "tensorboard" as a URL.
 *     Peers are told only some of them, see {@link ReservationServer.Builder#peerEndpoints}
 */
public record NodeInfo(TaskSpec task, long pid, String executorId, Map<String, String> endpoints)
        implements Serializable {
    /** Copies the endpoints. */
    public NodeInfo {
        requireNonNull(task, "task");
        requireNonNull(executorId, "executorId");
        endpoints = Map.copyOf(endpoints);
    }
}
