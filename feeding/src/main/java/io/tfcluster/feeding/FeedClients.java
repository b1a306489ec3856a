package io.tfcluster.feeding;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The nodes that one feed task is connected to: who gets the next block, and how far each of them is; guarded by the session's lock. */
final class FeedClients {
    private final List<FeedClient> clients = new ArrayList<>();
    private final Map<Integer, FeedClient> assigned = new HashMap<>();
    private @Nullable PartitionAssignment assignment;

    void add(FeedClient client) {
        clients.add(client);
    }

    /** Says which node gets which block. */
    void assign(PartitionAssignment its, Map<Integer, FeedClient> byNode) {
        assignment = its;
        assigned.putAll(byNode);
    }

    List<FeedClient> all() {
        return clients;
    }

    /** Returns the node that gave out the lease. */
    FeedClient home() {
        return clients.get(0);
    }

    /** Returns the block size that suits all nodes. */
    int unit() {
        return clients.stream().mapToInt(client -> client.terms().unit()).min().orElse(1);
    }

    /** Returns the largest payload of a block that all nodes take. */
    long maxBlockBytes() {
        return clients.stream()
                        .mapToLong(client -> client.terms().maxBlockBytes())
                        .min()
                        .orElse(Integer.MAX_VALUE)
                - Wire.BLOCK_HEADER;
    }

    /**
     * Own host first, then whoever was sent least, of those that have room. So nodes share evenly until one is slow enough for its buffer to
     * be full; from then on it gets rows at the speed at which it uses them.
     */
    @Nullable
    FeedClient choose(OutgoingBlock block) {
        if (assignment != null) {
            FeedClient client = assigned.get(assignment.node(block));
            return client != null && client.canTake(block.bytes()) ? client : null;
        }
        FeedClient best = null;
        for (FeedClient client : clients) {
            if (client.canTake(block.bytes())
                    && (best == null
                            || (client.isLocal() && !best.isLocal())
                            || (client.isLocal() == best.isLocal() && client.sentRows < best.sentRows))) {
                best = client;
            }
        }
        return best;
    }

    /** Returns a block's place in its node's order, 0 if there is none. */
    long place(OutgoingBlock block) {
        return assignment == null ? 0 : assignment.place(block);
    }

    boolean areDone() {
        return clients.stream().allMatch(client -> client.done);
    }

    boolean areShortOfResults() {
        return clients.stream().anyMatch(client -> client.done && client.answeredRows < client.sentRows);
    }

    SortedMap<String, Long> countedRows() {
        SortedMap<String, Long> rows = new TreeMap<>();
        for (FeedClient client : clients) {
            long counted = client.done ? client.countedRows : client.countedRows + client.acknowledgedRows;
            rows.merge(client.name(), counted, Long::sum);
        }
        return rows;
    }

    /** Returns how far each node is, for errors. */
    String progress(boolean withAnswers) {
        List<String> parts = new ArrayList<>();
        for (FeedClient client : clients) {
            parts.add(client.name() + " " + client.acknowledgedRows + " of " + client.sentRows);
        }
        String text = "rows acknowledged so far: " + String.join(", ", parts);
        return withAnswers ? text + "; " + answers() : text;
    }

    String answers() {
        List<String> parts = new ArrayList<>();
        for (FeedClient client : clients) {
            parts.add(client.name() + " answered " + client.answeredRows + " of " + client.sentRows + " rows");
        }
        return String.join(", ", parts);
    }
}
