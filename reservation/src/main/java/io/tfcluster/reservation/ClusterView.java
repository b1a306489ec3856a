package io.tfcluster.reservation;

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * The complete cluster as a node gets to know it.
 *
 * @param nodes by ordinal; their endpoints are those that peers need, see {@link ReservationServer.Builder#peerEndpoints}
 */
public record ClusterView(ClusterSpec spec, List<NodeInfo> nodes, ClusterTemplate template) {
    /** Copies the nodes. */
    public ClusterView {
        requireNonNull(spec, "spec");
        requireNonNull(template, "template");
        nodes = List.copyOf(nodes);
    }
}
