package io.tfcluster.reservation;

import io.tfcluster.transport.ClusterSecret;
import io.tfcluster.transport.PortRange;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.IntFunction;
import javax.net.ssl.SSLContext;

/** The driver's end of the control connections. */
@SuppressWarnings("DoNotCallSuggester")
public final class ReservationServer implements AutoCloseable {
    private ReservationServer() {}

    /** Starts the description of a server. */
    public static Builder builder(ClusterTemplate template, ClusterSecret secret) {
        throw new UnsupportedOperationException();
    }

    /** Options of a server. */
    public static final class Builder {
        private Builder() {}

        /** Names the cluster; default a random one. */
        public Builder clusterId(String id) {
            return this;
        }

        /** Sets the generation; default 0. */
        public Builder generation(int number) {
            return this;
        }

        /** Sets the address to listen on and to announce; default 127.0.0.1. */
        public Builder host(String name) {
            return this;
        }

        /** Sets the ports; default any free one. */
        public Builder ports(PortRange range) {
            return this;
        }

        /** Sets after which silence a node is stalled; default 60 s. */
        public Builder heartbeatLimit(Duration limit) {
            return this;
        }

        /** Switches TLS on. */
        public Builder tls(SSLContext context) {
            return this;
        }

        /** Adds who hears the events. */
        public Builder listener(ReservationListener hearer) {
            return this;
        }

        /** Sets who knows what a missing node's task is doing, by ordinal. */
        public Builder missingTasks(IntFunction<String> doing) {
            return this;
        }

        /** Sets which endpoints peers are told; default "ring". */
        public Builder peerEndpoints(Set<String> names) {
            return this;
        }

        /** Binds and starts. */
        public ReservationServer start() {
            throw new UnsupportedOperationException();
        }
    }

    /** Returns where it listens. */
    public InetSocketAddress address() {
        throw new UnsupportedOperationException();
    }

    /** Returns the cluster's id. */
    public String clusterId() {
        throw new UnsupportedOperationException();
    }

    /** Waits until all nodes have registered. */
    public List<NodeInfo> awaitNodes(Duration timeout) {
        throw new UnsupportedOperationException();
    }

    /** Returns the ClusterSpec. */
    public ClusterSpec clusterSpec() {
        throw new UnsupportedOperationException();
    }

    /** Sends a notice to one registered node; returns whether it is connected. */
    public boolean send(int ordinal, String topic, Map<String, String> details) {
        throw new UnsupportedOperationException();
    }

    /** Sends a notice to all registered nodes. */
    public void broadcast(String topic, Map<String, String> details) {
        throw new UnsupportedOperationException();
    }

    /** Asks all nodes to stop. */
    public void stop(String reason) {
        throw new UnsupportedOperationException();
    }

    /** Returns the registered nodes by ordinal. */
    public SortedMap<Integer, NodeInfo> nodes() {
        throw new UnsupportedOperationException();
    }

    /** Returns the latest progress by ordinal. */
    public SortedMap<Integer, NodeProgress> progress() {
        throw new UnsupportedOperationException();
    }

    /** Returns the results of the nodes that said farewell, by ordinal. */
    public SortedMap<Integer, Map<String, String>> farewells() {
        throw new UnsupportedOperationException();
    }

    /** Returns all failures, first one first. */
    public List<NodeFailure> failures() {
        throw new UnsupportedOperationException();
    }

    /** Waits until these nodes said farewell; false if one will not any more, or not in time. */
    public boolean awaitFarewells(Set<Integer> ordinals, Duration timeout) {
        throw new UnsupportedOperationException();
    }

    /** Returns how many peers were dropped. */
    public int rejected() {
        throw new UnsupportedOperationException();
    }

    /** Closes all connections and ends all threads. */
    @Override
    public void close() {}
}
