package io.tfcluster.feeding;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Who may feed which partition of one feed, kept by the partition's home node; safe for many threads.
 *
 * <p>One attempt at a time holds the lease on a partition. A speculative copy waits until the holder has completed the partition, which ends
 * the copy too, or is gone. Each lease has a higher token than the ones before, by which the other nodes know whom to believe; and it tells
 * the next holder where earlier ones may have left rows.
 */
final class Leases {
    private static final int TOKENS_PER_MILLI = 1_000;

    private record Key(long epoch, int partition) {}

    /** The answer to a request; exactly one of the three is there. */
    record Answer(
            Wire.@Nullable Granted granted,
            Wire.@Nullable Completed completed,
            @Nullable FeedConnection holder) {}

    private static final class Lease {
        final TreeSet<String> routes = new TreeSet<>();

        @Nullable
        FeedConnection holder;

        Wire.@Nullable Completed completed;
    }

    private final Map<Key, Lease> leases = new HashMap<>();
    private long lastToken;

    private static Key key(FeedPartition partition) {
        return new Key(partition.epoch(), partition.partition());
    }

    /** Gives the lease to a connection unless another one holds it or the partition is complete. */
    synchronized Answer request(FeedConnection connection, List<String> routes) {
        Lease lease = leases.computeIfAbsent(key(connection.partition()), k -> new Lease());
        if (lease.completed != null || lease.holder != null) {
            return new Answer(null, lease.completed, lease.holder);
        }
        lease.holder = connection;
        List<String> before = new ArrayList<>(lease.routes);
        lease.routes.addAll(routes);
        // by the clock, so that another home, should this one leave the cluster before its feed has ended, goes on
        // above
        lastToken = Math.max(lastToken + 1, System.currentTimeMillis() * TOKENS_PER_MILLI);
        return new Answer(new Wire.Granted(lastToken, before), null, null);
    }

    /** Notes that all rows of the holder's partition have been counted. */
    synchronized void complete(FeedConnection holder, Wire.Completed completed) {
        Lease lease = leases.get(key(holder.partition()));
        if (lease != null && lease.holder == holder) {
            lease.completed = completed;
        }
    }

    /** Takes the lease back from a connection that is gone. */
    synchronized void release(FeedConnection connection) {
        Lease lease = leases.get(key(connection.partition()));
        if (lease != null && lease.holder == connection) {
            lease.holder = null;
        }
    }

    /** Forgets partitions that nobody will ask for again. */
    synchronized void forget(long epoch, long belowPartition) {
        leases.keySet()
                .removeIf(key -> key.epoch() < epoch || (key.epoch() == epoch && key.partition() < belowPartition));
    }
}
