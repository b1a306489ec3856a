package io.tfcluster;

import io.tfcluster.feeding.FeedPosition;
import io.tfcluster.feeding.RowRanges;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where a feed goes on: what the nodes of an earlier run had handed out when a checkpoint was written. */
final class ResumePoint {
    private static final Logger log = LoggerFactory.getLogger(ResumePoint.class);

    /** The first row. */
    static final ResumePoint START = new ResumePoint("", null, Map.of(), List.of());

    private final String checkpoint;
    private final @Nullable FeedPosition all;
    private final Map<String, FeedPosition> byNode;
    private final List<FeedPosition> positions;

    private ResumePoint(
            String checkpoint,
            @Nullable FeedPosition all,
            Map<String, FeedPosition> byNode,
            List<FeedPosition> positions) {
        this.checkpoint = checkpoint;
        this.all = all;
        this.byNode = byNode;
        this.positions = positions;
    }

    /**
     * Reads the newest checkpoint of a directory; without one the start.
     *
     * @param nodes that take rows now
     * @throws IllegalStateException if the feed cannot be resumed from there
     */
    static ResumePoint newest(String directory, Configuration hadoop, FeedLine line, List<String> nodes) {
        CheckpointLedger ledger = CheckpointLedger.newest(directory, hadoop).orElse(null);
        if (ledger == null) {
            log.info("{} has no checkpoint; feeding {} from the first row on", directory, line.name);
            return START;
        }
        return of(ledger, line, nodes);
    }

    /** Returns where a checkpoint left off; as {@link #newest}. */
    static ResumePoint of(CheckpointLedger ledger, FeedLine line, List<String> nodes) {
        FeedPosition all = union(ledger, line.name);
        if (all.isStream()) {
            throw new IllegalStateException("the checkpoint " + ledger.checkpoint() + " was written while the feed \""
                    + line.name + "\" came from a stream; a stream goes on by itself if it has Spark's option"
                    + " checkpointLocation, with trainStream");
        }
        Map<String, FeedPosition> byNode = new TreeMap<>();
        if (line.config.deterministic() && !all.epochs().isEmpty()) {
            ledger.of(line.name).forEach(each -> byNode.put(each.node(), each));
            checkNodes(ledger, line.name, byNode, nodes);
        }
        long rows = all.epochs().stream().mapToLong(all::rows).sum();
        log.info(
                "feed {} resumes from {}: {} epochs are done, and {} rows of the next",
                line.name,
                ledger.checkpoint(),
                all.endedEpochs(),
                rows);
        return new ResumePoint(ledger.checkpoint(), all, byNode, ledger.of(line.name));
    }

    /** Returns the beginning of an epoch, for a feed that keeps step with one whose checkpoint it is. */
    static ResumePoint beginningOf(long epoch, String feed, String checkpoint) {
        FeedPosition before = FeedPosition.parse("{\"feed\":\"" + feed + "\",\"ended\":" + epoch + ",\"epochs\":{}}");
        return new ResumePoint(checkpoint, before, Map.of(), List.of());
    }

    /** Returns the checkpoint's path, "" if there is none. */
    String checkpoint() {
        return checkpoint;
    }

    /** Returns how many epochs all nodes have handed out to the end. */
    long endedEpochs() {
        return all == null ? 0 : all.endedEpochs();
    }

    /** Returns the rows of an epoch that each node had handed out, or had been told of when it began. */
    SortedMap<String, Long> rowsByNode(long epoch) {
        SortedMap<String, Long> rows = new TreeMap<>();
        positions.forEach(each -> rows.merge(each.node(), each.rows(epoch), Long::sum));
        return rows;
    }

    /** Returns the rows of an epoch that each node is told of, see {@link #kept}. */
    SortedMap<String, Long> keptRows(long epoch, List<String> nodes) {
        SortedMap<String, Long> rows = new TreeMap<>();
        kept(nodes).forEach((node, position) -> rows.put(node, position.rows(epoch)));
        return rows;
    }

