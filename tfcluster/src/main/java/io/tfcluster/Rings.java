package io.tfcluster;

import io.tfcluster.reservation.ClusterTemplate;
import io.tfcluster.reservation.NodeInfo;
import io.tfcluster.training.TrainerConfig;
import io.tfcluster.training.ring.Ring;
import io.tfcluster.training.ring.RingListener;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Puts the training nodes of a cluster into a ring, in the order of the template, so that the chief or worker 0 has rank 0. */
final class Rings {
    static final String ENDPOINT = "ring";

    private Rings() {}

    /** Returns a node's number among those that train, from 0, or -1 if it does not train. */
    static int rank(ClusterTemplate template, int ordinal) {
        if (!template.slots().get(ordinal).role().trains()) {
            return -1;
        }
        return (int) template.slots().subList(0, ordinal).stream()
                .filter(slot -> slot.role().trains())
                .count();
    }

    /** Returns the name of the node with this number among those that train. */
    static Optional<String> ofRank(ClusterTemplate template, int rank) {
        return IntStream.range(0, template.size())
                .filter(ordinal -> rank >= 0 && rank(template, ordinal) == rank)
                .mapToObj(template::name)
                .findFirst();
    }

    static Ring form(
            RingListener listener,
            ClusterTemplate template,
            int ordinal,
            List<NodeInfo> nodes,
            TrainerConfig config,
            Duration limit) {
        List<InetSocketAddress> addresses = new ArrayList<>();
        for (NodeInfo node : nodes) {
            if (node.task().role().trains()) {
                addresses.add(address(node));
            }
        }
        return addresses.isEmpty()
                ? Ring.single()
                : listener.form(rank(template, ordinal), addresses, limit, config.peerTimeout());
    }

    private static InetSocketAddress address(NodeInfo node) {
        String endpoint = node.endpoints().get(ENDPOINT);
        if (endpoint == null) {
            throw new IllegalStateException("the node at " + node.task().address() + " announced no ring address");
        }
        int colon = endpoint.lastIndexOf(':');
        return InetSocketAddress.createUnresolved(
                endpoint.substring(0, colon), Integer.parseInt(endpoint.substring(colon + 1)));
    }
}
