package io.tfcluster;

import io.tfcluster.reservation.NodeId;
import io.tfcluster.reservation.ReservationClient;
import io.tfcluster.transport.ChannelException;
import io.tfcluster.transport.PortRange;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Whether nodes get their ports on a host, and whether they reach the driver's server from there. */
final class DoctorPorts {
    private static final String TOPIC = "ports";
    /** TensorFlow, feed and ring. */
    private static final int PER_NODE = 3;

    private static final Duration REACH_LIMIT = Duration.ofSeconds(10);

    private DoctorPorts() {}

    /** Takes as many ports of the range as the nodes of this host need, and lets them go. */
    static Finding free(String where, String host, PortRange range, int nodesHere) throws IOException {
        int needed = nodesHere * PER_NODE;
        List<SocketChannel> taken = new ArrayList<>();
        String refusal = "";
        try {
            boolean any = range.equals(PortRange.ANY);
            for (int port = range.first(); taken.size() < needed && (any || port <= range.last()); port++) {
                try {
                    taken.add(new PortRange(any ? 0 : port, any ? 0 : port).reserve(host, "node"));
                } catch (ChannelException e) {
                    refusal = DoctorGuard.text(e);
                    if (any) {
                        break;
                    }
                }
            }
        } finally {
            for (SocketChannel each : taken) {
                each.close();
            }
        }
        if (taken.size() == needed) {
            return Finding.ok(where, TOPIC, needed + " ports are free for its nodes" + text(range));
        }
        return Finding.wouldFail(
                where,
                TOPIC,
                "only " + taken.size() + " of the " + needed + " ports that " + nodesHere + " nodes need are free"
                        + text(range) + ": " + refusal,
                "widen nodePorts, three ports for each node of a host, or end who holds them");
    }

    static String text(PortRange range) {
        return range.equals(PortRange.ANY) ? "" : " in " + range;
    }

    /** Connects to the driver's server as a node does, secret, TLS and all. */
    static Finding reach(String where, DoctorOrder order, int ordinal) {
        String server = order.serverHost() + ":" + order.serverPort();
        try (ReservationClient client = ReservationClient.connect(
                order.server(),
                order.secret(),
                order.id(),
                0,
                new NodeId(ordinal, 0),
                order.tlsClient(),
                REACH_LIMIT)) {
            return Finding.ok(where, "driver's server", order.serverHost() + " answers and knows the secret");
        } catch (RuntimeException e) {
            return Finding.wouldFail(
                    where,
                    "driver's server",
                    "cannot be reached at " + server + ": " + DoctorGuard.text(e),
                    "open the port in firewalls, or set serverHost and serverPorts to what executors can reach");
        }
    }
}
