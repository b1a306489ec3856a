package io.tfcluster.feeding;

import io.tfcluster.feeding.ReceivedBlock.Slice;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One feed on a node: the blocks that feeders bring, the rows that wait for their batch, and the ends of epochs and of the feed.
 *
 * <p>Connection threads put blocks in, one reading thread takes rows out, the control plane tells ends. What is to be said to feeders is
 * collected under the lock and sent after it, by whoever caused it.
 */
final class FeedQueue {
    private static final Logger log = LoggerFactory.getLogger(FeedQueue.class);

    private final String feed;
    private final FeedConfig config;
    private final Duration timeout;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Leases leases = new Leases();
    private final HandedOut handedOut;
    private final FeedState state;
    private final FeedInbox inbox;

    private long waitedNanos;
    private long waitingSince;
    private long lastArrival = System.nanoTime();
    private volatile @Nullable RuntimeException failure;

    FeedQueue(String feed, FeedConfig config, Duration timeout) {
        this.feed = feed;
        this.config = config;
        this.timeout = timeout;
        this.handedOut = new HandedOut(feed, config.deterministic());
        this.state = new FeedState(config, handedOut);
        this.inbox = state.inbox();
    }

    String feed() {
        return feed;
    }

    FeedConfig config() {
        return config;
    }

    FeedSchema schema() {
        return config.schema();
    }

    HandedOut handedOut() {
        return handedOut;
    }

    Leases leases() {
        return leases;
    }

    BlockPool pool() {
        return inbox.pool();
    }

    long maxFrameBytes() {
        return inbox.maxFrameBytes();
    }

    /** Adds a connection; returns null if the feed was terminated. */
    Wire.@Nullable Accept connect(FeedConnection connection, int blockBytes) {
        FeedConnection superseded = null;
        lock.lock();
        try {
            RuntimeException cause = failure;
            if (cause != null) {
                throw new WireException("feed " + feed + " has failed on this node: " + cause.getMessage());
            }
            if (state.isTerminated()) {
                return null;
            }
            if (state.isEnded()) {
                throw new WireException(
                        "feed " + feed + " has ended on this node; its main function has been told to stop,"
                                + " so feed each name once, or give the cluster a second feed name");
            }
            if (connection.hasLedger()) {
                superseded = inbox.ledger().admit(connection);
                if (superseded != null) {
                    drop(superseded, "a later attempt feeds its partition");
                }
                state.begin(connection);
            }
            Wire.Accept accept = inbox.add(connection, blockBytes);
            state.partitions().begun(connection);
            changed.signalAll();
            return accept;
        } finally {
            lock.unlock();
            if (superseded != null) {
                superseded.fail("a later attempt feeds its partition; this one is superseded");
            }
        }
    }

