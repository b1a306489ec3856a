package io.tfcluster.killmatrix;

import io.tfcluster.ClusterListener;
import io.tfcluster.reservation.NodeFailure;
import io.tfcluster.reservation.NodeInfo;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** Remembers a cluster's processes, of all its generations. */
final class Watch implements ClusterListener {
    private final Map<String, NodeInfo> first = new ConcurrentHashMap<>();
    private final Set<Long> pids = ConcurrentHashMap.newKeySet();
    private final AtomicInteger restarts = new AtomicInteger();
    private final Consumer<NodeInfo> onJoined;

    Watch(Consumer<NodeInfo> onJoined) {
        this.onJoined = onJoined;
    }

    @Override
    public void joined(NodeInfo node) {
        first.putIfAbsent(node.task().name(), node);
        pids.add(node.pid());
        onJoined.accept(node);
    }

    @Override
    public void restarting(NodeFailure cause, int generation) {
        restarts.incrementAndGet();
    }

    /** Returns the nodes of the first generation by name. */
    Map<String, NodeInfo> nodes() {
        return Map.copyOf(first);
    }

    /** Returns every node's pid. */
    Set<Long> pids() {
        return Set.copyOf(pids);
    }

    int restarts() {
        return restarts.get();
    }
}
