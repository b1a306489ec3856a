package io.tfcluster.feeding;

import io.tfcluster.transport.ChannelException;
import io.tfcluster.transport.ClusterSecret;
import io.tfcluster.transport.SecureChannel;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * A feed task's connection to one node. The task's own thread sends, a reader thread ({@code feed-read-…}) hands what the node says to the
 * {@link FeedSession}, under whose lock the counters here change.
 */
final class FeedClient implements AutoCloseable {
    /** What a node's answer to OPEN can be, other than an error. */
    enum Opened {
        ACCEPTED,
        COMPLETED,
        TERMINATED
    }

    private static final Wire.Accept NOTHING = new Wire.Accept(0, 1, 1, new RowRanges());

    private static final Duration TICK = Duration.ofSeconds(5);
    private static final Duration JOIN_LIMIT = Duration.ofSeconds(2);

    private final FeedTarget target;
    private final SecureChannel channel;
    private final boolean local;
    private final ReentrantLock writing = new ReentrantLock();
    private Opened opened = Opened.TERMINATED;
    private Wire.Accept accept = NOTHING;
    private Wire.@Nullable Granted granted;
    private Wire.@Nullable Completed completed;
    private final Duration timeout;
    private final ByteBuffer header = ByteBuffer.allocateDirect(4 + Wire.BLOCK_HEADER);

    // guarded by the session's lock
    long credit;
    long sentRows;
    long acknowledgedRows;
    long answeredRows;
    long countedRows;
    boolean done;

    private FeedClient(FeedTarget target, SecureChannel channel, boolean local, Duration timeout) {
        this.target = target;
        this.channel = channel;
        this.local = local;
        this.timeout = timeout;
    }

    /**
     * Connects, over the Unix-domain socket if the target's file is on this host. Whoever asks for the lease on a partition that another
     * attempt feeds waits as long as that attempt lives.
     *
     * @throws ChannelException if the node cannot be reached
     * @throws FeedException if it refuses the rows; there is no use in trying another node then
     */
    static FeedClient open(
            FeedTarget target, ClusterSecret secret, Wire.Open open, FeedOptions options, Optional<SSLContext> tls) {
        boolean local = target.isHere();
        SecureChannel channel = connect(target, local, secret, tls, options.connectTimeout());
        try {
            FeedClient client = new FeedClient(target, channel, local, options.feedTimeout());
            channel.writeFrame(Wire.open(open), options.connectTimeout());
            while (!client.understand(channel.readFrame(Wire.RESULTS_LIMIT, options.connectTimeout()), open)) {
                // told to wait, or given the lease: more is said
            }
            return client;
        } catch (BufferUnderflowException | WireException | IllegalArgumentException e) {
            channel.close();
            throw new ChannelException(
                    "node " + target.name() + " answered OPEN with a frame that cannot be read: " + e);
        } catch (RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** Takes in an answer to OPEN; returns whether it was the last. */
    private boolean understand(ByteBuffer answer, Wire.Open open) {
        byte kind = answer.get();
        switch (kind) {
            case Wire.WAIT -> {
                return false;
            }
            case Wire.GRANTED -> {
                granted = Wire.readGranted(answer);
                return false;
            }
            case Wire.ACCEPT -> {
                opened = Opened.ACCEPTED;
                accept = Wire.readAccept(answer);
                credit = accept.credit();
                countedRows = accept.counted().rows();
            }
            case Wire.COMPLETED -> {
                opened = Opened.COMPLETED;
                completed = Wire.readCompleted(answer);
            }
            case Wire.TERMINATED -> opened = Opened.TERMINATED;
            case Wire.REFUSE, Wire.FAILED ->
                throw new FeedException(
                        open.partition().feed(),
                        "node " + target.name() + " refused " + open.partition() + ": " + Wire.readText(answer));
            default ->
                throw new ChannelException("node " + target.name() + " answered OPEN with a frame of kind " + kind);
        }
        done = opened != Opened.ACCEPTED;
        return true;
    }

    private static SecureChannel connect(
            FeedTarget target, boolean local, ClusterSecret secret, Optional<SSLContext> tls, Duration timeout) {
        if (local) {
            return SecureChannel.connect(UnixDomainSocketAddress.of(target.unixPath()), secret, "feed", timeout);
        }
        if (target.port() == 0) {
            throw new ChannelException("node " + target.name() + " has no TCP address and its socket file "
                    + target.unixPath() + " is not on this host");
        }
        SocketAddress address = new InetSocketAddress(target.host(), target.port());
        return SecureChannel.connect(address, secret, "feed", tls, timeout);
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

    /** Returns the lease, if it was asked for and given. */
    Wire.@Nullable Granted granted() {
        return granted;
    }

    /** Returns what became of the partition, if it is complete already. */
    Wire.@Nullable Completed completed() {
        return completed;
    }

    String peer() {
        return channel.peer();
    }

    boolean canTake(long bytes) {
        return !done && credit >= Math.min(bytes, accept.unit());
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

    /**
     * Sends a block; the session has taken its bytes from the credit.
     *
     * @param place its place in the node's order, if the feed is deterministic
     */
    void send(OutgoingBlock block, long place) {
        writing.lock();
        try {
            header.clear();
            header.putInt(Wire.BLOCK_HEADER + block.bytes()).put(Wire.BLOCK);
            header.putLong(block.firstRow()).putInt(block.rows()).putLong(place).flip();
            channel.writeFully(header, timeout);
            for (ByteBuffer part : block.parts()) {
                channel.writeFully(part, timeout);
            }
        } finally {
            writing.unlock();
        }
    }

    void end(boolean waits) {
        say(Wire.end(sentRows, waits));
    }

    /** Shows the node that this process lives. */
    void pong() {
        say(Wire.bare(Wire.PONG));
    }

    /** Tells the home of the partition that all its rows are counted. */
    void complete(Wire.Completed result) {
        say(Wire.completed(Wire.COMPLETE, result));
    }

    private void say(ByteBuffer frame) {
        writing.lock();
        try {
            channel.writeFrame(frame, timeout);
        } finally {
            writing.unlock();
        }
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
