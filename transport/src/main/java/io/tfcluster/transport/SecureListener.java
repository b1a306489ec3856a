package io.tfcluster.transport;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accepts connections, and hands over those whose peer knows the secret.
 *
 * <p>One thread accepts and shakes all hands, {@value #MAX_PENDING} at a time, so that strangers cost no thread, however many there are. A
 * stranger who connects and says nothing keeps nobody else out: one more, and the eldest handshake gives way, which for a peer that knows
 * the secret takes one round trip only. The handler is called on that thread and must be quick: take the channel and return. Strangers
 * are dropped without a word and counted.
 */
public final class SecureListener implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(SecureListener.class);
    private static final int MAX_PENDING = 256;
    private static final int BACKLOG = 1024;
    private static final Duration HANDSHAKE_LIMIT = Duration.ofSeconds(10);
    private static final Duration JOIN_LIMIT = Duration.ofSeconds(2);
    private static final long TICK_MILLIS = 250;
    private static final long IDLE_MILLIS = 10_000;

    private final ServerSocketChannel socket;
    private final @Nullable Path socketFile;
    private final ClusterSecret secret;
    private final String purpose;
    private final Optional<SSLContext> tls;
    private final Consumer<SecureChannel> handler;
    private final Selector selector;
    private final Thread thread;
    private final Set<Admission> pending = new LinkedHashSet<>(); // the thread's own, the eldest first
    private boolean paused; // the thread's own
    private final AtomicInteger rejected = new AtomicInteger();
    private final AtomicInteger refusals = new AtomicInteger();
    private final AtomicBoolean closed = new AtomicBoolean();

    private SecureListener(
            ServerSocketChannel socket,
            @Nullable Path socketFile,
            ClusterSecret secret,
            String purpose,
            Optional<SSLContext> tls,
            String name,
            Consumer<SecureChannel> handler)
            throws IOException {
        this.socket = socket;
        this.socketFile = socketFile;
        this.secret = secret;
        this.purpose = purpose;
        this.tls = tls;
        this.handler = handler;
        this.selector = Selector.open();
        socket.configureBlocking(false);
        socket.register(selector, SelectionKey.OP_ACCEPT);
        this.thread = new Thread(this::run, name + "-accept");
        this.thread.setDaemon(true);
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
        return tcp(host, ports, secret, purpose, Optional.empty(), handler);
    }

    /**
     * As {@link #tcp(String, PortRange, ClusterSecret, String, Consumer)}, encrypted if asked for; peers must do the same.
     *
     * @param tls must hold a key
     */
    public static SecureListener tcp(
            String host,
            PortRange ports,
            ClusterSecret secret,
            String purpose,
            Optional<SSLContext> tls,
            Consumer<SecureChannel> handler) {
        ServerSocketChannel socket = ports.bind(host, purpose + " listener");
        try {
            return start(
                    socket,
                    null,
                    secret,
                    purpose,
                    tls,
                    purpose + "-" + socket.socket().getLocalPort(),
                    handler);
        } catch (IOException e) {
            throw new ChannelException("cannot listen for the " + purpose + " on " + host, e);
        }
    }

    /**
     * Listens on a Unix-domain socket, which no network carries, so that it is never encrypted; {@link #close()} deletes its file. Only the
     * owner may open the file.
     *
     * @param file path of at most 107 bytes that does not exist yet, in a folder that only the owner may enter
     * @throws ChannelException if the path is too long, exists, or cannot be made
     */
    public static SecureListener unix(
            Path file, ClusterSecret secret, String purpose, Consumer<SecureChannel> handler) {
        try {
            ServerSocketChannel socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            try {
                socket.bind(UnixDomainSocketAddress.of(file), BACKLOG);
                Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
            } catch (IOException | RuntimeException e) {
                socket.close();
                throw e;
            }
            return start(socket, file, secret, purpose, Optional.empty(), purpose + "-" + file.getFileName(), handler);
        } catch (IOException e) {
            throw new ChannelException(
                    "cannot listen on the Unix-domain socket " + file + " (" + e.getMessage()
                            + "); its path may have 107 bytes at most and its folder must be writable",
                    e);
        }
    }

    private static SecureListener start(
            ServerSocketChannel socket,
            @Nullable Path socketFile,
            ClusterSecret secret,
            String purpose,
            Optional<SSLContext> tls,
            String name,
            Consumer<SecureChannel> handler)
            throws IOException {
        try {
            SecureListener listener = new SecureListener(socket, socketFile, secret, purpose, tls, name, handler);
            listener.thread.start();
            return listener;
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
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

    private void run() {
        try {
            while (!closed.get()) {
                selector.select(this::ready, pending.isEmpty() && !paused ? IDLE_MILLIS : TICK_MILLIS);
                tick();
            }
        } catch (IOException e) {
            log.error("the {} listener ends: it can no longer wait for its peers", purpose, e);
        } finally {
            pending.forEach(this::closeQuietly);
            closeQuietly(selector);
        }
    }

    private void ready(SelectionKey key) {
        if (key.attachment() instanceof Admission admission) {
            advance(admission);
        } else {
            accept(key);
        }
    }

    private void accept(SelectionKey key) {
        try {
            for (SocketChannel peer = socket.accept(); peer != null; peer = socket.accept()) {
                begin(peer);
            }
        } catch (IOException e) {
            if (closed.get()) {
                return;
            }
            // Too many open files, usually: whoever waits in the backlog is served when some are closed. Until the next
            // tick nobody asks.
            if (Integer.bitCount(refusals.incrementAndGet()) == 1) {
                log.warn("the {} listener could not accept a connection; it goes on trying", purpose, e);
            }
            key.interestOps(0);
            paused = true;
        }
    }

    private void begin(SocketChannel peer) throws IOException {
        Admission admission;
        try {
            long deadline = System.nanoTime() + HANDSHAKE_LIMIT.toNanos();
            admission = new Admission(peer, secret, purpose, tls, deadline);
        } catch (IOException | RuntimeException e) {
            count(e.getMessage());
            peer.close();
            return;
        }
        if (pending.size() >= MAX_PENDING) {
            drop(pending.iterator().next(), "more than " + MAX_PENDING + " handshakes at once");
        }
        pending.add(admission);
        advance(admission);
    }

    private void advance(Admission admission) {
        SecureChannel channel;
        try {
            int awaited = admission.advance();
            if (awaited != 0) {
                admission.socket().register(selector, awaited, admission);
                return;
            }
            pending.remove(admission);
            channel = admission.channel();
        } catch (IOException | RuntimeException e) {
            drop(admission, e.getMessage());
            return;
        }
        SelectionKey key = admission.socket().keyFor(selector);
        if (key != null) {
            key.cancel();
        }
        if (closed.get()) {
            channel.close();
            return;
        }
        try {
            handler.accept(channel);
        } catch (RuntimeException | Error e) { // also a thread that could not be started: the others must be served
            log.warn("the {} listener could not take a connection from {}", purpose, channel.peer(), e);
            channel.close();
        }
    }

    /** Drops those whose time is up, and asks again for newcomers. */
    private void tick() {
        long now = System.nanoTime();
        for (Iterator<Admission> all = pending.iterator(); all.hasNext(); ) {
            Admission eldest = all.next();
            if (!eldest.isLate(now)) {
                break;
            }
            all.remove();
            drop(eldest, "said too little within " + HANDSHAKE_LIMIT);
        }
        SelectionKey listening = socket.keyFor(selector);
        if (paused && listening != null && listening.isValid()) {
            paused = false;
            listening.interestOps(SelectionKey.OP_ACCEPT);
        }
    }

    private void drop(Admission admission, @Nullable String reason) {
        pending.remove(admission);
        count(reason);
        closeQuietly(admission);
    }

    private void count(@Nullable String reason) {
        int count = rejected.incrementAndGet();
        if (!closed.get() && Integer.bitCount(count) == 1) { // 1, 2, 4, 8, …: a flood must not fill the log
            log.warn("dropped a connection for {} ({}); {} so far", purpose, reason, count);
        }
    }

    private void closeQuietly(AutoCloseable part) {
        try {
            part.close();
        } catch (Exception e) {
            log.debug("closing {} of the {} listener", part, purpose, e);
        }
    }

    /** Stops listening and deletes the socket file; channels handed over stay open. Takes at most 2 s, usually none. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        try {
            socket.close();
            if (socketFile != null) {
                Files.deleteIfExists(socketFile);
            }
            selector.wakeup();
            if (thread != Thread.currentThread()) {
                thread.join(JOIN_LIMIT.toMillis());
            }
            if (thread != Thread.currentThread() && thread.isAlive()) {
                log.warn("{} is still running after {}", thread.getName(), JOIN_LIMIT);
            }
        } catch (IOException e) {
            throw new ChannelException("closing the " + purpose + " listener", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
