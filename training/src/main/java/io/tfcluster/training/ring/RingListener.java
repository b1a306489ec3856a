package io.tfcluster.training.ring;

import io.tfcluster.transport.ClusterSecret;
import io.tfcluster.transport.PortRange;
import io.tfcluster.transport.SecureChannel;
import io.tfcluster.transport.SecureListener;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import javax.net.ssl.SSLContext;

/**
 * A port on which this process waits to be put into a {@link Ring}; opened first, so that it can be announced.
 *
 * <pre>{@code
 * try (RingListener listener = RingListener.open("127.0.0.1", PortRange.ANY, secret)) {
 *     announce(listener.port());
 *     Ring ring = listener.form(rank, addresses, Duration.ofMinutes(1), Duration.ofMinutes(2));
 * }
 * }</pre>
 */
public final class RingListener implements AutoCloseable {
    static final String PURPOSE = "ring";
    private static final int MAX_WAITING = 8;

    private final SecureListener listener;
    private final BlockingQueue<SecureChannel> arrived;
    private final ClusterSecret secret;
    private final Optional<SSLContext> tls;

    private RingListener(
            SecureListener listener,
            BlockingQueue<SecureChannel> arrived,
            ClusterSecret secret,
            Optional<SSLContext> tls) {
        this.listener = listener;
        this.arrived = arrived;
        this.secret = secret;
        this.tls = tls;
    }

    /**
     * Listens.
     *
     * @param host address to listen on and to announce
     * @param ports where to listen; the first free one is taken
     */
    public static RingListener open(String host, PortRange ports, ClusterSecret secret) {
        return open(host, ports, secret, Optional.empty());
    }

    /**
     * As {@link #open(String, PortRange, ClusterSecret)}, encrypted if asked for; all processes of the ring must do the same.
     *
     * @param tls must hold a key, and trust those of the others
     */
    public static RingListener open(String host, PortRange ports, ClusterSecret secret, Optional<SSLContext> tls) {
        BlockingQueue<SecureChannel> arrived = new ArrayBlockingQueue<>(MAX_WAITING);
        SecureListener listener = SecureListener.tcp(host, ports, secret, PURPOSE, tls, channel -> {
            if (!arrived.offer(channel)) {
                channel.close();
            }
        });
        return new RingListener(listener, arrived, secret, tls);
    }

    /** Returns the port to announce. */
    public int port() {
        return listener.port().orElseThrow();
    }

    /**
     * Connects to the next rank and waits for the previous one.
     *
     * @param rank this process's place in {@code addresses}, from 0
     * @param addresses where all processes of the ring listen, in the order of their ranks; one address makes a ring without sockets
     * @param formTimeout limit for the ring to close, counting the time until the others call this
     * @param peerTimeout limit of each later wait for a peer within an operation
     * @throws RingException if the ring does not close in time; the message names the peer that is missing
     */
    public Ring form(int rank, List<InetSocketAddress> addresses, Duration formTimeout, Duration peerTimeout) {
        if (rank < 0 || rank >= addresses.size()) {
            throw new IllegalArgumentException("rank " + rank + " is not in a ring of " + addresses.size());
        }
        return addresses.size() == 1
                ? Ring.single()
                : RingForming.form(rank, addresses, secret, tls, arrived, formTimeout, peerTimeout);
    }

    /** Stops listening; rings made here go on. Takes at most 4 s, usually none. */
    @Override
    public void close() {
        listener.close();
        for (SecureChannel stray = arrived.poll(); stray != null; stray = arrived.poll()) {
            stray.close();
        }
    }
}
