package io.tfcluster.feeding;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The rows that this node has counted, by epoch and partition, and the one connection from which it takes more; guarded by the queue's lock.
 *
 * <p>A block counts as a whole when its first row is taken: from then on the node answers for all its rows. A connection with a higher token
 * supersedes the one before, whose unread blocks are worth nothing.
 */
final class NodeLedger {
    private record Key(long epoch, int partition) {}

    private static final class Entry {
        final RowRanges counted = new RowRanges();
        long token;

        @Nullable
        FeedConnection feeder;
    }

    private final Map<Key, Entry> entries = new HashMap<>();
    private long settledEpoch = -1;
    private long settledBelow;

    private static Key key(FeedPartition partition) {
        return new Key(partition.epoch(), partition.partition());
    }

    /**
     * Makes a connection the one that feeds its partition.
     *
     * @return the connection that it supersedes, or null
     * @throws WireException if it is itself superseded, or its partition is over
     */
    @Nullable
    FeedConnection admit(FeedConnection connection) {
        FeedPartition partition = connection.partition();
        if (isSettled(partition)) {
            throw new WireException(partition + " is over; nothing more of it is taken");
        }
        Entry entry = entries.computeIfAbsent(key(partition), k -> new Entry());
        if (connection.token() <= entry.token) {
            throw new WireException(partition + " is being fed by a later attempt; this one is superseded");
        }
        entry.token = connection.token();
        FeedConnection before = entry.feeder;
        entry.feeder = connection;
        return before;
    }

    private boolean isSettled(FeedPartition partition) {
        return isSettled(key(partition));
    }

    private boolean isSettled(Key key) {
        return key.epoch() < settledEpoch || (key.epoch() == settledEpoch && key.partition() < settledBelow);
    }

    /** Returns the rows counted so far of a connection's partition; changes with the ledger. */
    RowRanges counted(FeedConnection connection) {
        Entry entry = entries.get(key(connection.partition()));
        return entry == null ? new RowRanges() : entry.counted;
    }

    /** Counts a block. */
    void count(FeedConnection origin, Block block) {
        Entry entry = entries.get(key(origin.partition()));
        if (entry != null) {
            entry.counted.add(block.firstRow(), block.firstRow() + block.rows());
        }
    }

    /** Forgets the connection; what was counted stays, unless nobody will ask for it. */
    void leave(FeedConnection connection) {
        Key key = key(connection.partition());
        Entry entry = entries.get(key);
        if (entry != null && entry.feeder == connection) {
            entry.feeder = null;
            if (isSettled(key)) {
                entries.remove(key);
            }
        }
    }

    /**
     * Forgets all epochs before this one, and of this one all partitions below a number; they are refused from now on, but those that are
     * connected finish.
     */
    void settle(long epoch, long belowPartition) {
        if (epoch > settledEpoch || (epoch == settledEpoch && belowPartition > settledBelow)) {
            settledEpoch = epoch;
            settledBelow = belowPartition;
        }
        entries.entrySet().removeIf(entry -> entry.getValue().feeder == null && isSettled(entry.getKey()));
    }
}