    /** Puts a block in; its memory goes back to the pool at once if nobody wants it any more. */
    void offer(ReceivedBlock block) {
        lock.lock();
        try {
            if (!inbox.connections().contains(block.origin()) || state.isTerminated() || failure != null) {
                inbox.pool().giveBack(block.block().payload());
                return;
            }
            inbox.add(block);
            state.partitions().received(block.origin(), block.block().rows());
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
            inbox.retire(connection);
            state.partitions().look(connection);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        sendGrants();
    }

    /** A connection is gone. */
    void disconnect(FeedConnection connection, String why) {
        lock.lock();
        try {
            if (!inbox.connections().contains(connection)) {
                return;
            }
            drop(connection, why);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        sendGrants();
    }

    private void drop(FeedConnection connection, String why) {
        FeedInbox.Dropped dropped = inbox.remove(connection);
        if (connection.isSending() || dropped.rows() > 0) {
            state.partitions().failed(connection);
        }
        if (dropped.blocks() > 0) {
            log.warn(
                    "{}: dropped {} unread rows in {} blocks, their feeder is gone: {}",
                    connection,
                    dropped.rows(),
                    dropped.blocks(),
                    why);
        }
    }

    /** Returns how many rows of a connection's partition this node counts, over all attempts. */
    long counted(FeedConnection connection) {
        lock.lock();
        try {
            return inbox.ledger().counted(connection).rows();
        } finally {
            lock.unlock();
        }
    }

    private void sendGrants() {
        List<CreditBook.Grant> grants;
        lock.lock();
        try {
            grants = inbox.distribute();
        } finally {
            lock.unlock();
        }
        grants.forEach(grant -> grant.connection().grant(grant.bytes()));
    }

    /**
     * Waits for rows as {@link FeedReader#poll} says.
     *
     * @param makeDo null to wait for a full batch
     * @param sink gets rows as soon as they are staged, if it is known that they are handed out in that order; null for all at the end
     * @return null if told to make do and nothing is there
     */
    FeedState.@Nullable Taken take(int maxRows, @Nullable BooleanSupplier makeDo, @Nullable Consumer<RowBatch> sink) {
        BatchWait wait = new BatchWait(timeout, makeDo);
        List<ReceivedBlock> emptied = new ArrayList<>();
        lock.lock();
        try {
            while (true) {
                checkFailure();
                state.stage(maxRows, emptied);
                List<Slice> fresh = sink == null || state.isReplaying()
                        ? List.of()
                        : state.stage().fresh();
                if (!emptied.isEmpty() || !fresh.isEmpty()) {
                    passOn(fresh, sink, emptied);
                    continue;
                }
                if (state.isComplete(maxRows)) {
                    FeedState.Taken taken = state.handOut(maxRows, state.isLast());
                    if (!taken.replayed()) {
                        return taken;
                    }
                    taken.slices().forEach(slice -> slice.source().release(slice.rows()));
                    handedOut.replayed(taken.facts().origin());
                    continue;
                }
                long now = System.nanoTime();
                long patience = wait.nanos(state, now, lastArrival);
                if (patience == BatchWait.TIMED_OUT) {
                    throw timedOut();
                }
                if (patience == 0) {
                    return state.stage().rows() == 0 ? null : state.handOut(maxRows, true);
                }
                waitingSince = waitingSince == 0 ? now : waitingSince;
                changed.await(patience, TimeUnit.NANOSECONDS);
                waitedNanos += System.nanoTime() - now;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FeedException(feed, "interrupted while waiting for rows of feed " + feed, e);
        } finally {
            waitingSince = 0;
            lock.unlock();
        }
    }

    /** Gives rows to the sink and tells feeders what was taken, without the lock, so that nobody who receives rows is held up. */
    private void passOn(List<Slice> fresh, @Nullable Consumer<RowBatch> sink, List<ReceivedBlock> emptied) {
        lock.unlock();
        try {
            if (sink != null && !fresh.isEmpty()) {
                sink.accept(RowBatch.piece(schema(), fresh));
            }
            for (ReceivedBlock block : emptied) {
                block.origin().consumed(block.block());
            }
            emptied.clear();
            sendGrants();
        } finally {
            lock.lock();
        }
    }

    private FeedTimeoutException timedOut() {
        return new FeedTimeoutException(
                feed,
                timeout,
                "no rows of feed " + feed + " came for " + timeout.toSeconds() + " s; "
                        + inbox.connections().size()
                        + " feeders connected " + inbox.connections() + ", "
                        + state.stage().rows()
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

    /** Notes that all rows of an epoch have been counted; what asks for it from now on is late. */
    void endEpoch(long epoch) {
        lock.lock();
        try {
            state.epochs().end(epoch);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        settle(epoch + 1, 0);
        handedOut.ended(epoch);
    }

    /** Forgets earlier epochs, and the partitions of this one below a number. */
    void settle(long epoch, long belowPartition) {
        lock.lock();
        try {
            inbox.ledger().settle(epoch, belowPartition);
        } finally {
            lock.unlock();
        }
        leases.forget(epoch, belowPartition);
    }

    void endFeed() {
        lock.lock();
        try {
            state.end();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void terminate() {
        List<FeedConnection> told;
        lock.lock();
        try {
            if (state.isTerminated()) {
                return;
            }
            state.terminate();
            told = dropAll();
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
            told = dropAll();
        } finally {
            lock.unlock();
        }
        told.forEach(connection -> connection.fail(String.valueOf(cause.getMessage())));
    }

    private List<FeedConnection> dropAll() {
        state.clear();
        changed.signalAll();
        return List.copyOf(inbox.connections());
    }

    boolean isTerminated() {
        return state.isTerminated();
    }

    boolean isBroken() {
        return failure != null;
    }

    /** Whether nothing more comes; a failed feed still has its error to tell. */
    boolean isOver() {
        lock.lock();
        try {
            return failure == null ? state.isOver() : state.isTerminated();
        } finally {
            lock.unlock();
        }
    }

    FeedStats stats() {
        lock.lock();
        try {
            long waiting = waitingSince == 0 ? 0 : Math.max(0, System.nanoTime() - waitingSince);
            return state.stats(Duration.ofNanos(waitedNanos), Duration.ofNanos(waiting));
        } finally {
            lock.unlock();
        }
    }
}
