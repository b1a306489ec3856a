package io.tfcluster.transport;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;

/**
 * One connection between two processes of a cluster, TCP or Unix-domain, after a {@link Handshake}.
 *
 * <p>Made by {@link #connect} or a {@link SecureListener}; whoever got it closes it. One thread may read while another one writes;
 * {@link #close()} may come from any thread and ends both with a {@link ChannelException}. Every call has a time limit.
 *
 * <pre>{@code
 * try (SecureChannel channel = SecureChannel.connect(address, secret, "feed", Duration.ofSeconds(5))) {
 *     channel.writeFrame(ByteBuffer.wrap(request), timeout);
 *     ByteBuffer answer = channel.readFrame(1 << 20, timeout);
 * }
 * }</pre>
 */
public final class SecureChannel implements AutoCloseable {
    /** Enough for the writer to make the next block while the reader takes this one; the system may grant less, and has 208 KiB unasked. */
    private static final int UNIX_SEND_BYTES = 1 << 20;

    // The system asks a peer that has said nothing for 20 s; after 4 questions 10 s apart the connection breaks.
    private static final int ASK_AFTER_SECONDS = 20;
    private static final int ASK_AGAIN_SECONDS = 10;
    private static final int QUESTIONS = 4;

    private final Link link;
    private final Selector readable;
    private final Selector writable;
    private final String peer;
    private final ByteBuffer lengthIn = ByteBuffer.allocateDirect(4);
    private final ByteBuffer lengthOut = ByteBuffer.allocateDirect(4);
    private final AtomicBoolean closed = new AtomicBoolean();

    private SecureChannel(Link link, Selector readable, Selector writable, String peer) {
        this.link = link;
        this.readable = readable;
        this.writable = writable;
        this.peer = peer;
    }

    /**
     * Connects and proves both sides' knowledge of the secret.
     *
     * @param purpose what the connection is for, the same word that the listener was given
     * @param timeout limit for connecting and handshake together
     * @throws HandshakeException if the listener does not hold the secret
     * @throws DeadlineException if the limit passed: the host does not answer, or what listens there is stuck
     * @throws ChannelException if nobody listens at the address
     */
    public static SecureChannel connect(SocketAddress address, ClusterSecret secret, String purpose, Duration timeout) {
        return connect(address, secret, purpose, Optional.empty(), timeout);
    }

    /**
     * As {@link #connect(SocketAddress, ClusterSecret, String, Duration)}, encrypted if asked for; the listener must do the same.
     *
     * @param tls must trust the listener's certificate; of a Unix-domain socket, which no network carries, it is not used
     */
    public static SecureChannel connect(
            SocketAddress address, ClusterSecret secret, String purpose, Optional<SSLContext> tls, Duration timeout) {
        long deadline = System.nanoTime() + timeout.toNanos();
        SecureChannel channel = null;
        try {
            SocketChannel socket = open(address, deadline);
            Link link = new PlainLink(socket);
            if (tls.isPresent() && !(address instanceof UnixDomainSocketAddress)) {
                link = new TlsLink(socket, TlsEngines.connecting(tls.get()));
            }
            channel = wrap(socket, link, address.toString());
            channel.introduce(new Handshake.Initiator(secret, purpose), deadline);
            return channel;
        } catch (SocketTimeoutException e) {
            closeQuietly(channel);
            throw new DeadlineException("cannot connect to " + address + " for " + purpose + ": " + e.getMessage());
        } catch (IOException e) {
            closeQuietly(channel);
            String hint = e instanceof SSLException ? " (both sides or neither must use TLS)" : "";
            throw new ChannelException(
                    "cannot connect to " + address + " for " + purpose + ": " + e.getMessage() + hint, e);
        } catch (RuntimeException e) {
            closeQuietly(channel);
            throw e;
        }
    }