    private static FeedPosition union(CheckpointLedger ledger, String feed) {
        try {
            return FeedPosition.union(ledger.of(feed));
        } catch (IllegalArgumentException e) {
            throw new IllegalStateException(
                    CheckpointLedger.FILE + " of " + ledger.checkpoint() + " contradicts itself: " + e.getMessage(), e);
        }
    }

    /** The same batches come only to the same nodes. */
    private static void checkNodes(
            CheckpointLedger ledger, String feed, Map<String, FeedPosition> byNode, List<String> nodes) {
        if (!byNode.keySet().equals(Set.copyOf(nodes))) {
            throw new IllegalStateException("the feed \"" + feed + "\" is deterministic, and the checkpoint "
                    + ledger.checkpoint() + " was written by " + byNode.keySet() + ", but now the training nodes are "
                    + nodes + ": the same batches cannot come. Use the same nodes, or feed the rest without"
                    + " FeedConfig.deterministic(true).");
        }
        byNode.values()
                .forEach(position -> position.epochs().forEach(epoch -> {
                    if (position.rows(epoch) > 0 && position.batches(epoch) == 0) {
                        throw new IllegalStateException(
                                "the feed \"" + feed + "\" is deterministic now, but was not when the"
                                        + " checkpoint " + ledger.checkpoint()
                                        + " was written; its batches cannot be made again. Feed the rest as it was begun.");
                    }
                }));
    }

    /** Returns whether all nodes have handed out an epoch to its end. */
    boolean isOver(long epoch) {
        return all != null && epoch < all.endedEpochs();
    }

    /** Returns the rows of an epoch that were handed out, by partition. */
    SortedMap<Integer, RowRanges> before(long epoch) {
        return all == null ? new TreeMap<>() : all.done(epoch);
    }

    /** Returns the rows of an epoch that each node gets again and drops: of a deterministic feed, otherwise none. */
    SortedMap<String, Long> replayed(long epoch) {
        SortedMap<String, Long> rows = new TreeMap<>();
        byNode.forEach((node, position) -> rows.put(node, position.rows(epoch)));
        return rows;
    }

    /**
     * Returns what each node must know before rows come: one of them keeps what is done, for the next checkpoint; of a deterministic feed each
     * keeps its own.
     */
    Map<String, FeedPosition> kept(List<String> nodes) {
        if (all == null || nodes.isEmpty()) {
            return Map.of();
        }
        return byNode.isEmpty() ? Map.of(nodes.get(0), all) : byNode;
    }

    /** Checks that an input has the partitions that it had. */
    void check(String feed, int partitions) {
        if (all == null) {
            return;
        }
        for (long epoch : all.epochs()) {
            int before = all.partitions(epoch);
            SortedMap<Integer, RowRanges> done = all.done(epoch);
            int last = done.isEmpty() ? -1 : done.lastKey();
            if ((before > 0 && before != partitions) || last >= partitions) {
                throw new IllegalStateException("the input of feed \"" + feed + "\" has " + partitions
                        + " partitions, but " + (before > 0 ? before : last + 1 + " or more")
                        + " when the checkpoint " + checkpoint + " was written in epoch " + epoch
                        + ": rows are known by their numbers within partitions. Give it the same input in the same"
                        + " partitions, or train from the start.");
            }
        }
    }

    /** Checks that no partition is shorter than it was; for those who have counted. */
    void check(String feed, long epoch, long[] rowsOfPartitions) {
        before(epoch).forEach((partition, rows) -> {
            if (rows.end() > rowsOfPartitions[partition]) {
                throw new IllegalStateException("partition " + partition + " of feed \"" + feed + "\" has "
                        + rowsOfPartitions[partition] + " rows, but " + rows.end() + " or more when the checkpoint "
                        + checkpoint + " was written: the feed is resumed with another input. Give it the same rows in"
                        + " the same partitions, or train from the start.");
            }
        });
    }
}
