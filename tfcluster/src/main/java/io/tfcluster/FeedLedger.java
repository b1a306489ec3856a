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

    /**
     * Begins an epoch, or goes on with a stream's. One that an earlier generation began is taken back to what was done before the point.
     *
     * @param generation of the cluster that feeds it now
     * @param point from which it is fed
     */
    synchronized Count begin(String feed, long epoch, List<String> nodes, int generation, ResumePoint point) {
        for (Count count : counts) {
            if (count.feed.equals(feed) && count.epoch == epoch) {
                count.begin(nodes, generation, point);
                return count;
            }
        }
        Count count = new Count(feed, epoch, nodes, generation, point);
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

    /** Returns the rows of a feed that a node of this generation took in the epochs before one. */
    long rowsBefore(String feed, long epoch, String node, int generation) {
        return all().stream()
                .filter(count -> count.feed.equals(feed) && count.epoch < epoch)
                .mapToLong(count -> count.rowsOf(node, generation))
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
        private final SortedMap<String, Long> carried =
                new TreeMap<>(); // by earlier generations, before the checkpoint
        private SortedMap<String, Long> kept; // what the nodes were told when this generation began
        private String checkpoint;
        private int generation;
        private Ledger.State state = Ledger.State.RUNNING;
        private long inputRows;
        private long resumedRows;
        private long repeatedRows;
        private int partitionsDone;
        private int partitions;

        private Count(String feed, long epoch, List<String> nodes, int generation, ResumePoint point) {
            this.feed = feed;
            this.epoch = epoch;
            this.generation = generation;
            this.checkpoint = point.checkpoint();
            this.kept = point.keptRows(epoch, nodes);
            nodes.forEach(node -> rows.put(node, 0L));
        }

        /** Begins once more, if another generation of nodes does. */
        private synchronized void begin(List<String> nodes, int now, ResumePoint point) {
            if (now == generation) {
                return;
            }
            if (point.checkpoint().isEmpty()) {
                carried.clear();
            } else if (!point.checkpoint().equals(checkpoint)) {
                point.rowsByNode(epoch)
                        .forEach((node, all) -> carried.merge(node, all - kept.getOrDefault(node, 0L), Long::sum));
            }
            generation = now;
            checkpoint = point.checkpoint();
            kept = point.keptRows(epoch, nodes);
            rows.clear();
            nodes.forEach(node -> rows.put(node, 0L));
            replayed.clear();
            state = Ledger.State.RUNNING;
            inputRows = 0;
            resumedRows = 0;
            repeatedRows = 0;
            partitionsDone = 0;
            partitions = 0;
        }

        private synchronized long rowsOf(String node, int now) {
            return now == generation ? own().getOrDefault(node, 0L) : 0;
        }

        /** What the nodes of this generation took, without what they had to drop. */
        private SortedMap<String, Long> own() {
            SortedMap<String, Long> byNode = new TreeMap<>(rows);
            replayed.forEach((node, count) -> byNode.computeIfPresent(node, (n, all) -> Math.max(0, all - count)));
            return byNode;
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
            SortedMap<String, Long> byNode = own();
            if (state == Ledger.State.RUNNING) {
                live.apply(feed, epoch).forEach((node, count) -> byNode.merge(node, count, Math::max));
            }
            carried.forEach((node, count) -> byNode.merge(node, count, Long::sum));
            long before = carried.values().stream().mapToLong(Long::longValue).sum();
            return new Ledger.Epoch(
                    feed,
                    epoch,
                    state,
                    inputRows,
                    Math.max(0, resumedRows - before),
                    byNode,
                    repeatedRows,
                    partitionsDone,
                    partitions);
        }
    }
}
