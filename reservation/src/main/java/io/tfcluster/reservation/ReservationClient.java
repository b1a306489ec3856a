package io.tfcluster.reservation;

import io.tfcluster.transport.ClusterSecret;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;

/** The node's end of its control connection. */
@SuppressWarnings("DoNotCallSuggester")
public final class ReservationClient implements AutoCloseable {
    private ReservationClient() {}

    /** Connects. */
    public static ReservationClient connect(
            InetSocketAddress server,
            ClusterSecret secret,
            String clusterId,
            int generation,
            NodeId id,
            Optional<SSLContext> tls,
            Duration timeout) {
        throw new UnsupportedOperationException();
    }

    /** Registers. */
    public void register(NodeInfo info) {
        throw new UnsupportedOperationException();
    }

    /** Waits for the complete cluster. */
    public ClusterView awaitCluster(Duration timeout) {
        throw new UnsupportedOperationException();
    }

    /** Starts heartbeats. */
    public void startHeartbeats(Duration interval, Supplier<NodeProgress> progress) {
        throw new UnsupportedOperationException();
    }

    /** Sets who hears notices. */
    public void onNotice(BiConsumer<String, Map<String, String>> handler) {
        throw new UnsupportedOperationException();
    }

    /** Sets who hears that the driver wants the node to stop, with the reason. */
    public void onStop(Consumer<String> handler) {
        throw new UnsupportedOperationException();
    }

    /** Sets who hears that the driver is gone. */
    public void onDisconnect(Runnable handler) {
        throw new UnsupportedOperationException();
    }

    /** Sends a notice to the driver. */
    public void notice(String topic, Map<String, String> details) {
        throw new UnsupportedOperationException();
    }

    /** Sends lines of the node's log. */
    public void log(List<String> lines) {
        throw new UnsupportedOperationException();
    }

    /** Reports the node's own failure; returns when the driver has it. */
    public void fail(NodeFailure failure) {
        throw new UnsupportedOperationException();
    }

    /** The launcher's report of its child's end; returns when the driver has it. */
    public void reportExit(String host, int exitCode, List<String> lastLines) {
        throw new UnsupportedOperationException();
    }

    /** Says farewell; returns when the driver has it. */
    public void farewell(Map<String, String> result) {
        throw new UnsupportedOperationException();
    }

    /** Closes the connection. */
    @Override
    public void close() {}
}
