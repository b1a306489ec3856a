package io.tfcluster.feeding;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Which of a cluster's nodes a feed task connects to.
 *
 * <p>A partition's <i>home</i>, the same for all attempts, gives out the lease on it. Rows go to the nodes on the task's own host, which it
 * reaches over Unix-domain sockets, and a few others, different ones for each partition: enough to find one that has room.
 */
final class FeedRoute {
    private static final int FAR_NODES = 4;

    private FeedRoute() {}

    /** Returns the nodes in the order in which they are asked to be the home; all but the first only if those before cannot be reached. */
    static List<FeedTarget> homes(List<FeedTarget> nodes, int partition) {
        List<FeedTarget> homes = new ArrayList<>(nodes);
        Collections.rotate(homes, -(partition % nodes.size()));
        return homes;
    }

    /** Returns the nodes that this task gives rows to, its home among them. */
    static List<FeedTarget> targets(List<FeedTarget> nodes, FeedTarget home, int partition) {
        List<FeedTarget> near = new ArrayList<>();
        List<FeedTarget> far = new ArrayList<>();
        for (FeedTarget node : homes(nodes, partition)) {
            (node.isHere() ? near : far).add(node);
        }
        near.addAll(far.subList(0, Math.min(far.size(), FAR_NODES)));
        if (!near.contains(home)) {
            near.add(home);
        }
        return near;
    }

    static FeedTarget named(List<FeedTarget> nodes, String name) {
        return nodes.stream()
                .filter(node -> node.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new WireException("node " + name + " was given rows before, but is not one of "
                        + nodes.stream().map(FeedTarget::name).toList()));
    }
}
