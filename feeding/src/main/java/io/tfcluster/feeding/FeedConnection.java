package io.tfcluster.feeding;

import io.tfcluster.transport.ChannelException;
import io.tfcluster.transport.SecureChannel;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The node's end of one connection to a feed task: its own thread reads, whoever has something to say writes. */
final class FeedConnection {
    private static final Logger log = LoggerFactory.getLogger(FeedConnection.class);
    private static final Duration OPEN_LIMIT = Duration.ofSeconds(10);
    private static final Duration TICK = Duration.ofSeconds(5);
    private static final Duration WRITE_LIMIT = Duration.ofSeconds(30);
    private static final Duration FRAME_LIMIT = Duration.ofSeconds(60);
    private static final Duration PARTING_LIMIT = Duration.ofSeconds(2);
    private static final Duration LEASE_TICK = Duration.ofMillis(100);
    private static final Duration PROBE = Duration.ofSeconds(2);
    private static final Duration SILENCE_LIMIT = Duration.ofSeconds(10);

    private final SecureChannel channel;
    private final Wire.Open open;
    private final FeedQueue queue;
    private volatile long token;
    private volatile long lastHeard = System.nanoTime();
    private final ByteBuffer header = ByteBuffer.allocateDirect(Wire.BLOCK_HEADER);
    private final ReentrantLock writing = new ReentrantLock();

    // written by the reading thread only
    private long nextRow;
    private long receivedRows;

    // guarded by this
    private long consumedRows;
    private long answeredRows;
    private boolean doneSent;

    private volatile boolean ended;
    private volatile long parting; // when it was told that this node takes no more, 0 if it was not
    private volatile boolean waitsForDone = true;

    private FeedConnection(SecureChannel channel, Wire.Open open, FeedQueue queue) {
        this.channel = channel;
        this.open = open;
        this.queue = queue;
        this.token = open.token();
    }

    /**
     * Serves a feeder until it leaves.
     *
     * @throws WireException if it broke the protocol; it has been told
     */
    static void serve(SecureChannel channel, Map<String, FeedQueue> feeds) {
        try (channel) {
            FeedConnection connection;
            try {
                connection = introduce(channel, feeds);
            } catch (WireException e) {
                part(channel, Wire.message(Wire.REFUSE, String.valueOf(e.getMessage())));
                throw e;
            }
            connection.run();
        }
    }

    private static FeedConnection introduce(SecureChannel channel, Map<String, FeedQueue> feeds) {
        Wire.Open open = Wire.readOpen(channel.readFrame(Wire.CONTROL_LIMIT, OPEN_LIMIT));
        FeedQueue queue = feeds.get(open.partition().feed());
        if (queue == null) {
            throw new WireException("no feed " + open.partition().feed() + " on this node; it has " + feeds.keySet()
                    + ". Name the feed in the cluster's configuration.");
        }
        if (!queue.schema().equals(open.schema())) {
            throw new WireException(SchemaDifference.describe(open.schema(), queue.schema()));
        }
        return new FeedConnection(channel, open, queue);
    }

    private void run() {
        String why = "it closed the connection";
        try {
            if ((open.token() == Wire.ASK && !obtainLease()) || !join()) {
                return;
            }
            while (readFrame()) {
                log.trace("{}: {} rows so far", this, receivedRows);
            }
        } catch (WireException e) {
            why = "it broke the protocol: " + e.getMessage();
            part(channel, Wire.message(Wire.REFUSE, String.valueOf(e.getMessage())));
            throw e;
        } catch (ChannelException e) {
            why = String.valueOf(e.getMessage());
            log.debug("{}: connection ended: {}", this, why);
        } finally {
            queue.disconnect(this, why);
            queue.leases().release(this);
        }
    }

