package io.tfcluster;

import io.tfcluster.feeding.FeedConfig;
import java.time.Duration;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** One feed as the driver sees it: who feeds it, where its numbers stand, whether it has ended. Any thread may ask. */
final class FeedLine {
    /** Partitions of a stream's epoch are numbered on and on; an epoch ends before the numbers do. */
    private static final int MAX_PARTITION = 1 << 30;

    final String name;
    final FeedConfig config;
    /** Held by the thread that does again, on new nodes, what had been done to this feed. */
    final ReentrantLock replaying = new ReentrantLock();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final SortedMap<String, Long> counted = new TreeMap<>();
    private @Nullable String user;
    private @Nullable String terminatedBy;
    private @Nullable FeedJob job;
    private boolean streaming;
    private boolean ended; // for its callers
    private boolean endTold; // to the nodes there are
    private NodePositions positions = new NodePositions();
    private long nextEpoch;
    private int nextPartition;
    private int generation;
    private long endedEpoch = -1;

    FeedLine(String name, FeedConfig config) {
        this.name = name;
        this.config = config;
    }

    /** Other nodes take the rows from now on, and know nothing of what was. */
    void begin(int number) {
        lock.lock();
        try {
            generation = number;
            positions = new NodePositions();
            counted.clear();
            terminatedBy = null;
            endTold = false;
            endedEpoch = -1;
            job = null;
        } finally {
            lock.unlock();
        }
    }

    /** Returns what the nodes of now have said of their positions. */
    NodePositions positions() {
        lock.lock();
        try {
            return positions;
        } finally {
            lock.unlock();
        }
    }

    /** Returns whether it is fed in pieces, which cannot be fed again. */
    boolean isStream() {
        lock.lock();
        try {
            return streaming;
        } finally {
            lock.unlock();
        }
    }

    /** What a call holds while it feeds; closing it lets others. */
    interface Claim extends AutoCloseable {
        @Override
        void close();
    }

    /** Takes the feed for a call that feeds whole epochs. */
    Claim claimEpochs(String by) {
        lock.lock();
        try {
            checkFree(by);
            if (streaming) {
                throw new IllegalStateException("the feed \"" + name + "\" is fed by a stream; cannot " + by
                        + " on it, for a stream's epoch ends only with the feed. Use another feed.");
            }
            return take(by);
        } finally {
            lock.unlock();
        }
    }

    /** Takes the feed for a piece of a stream. */
    Claim claimPiece(String by) {
        lock.lock();
        try {
            checkFree(by);
            streaming = true;
            return take(by);
        } finally {
            lock.unlock();
        }
    }

    private void checkFree(String by) {
        if (ended) {
            throw new IllegalStateException(
                    "the feed \"" + name + "\" has ended; a cluster is trained once, start another one to train again");
        }
        if (user != null) {
            throw new IllegalStateException(
                    "cannot " + by + ": the feed \"" + name + "\" is being fed by another call (" + user
                            + "); wait for that one, or use a feed of another name");
        }
    }

    private Claim take(String by) {
        user = by;
        AtomicBoolean open = new AtomicBoolean(true);
        return () -> {
            if (open.compareAndSet(true, false)) {
                free();
            }
        };
    }

    private void free() {
        lock.lock();
        try {
            user = null;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until no call feeds; returns whether that is so. */
    boolean awaitFree(Duration limit) throws InterruptedException {
        lock.lock();
        try {
            long left = limit.toNanos();
            while (user != null && left > 0) {
                left = changed.awaitNanos(left);
            }
            return user == null;
        } finally {
            lock.unlock();
        }
    }

    /** Returns whether a call feeds now. */
    boolean isFed() {
        lock.lock();
        try {
            return user != null;
        } finally {
            lock.unlock();
        }
    }

    /** Checks that the feed may be ended by a call of the user's. */
    void checkIdle() {
        lock.lock();
        try {
            if (user != null) {
                throw new IllegalStateException("cannot end the feed \"" + name
                        + "\": it is being fed by another call (" + user + "); wait for that one");
            }
        } finally {
            lock.unlock();
        }
    }

    /** Ends the feed; returns whether it had not ended before. */
    boolean end() {
        lock.lock();
        try {
            boolean first = !ended;
            ended = true;
            endTold = true;
            return first;
        } finally {
            lock.unlock();
        }
    }

    boolean isEnded() {
        lock.lock();
        try {
            return ended;
        } finally {
            lock.unlock();
        }
    }

    /** Notes the epoch whose end the nodes of a generation are told. */
    void endedEpoch(int its, long epoch) {
        lock.lock();
        try {
            endedEpoch = its == generation ? epoch : endedEpoch;
        } finally {
            lock.unlock();
        }
    }

    /** Returns the last epoch whose end the nodes of a generation were told, -1 if there was none. */
    long endedEpoch(int its) {
        lock.lock();
        try {
            return its == generation ? endedEpoch : -1;
        } finally {
            lock.unlock();
        }
    }

    /** Returns the number of the next epoch, without taking it. */
    long nextEpoch() {
        lock.lock();
        try {
            return nextEpoch;
        } finally {
            lock.unlock();
        }
    }

    /** Notes that an epoch has its number. */
    void tookEpoch(long epoch) {
        lock.lock();
        try {
            nextEpoch = Math.max(nextEpoch, epoch + 1);
        } finally {
            lock.unlock();
        }
    }

    /** Returns the number of the next epoch, which is not less than one. */
    long takeEpoch(long atLeast) {
        lock.lock();
        try {
            long epoch = Math.max(nextEpoch, atLeast);
            nextEpoch = epoch + 1;
            return epoch;
        } finally {
            lock.unlock();
        }
    }

    /** Partitions of a stream: the epoch they belong to, the number of the first, and whether the epoch before must be ended first. */
    record Piece(long epoch, int firstPartition, boolean newEpoch) {}

    Piece takePartitions(int count) {
        lock.lock();
        try {
            boolean full = nextPartition > MAX_PARTITION - count;
            if (full) {
                nextEpoch++;
                nextPartition = 0;
            }
            int first = nextPartition;
            nextPartition += count;
            return new Piece(nextEpoch, first, full);
        } finally {
            lock.unlock();
        }
    }

    /** Notes which job feeds now; one that comes after the early end is ended at once. */
    void runs(FeedJob now) {
        lock.lock();
        try {
            job = now;
            if (terminatedBy != null) {
                now.endEarly();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Notes that a job has ended. */
    void ran(FeedJob ended) {
        lock.lock();
        try {
            job = job == ended ? null : job;
        } finally {
            lock.unlock();
        }
    }

    /** Notes that a node of a generation ended the feed early; returns whether that is news. */
    boolean terminate(String node, int ofGeneration) {
        lock.lock();
        try {
            if (terminatedBy != null || endTold || ofGeneration != generation) {
                return false;
            }
            terminatedBy = node;
            if (job != null) {
                job.endEarly();
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    boolean isTerminated() {
        lock.lock();
        try {
            return terminatedBy != null;
        } finally {
            lock.unlock();
        }
    }

    /** Notes how many rows a node had handed out when the feed was terminated there. */
    void counted(String node, long rows) {
        lock.lock();
        try {
            counted.put(node, rows);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until so many nodes have said what they handed out, and returns what those have that did. */
    Map<String, Long> awaitCounts(int nodes, Duration limit) throws InterruptedException {
        lock.lock();
        try {
            long left = limit.toNanos();
            while (counted.size() < nodes && left > 0) {
                left = changed.awaitNanos(left);
            }
            return Map.copyOf(counted);
        } finally {
            lock.unlock();
        }
    }
}
