package io.tfcluster.feeding;

import io.tfcluster.feeding.ReceivedBlock.Slice;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bounded buffer of one feed on a node, and the rows taken out of it for the batch that is being waited for.
 *
 * <p>Connection threads put blocks in, one reading thread takes rows out, the control plane tells ends. What is to be said to feeders is
 * collected under the lock and sent after it, by whoever caused it.
 */
final class FeedQueue {
    /** How long a batch that should make do waits for feeders that are connected and have not ended. */
    static final Duration MAKE_DO_PATIENCE = Duration.ofMillis(20);

    /** How long an inference batch waits for more rows when none come. */
    static final Duration RESULT_PATIENCE = Duration.ofMillis(50);

    /** How often a waiting batch asks whether it should make do. */
    private static final long ASK_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    private static final Logger log = LoggerFactory.getLogger(FeedQueue.class);

    /** Rows for a batch; none at the end of an epoch or of the feed. */
    record Taken(List<Slice> slices, int rows, long epoch, boolean endOfEpoch) {}

    private final String feed;
    private final FeedSchema schema;
    private final Duration timeout;
    private final long bufferBytes;
    private final BlockPool pool;
    private final CreditBook credit;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Set<FeedConnection> connections = new LinkedHashSet<>();
    private final Deque<ReceivedBlock> buffer = new ArrayDeque<>();
    private final WaitingRows waiting = new WaitingRows();
    private final EpochMarks epochs = new EpochMarks();

    private long bufferedBytes;
    private long receivedBytes;
    private long handedOutRows;
    private long waitedNanos;
    private long lastArrival = System.nanoTime();
    private boolean ended;
    private volatile boolean terminated;
    private boolean stopSeen;
    private @Nullable RuntimeException failure;

    FeedQueue(String feed, FeedSchema schema, long bufferBytes, Duration timeout) {
        this.feed = feed;
        this.schema = schema;
        this.timeout = timeout;
        this.bufferBytes = bufferBytes;
        this.pool = new BlockPool(bufferBytes);
        this.credit = new CreditBook(bufferBytes);
    }

    String feed() {
        return feed;
    }

    FeedSchema schema() {
        return schema;
    }

    BlockPool pool() {
        return pool;
    }

    /** The largest BLOCK frame: a row that is larger than the whole buffer is refused. */
    long maxFrameBytes() {
        return Math.min(Integer.MAX_VALUE - 16L, bufferBytes + Wire.BLOCK_HEADER);
    }

    /** Adds a connection; returns null if the feed was terminated. */
    Wire.@Nullable Accept connect(FeedConnection connection, int blockBytes) {
        lock.lock();
        try {
            RuntimeException cause = failure;
            if (cause != null) {
                throw new WireException("feed " + feed + " has failed on this node: " + cause.getMessage());
            }
            if (terminated) {
                return null;
            }
            if (ended) {
                throw new WireException(
                        "feed " + feed + " has ended on this node; its main function has been told to stop,"
                                + " so feed each name once, or give the cluster a second feed name");
            }
            connections.add(connection);
            int unit = credit.unitFor(blockBytes);
            Wire.Accept accept = new Wire.Accept(credit.open(connection, unit), unit, maxFrameBytes());
            changed.signalAll();
            return accept;
        } finally {
            lock.unlock();
        }
    }

