package io.tfcluster;

import io.tfcluster.feeding.PartitionShare;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiFunction;

/** The driver's counts behind {@link Ledger}; any thread may add and look. */
final class FeedLedger {
    private final List<Count> counts = new ArrayList<>();

    /** Begins an epoch, or goes on with a stream's. */
    synchronized Count begin(String feed, long epoch, List<String> nodes) {
        for (Count count : counts) {
            if (count.feed.equals(feed) && count.epoch == epoch) {
                return count;
            }
        }
        Count count = new Count(feed, epoch, nodes);
        counts.add(count);
        return count;
    }

    /** A feed has ended, and with it the epoch of a stream. */
    void endFeed(String feed) {
        all().stream().filter(count -> count.feed.equals(feed)).forEach(Count::endStream);
    }

    private synchronized List<Count> all() {
        return List.copyOf(counts);
    }

    /** Returns the rows of a feed that a node took in the epochs before one. */
    long rowsBefore(String feed, long epoch, String node) {
        return all().stream()
                .filter(count -> count.feed.equals(feed) && count.epoch < epoch)
                .mapToLong(count -> count.value((name, number) -> new TreeMap<>())
                        .rowsByNode()
                        .getOrDefault(node, 0L))
                .sum();
    }

    /**
     * Returns the counts of now.
     *
     * @param live rows of an epoch that is running, by node, as heartbeats told them
     */
    Ledger value(BiFunction<String, Long, SortedMap<String, Long>> live) {
        return new Ledger(all().stream().map(count -> count.value(live)).toList());
    }

    /** One epoch of one feed. */
    static final class Count {
        private final String feed;
        private final long epoch;
        private final SortedMap<String, Long> rows = new TreeMap<>();
        private final SortedMap<String, Long> replayed = new TreeMap<>();
        private Ledger.State state = Ledger.State.RUNNING;
        private long inputRows;
        private long resumedRows;
        private long repeatedRows;
        private int partitionsDone;
        private int partitions;

        private Count(String feed, long epoch, List<String> nodes) {
            this.feed = feed;
            this.epoch = epoch;
            nodes.forEach(node -> rows.put(node, 0L));
        }

        /** More partitions are on their way. */
        synchronized void expect(int more) {
            partitions += more;
        }

        /** Nodes get so many rows again that they had handed out before the feed was resumed, and drop them. */
        synchronized void replays(SortedMap<String, Long> byNode) {
            replayed.putAll(byNode);
        }

        /** A partition has been fed, or its share. */
        synchronized void add(FeedTask.Fed fed, PartitionShare share) {
            if (state != Ledger.State.RUNNING) {
                return; // a task that ended after its job was cut short; the nodes have told what they took
            }
            fed.addTo(rows);
            inputRows += fed.inputRows();
            resumedRows += Math.min(fed.inputRows(), share.before().rows());
            long expected = fed.inputRows()
                    - (share.assignment() == null ? share.before().rows() : 0);
            repeatedRows += fed.terminated() ? 0 : Math.max(0, fed.takenRows() - expected);
            partitionsDone += fed.terminated() ? 0 : 1;
        }

        /** The feed was ended early, and nodes took this much of the epoch. */
        synchronized void terminated(SortedMap<String, Long> counted) {
            rows.putAll(counted);
            replayed.clear();
            state = Ledger.State.TERMINATED;
        }

        private synchronized void endStream() {
            if (state == Ledger.State.RUNNING && partitionsDone == partitions) {
                state = Ledger.State.DONE;
            }
        }

        synchronized void end(Ledger.State last) {
            state = last;
        }

        synchronized Ledger.Epoch value(BiFunction<String, Long, SortedMap<String, Long>> live) {
            SortedMap<String, Long> byNode = new TreeMap<>(rows);
            replayed.forEach((node, count) -> byNode.computeIfPresent(node, (n, all) -> Math.max(0, all - count)));
            if (state == Ledger.State.RUNNING) {
                live.apply(feed, epoch).forEach((node, count) -> byNode.merge(node, count, Math::max));
            }
            return new Ledger.Epoch(
                    feed, epoch, state, inputRows, resumedRows, byNode, repeatedRows, partitionsDone, partitions);
        }
    }
}
