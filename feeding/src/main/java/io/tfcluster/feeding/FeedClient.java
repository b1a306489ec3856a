package io.tfcluster.feeding;

import io.tfcluster.transport.ChannelException;
import io.tfcluster.transport.ClusterSecret;
import io.tfcluster.transport.SecureChannel;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A feed task's connection to one node. The task's own thread sends, a reader thread ({@code feed-read-…}) hands what the node says to the
 * {@link FeedSession}, under whose lock the counters here change.
 */
final class FeedClient implements AutoCloseable {
    /** What a node's answer to OPEN can be, other than an error. */
    enum Opened {
        ACCEPTED,
        TERMINATED
    }

    private static final Duration TICK = Duration.ofSeconds(5);
    private static final Duration JOIN_LIMIT = Duration.ofSeconds(2);

    private final FeedTarget target;
    private final SecureChannel channel;
    private final boolean local;
    private final Opened opened;
    private final Wire.Accept accept;
    private final Duration timeout;
    private final ByteBuffer header = ByteBuffer.allocateDirect(4 + Wire.BLOCK_HEADER);

    // guarded by the session's lock
    long credit;
    long sentRows;
    long acknowledgedRows;
    long answeredRows;
    boolean done;

    private FeedClient(
            FeedTarget target,
            SecureChannel channel,
            boolean local,
            Opened opened,
            Wire.Accept accept,
            Duration timeout) {
        this.target = target;
        this.channel = channel;
        this.local = local;
        this.opened = opened;
        this.accept = accept;
        this.timeout = timeout;
        this.credit = accept.credit();
        this.done = opened == Opened.TERMINATED;
    }

    /**
     * Connects, over the Unix-domain socket if the target's file is on this host.
     *
     * @throws ChannelException if the node cannot be reached
     * @throws FeedException if it refuses the rows; there is no use in trying another node then
     */
    static FeedClient open(FeedTarget target, ClusterSecret secret, Wire.Open open, FeedOptions options) {
        boolean local = !target.unixPath().isEmpty() && Files.exists(Path.of(target.unixPath()));
        SecureChannel channel = connect(target, local, secret, options.connectTimeout());
        try {
            channel.writeFrame(Wire.open(open), options.connectTimeout());
            ByteBuffer answer = channel.readFrame(Wire.CONTROL_LIMIT, options.connectTimeout());
            byte kind = answer.get();
            return switch (kind) {
                case Wire.ACCEPT ->
                    new FeedClient(
                            target,
                            channel,
                            local,
                            Opened.ACCEPTED,
                            new Wire.Accept(answer.getLong(), answer.getInt(), answer.getLong()),
                            options.feedTimeout());
                case Wire.TERMINATED ->
                    new FeedClient(
                            target, channel, local, Opened.TERMINATED, new Wire.Accept(0, 1, 1), options.feedTimeout());
                case Wire.REFUSE, Wire.FAILED ->
                    throw new FeedException(
                            open.partition().feed(),
                            "node " + target.name() + " refused " + open.partition() + ": " + Wire.readText(answer));
                default ->
                    throw new ChannelException("node " + target.name() + " answered OPEN with a frame of kind " + kind);
            };
        } catch (BufferUnderflowException e) {
            channel.close();
            throw new ChannelException("node " + target.name() + " answered OPEN with too short a frame");
        } catch (RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static SecureChannel connect(FeedTarget target, boolean local, ClusterSecret secret, Duration timeout) {
        if (local) {
            return SecureChannel.connect(UnixDomainSocketAddress.of(target.unixPath()), secret, "feed", timeout);
        }
        if (target.port() == 0) {
            throw new ChannelException("node " + target.name() + " has no TCP address and its socket file "
                    + target.unixPath() + " is not on this host");
        }
        SocketAddress address = new InetSocketAddress(target.host(), target.port());
        return SecureChannel.connect(address, secret, "feed", timeout);
    }

    String name() {
        return target.name();
    }

    boolean isLocal() {
        return local;
    }

    Opened opened() {
        return opened;
    }

    Wire.Accept terms() {
        return accept;
    }

    String peer() {
        return channel.peer();
    }

    boolean canTake(long bytes) {
        return !done && credit >= Math.min(bytes, accept.unit());
    }

    /** Whether this node has fewer rows on their way into its batches than another, or as many and was sent fewer. */
    boolean waitsForLessThan(FeedClient other) {
        long here = sentRows - acknowledgedRows;
        long there = other.sentRows - other.acknowledgedRows;
        return here == there ? sentRows < other.sentRows : here < there;
    }

    /** Starts the thread that hands frames to the session until the connection ends; {@link #close()} ends it. */
    Thread startReader(FeedSession session) {
        Thread reader = new Thread(() -> read(session), "feed-read-" + target.name());
        reader.setDaemon(true);
        reader.start();
        return reader;
    }

    private void read(FeedSession session) {
        try {
            while (!channel.isClosed()) {
                if (channel.awaitReadable(TICK)) {
                    session.received(this, channel.readFrame(Wire.RESULTS_LIMIT, timeout));
                }
            }
        } catch (ChannelException e) {
            session.lost(this, e);
        } catch (WireException | BufferUnderflowException | IllegalArgumentException e) {
            session.lost(this, new ChannelException("node " + name() + " broke the feed protocol: " + e.getMessage()));
        }
    }

    /** Sends a block; the session has taken its bytes from the credit. */
    void send(OutgoingBlock block) {
        header.clear();
        header.putInt(Wire.BLOCK_HEADER + block.bytes()).put(Wire.BLOCK);
        header.putLong(block.firstRow()).putInt(block.rows()).flip();
        channel.writeFully(header, timeout);
        for (ByteBuffer part : block.parts()) {
            channel.writeFully(part, timeout);
        }
    }

    void end(boolean waits) {
        channel.writeFrame(Wire.end(sentRows, waits), timeout);
    }

    /** Waits for the reader thread after {@link #close()}. */
    static void join(Thread reader) {
        try {
            reader.join(JOIN_LIMIT.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Closes the connection at once. */
    @Override
    public void close() {
        channel.close();
    }
}