    /** Puts a block in; its memory goes back to the pool at once if the feed was terminated. */
    void offer(ReceivedBlock block) {
        lock.lock();
        try {
            if (!connections.contains(block.origin()) || terminated || failure != null) {
                pool.giveBack(block.block().payload());
                return;
            }
            if (!credit.spend(block.origin(), block.block().bytes())) {
                throw new WireException("a block of " + block.block().bytes() + " bytes came without credit for it");
            }
            buffer.add(block);
            bufferedBytes += block.block().bytes();
            receivedBytes += block.block().bytes();
            lastArrival = System.nanoTime();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** The feeder has sent everything. */
    void ended(FeedConnection connection) {
        lock.lock();
        try {
            credit.retire(connection);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        sendGrants();
    }

    /** A connection is gone; its blocks of which nothing was taken are dropped, since the feeder will report them as not fed. */
    void disconnect(FeedConnection connection, String why) {
        int blocks = 0;
        long rows = 0;
        lock.lock();
        try {
            if (!connections.remove(connection)) {
                return;
            }
            for (Iterator<ReceivedBlock> i = buffer.iterator(); i.hasNext() && connection.dropsUnread(); ) {
                ReceivedBlock block = i.next();
                if (block.origin() == connection && !block.isBegun()) {
                    i.remove();
                    blocks++;
                    rows += block.block().rows();
                    forget(block);
                    block.release(block.block().rows());
                }
            }
            credit.retire(connection);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (blocks > 0) {
            log.warn(
                    "{}: dropped {} unread rows in {} blocks, their feeder is gone: {}", connection, rows, blocks, why);
        }
        sendGrants();
    }

    private void forget(ReceivedBlock block) {
        bufferedBytes -= block.block().bytes();
        credit.consumed(block.origin(), block.block().bytes());
    }

    private void sendGrants() {
        List<CreditBook.Grant> grants;
        lock.lock();
        try {
            grants = credit.distribute();
        } finally {
            lock.unlock();
        }
        grants.forEach(grant -> grant.connection().grant(grant.bytes()));
    }

    /**
     * Waits for rows as {@link FeedReader#poll} says.
     *
     * @param makeDo null to wait for a full batch
     * @return null if told to make do and nothing is there
     */
    @Nullable
    Taken take(int maxRows, @Nullable BooleanSupplier makeDo) {
        long start = System.nanoTime();
        long makeDoSince = 0;
        List<ReceivedBlock> emptied = new ArrayList<>();
        lock.lock();
        try {
            while (true) {
                checkFailure();
                stage(maxRows, emptied);
                if (!emptied.isEmpty()) {
                    acknowledge(emptied);
                    continue;
                }
                if (isComplete(maxRows)) {
                    return handOut(maxRows);
                }
                long now = System.nanoTime();
                long patience = timeout.toNanos() - (now - Math.max(start, lastArrival));
                if (patience <= 0) {
                    throw timedOut();
                }
                if (waiting.wantResults()) {
                    long left = isAnySending() ? RESULT_PATIENCE.toNanos() - (now - Math.max(start, lastArrival)) : 0;
                    if (left <= 0) {
                        return handOut(maxRows);
                    }
                    patience = Math.min(patience, left);
                }
                if (makeDo != null) {
                    if (makeDoSince == 0 && makeDo.getAsBoolean()) {
                        makeDoSince = now == 0 ? 1 : now;
                    }
                    if (makeDoSince != 0 && (!isAnySending() || now - makeDoSince >= MAKE_DO_PATIENCE.toNanos())) {
                        return waiting.rows() == 0 ? null : handOut(maxRows);
                    }
                    patience = Math.min(patience, ASK_NANOS);
                }
                changed.await(patience, TimeUnit.NANOSECONDS);
                waitedNanos += System.nanoTime() - now;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FeedException(feed, "interrupted while waiting for rows of feed " + feed, e);
        } finally {
            lock.unlock();
        }
    }

    private void stage(int maxRows, List<ReceivedBlock> emptied) {
        while (waiting.rows() < maxRows) {
            ReceivedBlock head = buffer.peekFirst();
            if (head == null || (waiting.rows() > 0 && head.epoch() != waiting.epoch())) {
                return;
            }
            waiting.add(head.take(Math.min(maxRows - waiting.rows(), head.remaining())));
            if (head.remaining() == 0) {
                buffer.removeFirst();
                forget(head);
                emptied.add(head);
            }
        }
    }

    /** Tells feeders what was taken, without the lock, so that a slow one holds up nobody who receives rows. */
    private void acknowledge(List<ReceivedBlock> emptied) {
        lock.unlock();
        try {
            for (ReceivedBlock block : emptied) {
                block.origin().consumed(block.block());
            }
            emptied.clear();
            sendGrants();
        } finally {
            lock.lock();
        }
    }

    private boolean isComplete(int maxRows) {
        if (waiting.rows() >= maxRows || terminated) {
            return true;
        }
        ReceivedBlock head = buffer.peekFirst();
        if (waiting.rows() > 0) {
            return head != null || epochs.isEnded(waiting.epoch()) || (ended && !isAnySending());
        }
        return epochs.isDue(head == null ? Long.MAX_VALUE : head.epoch()) || (ended && head == null && !isAnySending());
    }

    private Taken handOut(int maxRows) {
        if (terminated || waiting.rows() == 0) {
            boolean epochEnd = !terminated && epochs.isDue(Long.MAX_VALUE);
            stopSeen = terminated || !epochEnd;
            return new Taken(List.of(), 0, epochEnd ? epochs.announce() : epochs.latest(), epochEnd);
        }
        long epoch = waiting.epoch();
        List<Slice> slices = waiting.take(maxRows);
        int rows = slices.stream().mapToInt(Slice::rows).sum();
        handedOutRows += rows;
        ReceivedBlock head = buffer.peekFirst();
        boolean last = waiting.rows() == 0 && (head == null || head.epoch() != epoch);
        return new Taken(slices, rows, epoch, epochs.handedOut(epoch, last));
    }

    private boolean isAnySending() {
        for (FeedConnection connection : connections) {
            if (connection.isSending()) {
                return true;
            }
        }
        return false;
    }

    private FeedTimeoutException timedOut() {
        return new FeedTimeoutException(
                feed,
                timeout,
                "no rows of feed " + feed + " came for " + timeout.toSeconds() + " s; " + connections.size()
                        + " feeders connected " + connections + ", " + waiting.rows()
                        + " rows waiting for a full batch. Look whether the Spark job that feeds still runs (its tasks may wait for"
                        + " free cores, or for slow input), or raise feedTimeout.");
    }

    private void checkFailure() {
        if (failure != null) {
            throw new FeedException(feed, "feed " + feed + " failed: " + failure.getMessage(), failure);
        }
    }

    void wakeUp() {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void endEpoch(long epoch) {
        lock.lock();
        try {
            epochs.end(epoch);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void endFeed() {
        lock.lock();
        try {
            ended = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void terminate() {
        List<FeedConnection> told;
        lock.lock();
        try {
            if (terminated) {
                return;
            }
            terminated = true;
            told = List.copyOf(connections);
            dropAll();
        } finally {
            lock.unlock();
        }
        told.forEach(FeedConnection::terminate);
    }

    /** Ends everything with an error that readers and feeders get. */
    void fail(RuntimeException cause) {
        List<FeedConnection> told;
        lock.lock();
        try {
            if (failure != null) {
                return;
            }
            failure = cause;
            told = List.copyOf(connections);
            dropAll();
        } finally {
            lock.unlock();
        }
        told.forEach(connection -> connection.fail(String.valueOf(cause.getMessage())));
    }

    private void dropAll() {
        for (ReceivedBlock block : buffer) {
            forget(block);
            block.release(block.remaining());
        }
        buffer.clear();
        waiting.drop();
        changed.signalAll();
    }

    boolean isTerminated() {
        return terminated;
    }

    /** Whether nothing more comes; a failed feed still has its error to tell. */
    boolean isOver() {
        lock.lock();
        try {
            return terminated
                    || stopSeen
                    || (ended
                            && failure == null
                            && waiting.rows() == 0
                            && buffer.isEmpty()
                            && !isAnySending()
                            && !epochs.isDue(Long.MAX_VALUE));
        } finally {
            lock.unlock();
        }
    }

    FeedStats stats() {
        lock.lock();
        try {
            return new FeedStats(
                    handedOutRows,
                    receivedBytes,
                    Duration.ofNanos(waitedNanos),
                    epochs.latest(),
                    0,
                    bufferedBytes,
                    bufferBytes,
                    0,
                    0,
                    0,
                    connections.size());
        } finally {
            lock.unlock();
        }
    }
}
