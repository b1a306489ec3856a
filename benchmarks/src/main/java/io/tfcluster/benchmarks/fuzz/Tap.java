package io.tfcluster.benchmarks.fuzz;

import io.tfcluster.transport.ChannelException;
import io.tfcluster.transport.ClusterSecret;
import io.tfcluster.transport.PortRange;
import io.tfcluster.transport.SecureChannel;
import io.tfcluster.transport.SecureListener;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/** Stands between an honest peer and a socket, knows the secret, passes frames on and keeps what the peer said. */
final class Tap implements AutoCloseable {
    private static final int MAX_FRAME = 16 << 20;
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final SocketAddress target;
    private final ClusterSecret secret;
    private final String purpose;
    private final Optional<SSLContext> tls;
    private final SecureListener listener;
    private final List<List<byte[]>> conversations = new ArrayList<>();
    private final List<SecureChannel> open = new ArrayList<>();

    /** Encrypts towards the socket if that does; the honest peer need not. */
    Tap(SocketAddress target, ClusterSecret secret, String purpose, Optional<SSLContext> tls) {
        this.target = target;
        this.secret = secret;
        this.purpose = purpose;
        this.tls = tls;
        this.listener = SecureListener.tcp("127.0.0.1", PortRange.ANY, secret, purpose, this::accepted);
    }

    InetSocketAddress address() {
        return new InetSocketAddress("127.0.0.1", listener.port().orElseThrow());
    }

    private void accepted(SecureChannel inward) {
        List<byte[]> said = new ArrayList<>();
        synchronized (conversations) {
            conversations.add(said);
            open.add(inward);
        }
        start(() -> {
            try (inward;
                    SecureChannel onward = SecureChannel.connect(target, secret, purpose, tls, LIMIT)) {
                start(() -> pump(onward, inward, new ArrayList<>()));
                pump(inward, onward, said);
            }
        });
    }

    private static void start(Runnable work) {
        Thread thread = new Thread(work, "fuzz-tap");
        thread.setDaemon(true);
        thread.start();
    }

    private void pump(SecureChannel from, SecureChannel to, List<byte[]> said) {
        try {
            while (true) {
                ByteBuffer frame = from.readFrame(MAX_FRAME, LIMIT);
                byte[] copy = new byte[frame.remaining()];
                frame.duplicate().get(copy);
                synchronized (conversations) {
                    said.add(copy);
                }
                to.writeFrame(frame, LIMIT);
            }
        } catch (ChannelException e) {
            to.close(); // one side has left
        }
    }

    /** Returns what was said in the longest conversation. */
    List<byte[]> longest() {
        synchronized (conversations) {
            return conversations.stream()
                    .max((a, b) -> Integer.compare(a.size(), b.size()))
                    .map(ArrayList::new)
                    .orElseThrow(() -> new IllegalStateException("nobody has said anything for " + purpose));
        }
    }

    @Override
    public void close() {
        listener.close();
        synchronized (conversations) {
            open.forEach(SecureChannel::close);
        }
    }
}
