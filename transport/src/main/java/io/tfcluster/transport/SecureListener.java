package io.tfcluster.transport;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accepts connections, and hands over those whose peer knows the secret.
 *
 * <p>One thread accepts; up to {@value #MAX_HANDSHAKES} more shake hands, so that a stranger who connects and says nothing keeps nobody
 * else out. The handler is called on such a thread and should be quick: take the channel and return. Strangers are dropped and counted.
 */
public final class SecureListener implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(SecureListener.class);
    private static final int MAX_HANDSHAKES = 32;
    private static final Duration HANDSHAKE_LIMIT = Duration.ofSeconds(10);
    private static final Duration JOIN_LIMIT = Duration.ofSeconds(2);

    private final ServerSocketChannel socket;
    private final @Nullable Path socketFile;
    private final ClusterSecret secret;
    private final String purpose;
    private final Consumer<SecureChannel> handler;
    private final ExecutorService handshakes;
    private final Thread acceptor;
    private final AtomicInteger rejected = new AtomicInteger();
    private final AtomicBoolean closed = new AtomicBoolean();

    private SecureListener(
            ServerSocketChannel socket,
            @Nullable Path socketFile,
            ClusterSecret secret,
            String purpose,
            String name,
            Consumer<SecureChannel> handler) {
        this.socket = socket;
        this.socketFile = socketFile;
        this.secret = secret;
        this.purpose = purpose;
        this.handler = handler;
        AtomicInteger count = new AtomicInteger();
        this.handshakes =
                new ThreadPoolExecutor(0, MAX_HANDSHAKES, 5, TimeUnit.SECONDS, new SynchronousQueue<>(), runnable -> {
                    Thread thread = new Thread(runnable, name + "-handshake-" + count.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        this.acceptor = new Thread(this::acceptLoop, name + "-accept");
        this.acceptor.setDaemon(true);
    }

    /**
     * Listens on TCP.
     *
     * @param host address to listen on
     * @param ports where to listen; the first free one is taken
     * @param purpose what connections are for; part of the handshake
     * @throws ChannelException if no port of the range is free
     */
    public static SecureListener tcp(
            String host, PortRange ports, ClusterSecret secret, String purpose, Consumer<SecureChannel> handler) {
        ServerSocketChannel socket = ports.bind(host, purpose + " listener");
        SecureListener listener = new SecureListener(
                socket, null, secret, purpose, purpose + "-" + socket.socket().getLocalPort(), handler);
        listener.acceptor.start();
        return listener;
    }

    /**
     * Listens on a Unix-domain socket; {@link #close()} deletes its file.
     *
     * @param file path of at most 107 bytes that does not exist yet, in a folder that only the owner may enter
     * @throws ChannelException if the path is too long, exists, or cannot be made
     */
    public static SecureListener unix(
            Path file, ClusterSecret secret, String purpose, Consumer<SecureChannel> handler) {
        try {
            ServerSocketChannel socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            try {
                socket.bind(UnixDomainSocketAddress.of(file), 128);
            } catch (IOException | RuntimeException e) {
                socket.close();
                throw e;
            }
            SecureListener listener =
                    new SecureListener(socket, file, secret, purpose, purpose + "-" + file.getFileName(), handler);
            listener.acceptor.start();
            return listener;
        } catch (IOException e) {
            throw new ChannelException(
                    "cannot listen on the Unix-domain socket " + file + " (" + e.getMessage()
                            + "); its path may have 107 bytes at most and its folder must be writable",
                    e);
        }
    }

    /** Returns the TCP port, or empty for a Unix-domain socket. */
    public Optional<Integer> port() {
        try {
            return socket.getLocalAddress() instanceof InetSocketAddress address
                    ? Optional.of(address.getPort())
                    : Optional.empty();
        } catch (IOException e) {
            throw new ChannelException("the " + purpose + " listener is closed", e);
        }
    }

    /** Returns how many peers were dropped because they did not prove themselves. */
    public int rejected() {
        return rejected.get();
    }

    private void acceptLoop() {
        while (!closed.get()) {
            SocketChannel peer;
            try {
                peer = socket.accept();
            } catch (IOException e) {
                if (!closed.get()) {
                    log.warn("the {} listener stopped accepting", purpose, e);
                }
                return;
            }
            try {
                handshakes.execute(() -> handshake(peer));
            } catch (RejectedExecutionException e) {
                drop(peer, "too many handshakes at once");
            }
        }
    }

    private void handshake(SocketChannel peer) {
        SecureChannel channel;
        try {
            channel = SecureChannel.accept(peer, secret, purpose, HANDSHAKE_LIMIT);
        } catch (IOException | RuntimeException e) {
            drop(peer, e.getMessage());
            return;
        }
        if (closed.get()) {
            channel.close();
            return;
        }
        try {
            handler.accept(channel);
        } catch (RuntimeException e) {
            log.warn("the {} listener could not take a connection from {}", purpose, channel.peer(), e);
            channel.close();
        }
    }

    private void drop(SocketChannel peer, @Nullable String reason) {
        int count = rejected.incrementAndGet();
        if (!closed.get() && Integer.bitCount(count) == 1) { // 1, 2, 4, 8, …: a flood must not fill the log
            log.warn("dropped a connection for {} ({}); {} so far", purpose, reason, count);
        }
        try {
            peer.close();
        } catch (IOException e) {
            log.debug("closing a dropped connection", e);
        }
    }

    /** Stops listening and deletes the socket file; channels handed over stay open. Takes at most 4 s, usually none. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        handshakes.shutdownNow();
        try {
            socket.close();
            if (socketFile != null) {
                Files.deleteIfExists(socketFile);
            }
            acceptor.join(JOIN_LIMIT.toMillis());
            if (!handshakes.awaitTermination(JOIN_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                log.warn("a handshake on the {} listener is still running after {}", purpose, JOIN_LIMIT);
            }
        } catch (IOException e) {
            throw new ChannelException("closing the " + purpose + " listener", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