    /**
     * Waits until this attempt may feed its partition; false if there is nothing left to feed, or it has gone. A holder that shows no sign of
     * life while another attempt waits loses its connection: its process is frozen, or unreachable.
     */
    private boolean obtainLease() {
        Duration waited = Duration.ZERO;
        while (true) {
            Leases.Answer answer = queue.leases().request(this, open.routes());
            if (answer.granted() != null) {
                token = answer.granted().token();
                write(Wire.granted(answer.granted()));
                return true;
            }
            if (answer.completed() != null || queue.isTerminated()) {
                write(
                        answer.completed() == null
                                ? Wire.bare(Wire.TERMINATED)
                                : Wire.completed(Wire.COMPLETED, answer.completed()));
                return false;
            }
            if (waited.toMillis() % PROBE.toMillis() == 0) {
                write(Wire.bare(Wire.WAIT));
                if (answer.holder() != null && !waited.isZero()) {
                    answer.holder().probe();
                }
            }
            if (channel.awaitReadable(LEASE_TICK)) {
                return false; // it has nothing to say before it is answered, so that it has gone
            }
            waited = waited.plus(LEASE_TICK);
        }
    }

    /** Asks the feeder for a sign of life, which any frame is; without one for some time its connection is closed. */
    private void probe() {
        if (System.nanoTime() - lastHeard > SILENCE_LIMIT.toNanos()) {
            log.warn("{}: no sign of life for {} while another attempt waits; it is given up", this, SILENCE_LIMIT);
            channel.close();
        } else {
            say(Wire.bare(Wire.PING));
        }
    }

    /** Answers OPEN; nobody else may write until then, credit for example. */
    private boolean join() {
        writing.lock();
        try {
            Wire.Accept accept = queue.connect(this, open.blockBytes());
            write(accept == null ? Wire.bare(Wire.TERMINATED) : Wire.accept(accept));
            return accept != null;
        } finally {
            writing.unlock();
        }
    }

    private boolean readFrame() {
        while (!channel.awaitReadable(TICK)) {
            if (channel.isClosed() || parting != 0) {
                return false;
            }
        }
        if (hasParted()) {
            return false;
        }
        int length = channel.readLength(Integer.MAX_VALUE, FRAME_LIMIT);
        if (length < 1 || length > queue.maxFrameBytes()) {
            throw new WireException("frame of " + length + " bytes; the limit is " + queue.maxFrameBytes());
        }
        header.clear().limit(Math.min(length, Wire.BLOCK_HEADER));
        channel.readFully(header, FRAME_LIMIT);
        header.flip();
        byte kind = header.get();
        lastHeard = System.nanoTime();
        if (kind == Wire.BLOCK && length > Wire.BLOCK_HEADER) {
            readBlock(length - Wire.BLOCK_HEADER);
        } else if (kind == Wire.END && length == Wire.END_LENGTH) {
            end(header.getLong(), header.get() != 0);
        } else if (kind == Wire.COMPLETE && ended && length <= Wire.CONTROL_LIMIT) {
            complete(length);
        } else if (kind != Wire.PONG || length != 1) {
            throw new WireException("frame of kind " + kind + " and " + length + " bytes");
        }
        return true;
    }

    private void complete(int length) {
        ByteBuffer frame = ByteBuffer.allocate(length).put(header.rewind());
        channel.readFully(frame, FRAME_LIMIT);
        queue.leases().complete(this, Wire.readCompleted(frame.flip().position(1)));
    }

    private void readBlock(int bytes) {
        long firstRow = header.getLong();
        int rows = header.getInt();
        long place = header.getLong();
        if (ended || firstRow < nextRow || rows < 1 || firstRow > Long.MAX_VALUE - rows) {
            throw new WireException("block of " + rows + " rows from row " + firstRow + " after row " + (nextRow - 1)
                    + (ended ? " and END" : ""));
        }
        ByteBuffer memory = queue.pool().take(bytes);
        Block block;
        try {
            channel.readFully(memory, FRAME_LIMIT);
            block = Block.of(queue.schema(), firstRow, rows, memory.flip());
        } catch (RuntimeException e) {
            queue.pool().giveBack(memory);
            throw e;
        }
        nextRow = firstRow + rows;
        receivedRows += rows;
        queue.offer(new ReceivedBlock(block, this, place, queue.pool()));
    }