    private void introduce(Handshake.Initiator initiator, long deadline) throws IOException {
        byte[] binding = {};
        if (link instanceof TlsLink tls) {
            for (int awaited = tls.shake(); awaited != 0; awaited = tls.shake()) {
                if (!select(awaited == SelectionKey.OP_READ ? readable : writable, deadline)) {
                    throw new DeadlineException(
                            "no TLS handshake with " + peer + " until the deadline; does it use TLS?");
                }
            }
            binding = tls.binding();
        }
        byte[] answer = initiator.respond(read(Handshake.CHALLENGE_BYTES, deadline), binding);
        write(ByteBuffer.wrap(answer), deadline);
        initiator.verify(read(Handshake.PROOF_BYTES, deadline));
    }

    private static SocketChannel open(SocketAddress address, long deadline) throws IOException {
        boolean unix = address instanceof UnixDomainSocketAddress;
        SocketChannel socket = unix ? SocketChannel.open(StandardProtocolFamily.UNIX) : SocketChannel.open();
        try (Selector connectable = Selector.open()) {
            socket.configureBlocking(false);
            boolean connected = socket.connect(address);
            if (!connected) {
                socket.register(connectable, SelectionKey.OP_CONNECT);
                connectable.select(millisUntil(deadline));
                connected = socket.finishConnect();
            }
            if (!connected) {
                throw new SocketTimeoutException("no answer within the time limit");
            }
            return socket;
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    /** Takes over a connected socket that does not block, closing it if that does not work. */
    static SecureChannel wrap(SocketChannel socket, Link link, String peer) throws IOException {
        Selector readable = null;
        Selector writable = null;
        try {
            if (socket.getLocalAddress() instanceof UnixDomainSocketAddress) {
                socket.setOption(StandardSocketOptions.SO_SNDBUF, UNIX_SEND_BYTES);
            } else {
                socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
                keepAlive(socket);
            }
            readable = Selector.open();
            writable = Selector.open();
            socket.register(readable, SelectionKey.OP_READ);
            socket.register(writable, SelectionKey.OP_WRITE);
            return new SecureChannel(link, readable, writable, peer);
        } catch (IOException | RuntimeException e) {
            socket.close();
            if (readable != null) {
                readable.close();
            }
            if (writable != null) {
                writable.close();
            }
            throw e;
        }
    }

    /** Who waits for the bytes of a host that is cut off would not know until its own limit, which may be long for a peer that is busy. */
    private static void keepAlive(SocketChannel socket) throws IOException {
        socket.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
        if (socket.supportedOptions().contains(ExtendedSocketOptions.TCP_KEEPIDLE)) {
            socket.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, ASK_AFTER_SECONDS);
            socket.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, ASK_AGAIN_SECONDS);
            socket.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, QUESTIONS);
        }
    }

    /**
     * Fills the rest of {@code target}, blocking up to the limit; direct buffers are filled without a copy.
     *
     * @throws DeadlineException if the limit passed; bytes read so far are in {@code target}
     * @throws ChannelException if the peer closed the connection, or this side did
     */
    public void readFully(ByteBuffer target, Duration timeout) {
        read(target, System.nanoTime() + timeout.toNanos());
    }

    /**
     * Writes all that remains of {@code source}, blocking up to the limit.
     *
     * @throws DeadlineException if the peer did not take everything in time; the connection is of no use then
     * @throws ChannelException if the connection broke or was closed
     */
    public void writeFully(ByteBuffer source, Duration timeout) {
        write(source, System.nanoTime() + timeout.toNanos());
    }

    /**
     * Reads a 4-byte big-endian length and that many bytes.
     *
     * @param limit largest length to accept; checked before memory is allocated
     * @return a fresh heap buffer, ready to be read
     */
    public ByteBuffer readFrame(int limit, Duration timeout) {
        int length = readLength(limit, timeout);
        ByteBuffer frame = ByteBuffer.allocate(length);
        readFully(frame, timeout);
        return frame.flip();
    }

    /**
     * Reads a 4-byte big-endian length, for a caller who has the memory for what follows.
     *
     * @param limit largest length to accept
     * @throws ChannelException if the length is negative or over the limit
     */
    public int readLength(int limit, Duration timeout) {
        lengthIn.clear();
        readFully(lengthIn, timeout);
        int length = lengthIn.flip().getInt();
        if (length < 0 || length > limit) {
            throw new ChannelException("frame of " + length + " bytes from " + peer + "; the limit is " + limit);
        }
        return length;
    }

    /** Writes the length of {@code frame} as 4 bytes, then the frame. */
    public void writeFrame(ByteBuffer frame, Duration timeout) {
        lengthOut.clear();
        lengthOut.putInt(frame.remaining()).flip();
        long deadline = System.nanoTime() + timeout.toNanos();
        write(new ByteBuffer[] {lengthOut, frame}, deadline);
    }

    /** Returns whether bytes, or the end of the connection, can be read within the limit. */
    public boolean awaitReadable(Duration timeout) {
        long deadline = System.nanoTime() + timeout.toNanos();
        try {
            boolean input = link.hasInput(false);
            while (!input && select(readable, deadline)) {
                input = link.hasInput(true);
            }
            return input;
        } catch (IOException e) {
            throw broken("reading from", e);
        }
    }

    /** Returns whether {@link #close()} was called on this side. */
    public boolean isClosed() {
        return closed.get();
    }

    /** Returns the other side's address, for messages. */
    public String peer() {
        return peer;
    }

    private byte[] read(int length, long deadline) {
        ByteBuffer buffer = ByteBuffer.allocate(length);
        read(buffer, deadline);
        return buffer.array();
    }

    private void read(ByteBuffer target, long deadline) {
        try {
            while (target.hasRemaining()) {
                int count = link.read(target);
                if (count < 0) {
                    throw new EOFException("the peer closed the connection");
                }
                if (count == 0 && !select(readable, deadline)) {
                    throw new DeadlineException("nothing came from " + peer + " until the deadline; "
                            + target.remaining() + " bytes missing");
                }
            }
        } catch (IOException e) {
            throw broken("reading from", e);
        }
    }

    private void write(ByteBuffer source, long deadline) {
        write(new ByteBuffer[] {source}, deadline);
    }

    private void write(ByteBuffer[] sources, long deadline) {
        try {
            ByteBuffer last = sources[sources.length - 1];
            while (last.hasRemaining() || sources[0].hasRemaining() || !link.flush()) {
                boolean waiting = !last.hasRemaining() && !sources[0].hasRemaining();
                if ((waiting || link.write(sources) == 0) && !select(writable, deadline)) {
                    throw new DeadlineException(
                            peer + " took nothing until the deadline; " + last.remaining() + " bytes left to send");
                }
            }
        } catch (IOException e) {
            throw broken("writing to", e);
        }
    }

    private boolean select(Selector selector, long deadline) throws IOException {
        try {
            do {
                if (selector.select(millisUntil(deadline)) > 0) {
                    selector.selectedKeys().clear();
                    return true;
                }
                if (closed.get()) {
                    throw new IOException("closed on this side");
                }
                if (Thread.currentThread().isInterrupted()) {
                    throw new IOException("interrupted while waiting");
                }
            } while (System.nanoTime() < deadline);
            return false;
        } catch (ClosedSelectorException e) {
            throw new IOException("closed on this side", e);
        }
    }

    private ChannelException broken(String doing, IOException e) {
        return new ChannelException(doing + " " + peer + ": " + e.getMessage(), e);
    }

    private static long millisUntil(long deadline) {
        return Math.max(1, (deadline - System.nanoTime()) / 1_000_000);
    }

    private static void closeQuietly(@Nullable SecureChannel channel) {
        if (channel != null) {
            channel.close();
        }
    }

    /** Closes the connection at once; threads that wait on it get a {@link ChannelException}. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        readable.wakeup();
        writable.wakeup();
        try {
            try {
                readable.close();
                writable.close();
            } finally {
                link.close();
            }
        } catch (IOException e) {
            throw new ChannelException("closing the connection to " + peer, e);
        }
    }
}
