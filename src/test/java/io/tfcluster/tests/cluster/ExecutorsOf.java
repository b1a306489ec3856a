package io.tfcluster.tests.cluster;

import io.tfcluster.ClusterListener;
import io.tfcluster.reservation.NodeInfo;
import java.util.Set;

/** Collects the executors on which nodes stand. */
record ExecutorsOf(Set<String> executors) implements ClusterListener {
    @Override
    public void joined(NodeInfo node) {
        executors.add(node.executorId());
    }
}