    private void end(long rows, boolean waits) {
        if (ended || (rows != receivedRows && !queue.isTerminated())) {
            throw new WireException("END after " + rows + " rows, " + receivedRows + " have come");
        }
        waitsForDone = waits;
        ended = true;
        queue.ended(this);
        finishIfDone();
    }

    /** Called when all rows of a block have been taken. */
    void consumed(Block block) {
        synchronized (this) {
            consumedRows += block.rows();
        }
        say(Wire.consumed(block.firstRow(), block.rows()));
        finishIfDone();
    }

    /** Sends a complete RESULTS frame. */
    void answer(ByteBuffer frame, int rows) {
        say(frame);
        synchronized (this) {
            answeredRows += rows;
        }
        finishIfDone();
    }

    private void finishIfDone() {
        synchronized (this) {
            boolean complete =
                    ended && consumedRows == receivedRows && (!open.wantsResults() || answeredRows == receivedRows);
            if (!complete || doneSent) {
                return;
            }
            doneSent = true;
        }
        say(Wire.number(Wire.DONE, hasLedger() ? queue.counted(this) : receivedRows));
    }

    void grant(long bytes) {
        say(Wire.number(Wire.CREDIT, bytes));
    }

    void terminate() {
        say(Wire.bare(Wire.TERMINATED));
    }

    /**
     * Tells the feeder why this node takes no more. One that was sending is read on, to nowhere, until it has heard that and leaves: closing a
     * socket that has unread bytes resets the connection, and the reset can overtake the message.
     */
    void fail(String message) {
        parting = System.nanoTime();
        boolean told = false;
        try {
            if (writing.tryLock(PARTING_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                try {
                    told = part(channel, Wire.message(Wire.FAILED, message));
                } finally {
                    writing.unlock();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!told || ended) {
            channel.close();
        }
    }

    private boolean hasParted() {
        return parting != 0 && System.nanoTime() - parting > PARTING_LIMIT.toNanos();
    }

    /** Says something to the feeder; one that is gone or does not listen loses its connection. */
    private void say(ByteBuffer frame) {
        try {
            write(frame);
        } catch (ChannelException e) {
            log.debug("{}: it could not be told", this, e);
            channel.close();
        }
    }

    private void write(ByteBuffer frame) {
        writing.lock();
        try {
            channel.writeFrame(frame, WRITE_LIMIT);
        } finally {
            writing.unlock();
        }
    }

    /** Last words before the connection is closed; a feeder that is gone need not hear them. */
    private static boolean part(SecureChannel channel, ByteBuffer frame) {
        try {
            channel.writeFrame(frame, PARTING_LIMIT);
            return true;
        } catch (ChannelException e) {
            log.debug("{} left before it could be told why", channel.peer(), e);
            return false;
        }
    }

    FeedPartition partition() {
        return open.partition();
    }

    boolean wantsResults() {
        return open.wantsResults();
    }

    /** Whether its rows are counted, so that none is taken twice. */
    boolean hasLedger() {
        return open.token() != Wire.NO_LEDGER;
    }

    /** Returns the lease under which it feeds. */
    long token() {
        return token;
    }

    /** Returns the last epoch that had ended when this one began, -1 if none had. */
    long endedEpoch() {
        return open.endedEpoch();
    }

    Wire.@Nullable NodePlan plan() {
        return open.plan();
    }

    /** Whether more rows may come. */
    boolean isSending() {
        return !ended;
    }

    /** Whether blocks that nobody has begun to read are worth nothing once this connection is gone. */
    boolean dropsUnread() {
        return !ended || waitsForDone;
    }

    @Override
    public String toString() {
        return open.partition() + " from " + channel.peer();
    }
}
