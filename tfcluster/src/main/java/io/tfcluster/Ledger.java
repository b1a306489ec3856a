package io.tfcluster;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Which rows were fed and who took them, by feed and epoch; a value of one moment, from {@link TFCluster#ledger()}.
 *
 * <pre>{@code
 * System.out.println(cluster.ledger()); // epoch 3 of train: 3,670 of 3,670 rows, 0 repeated = worker:0 1,850 + worker:1 1,820
 * }</pre>
 *
 * @param epochs every epoch of every feed, in the order in which they began
 */
public record Ledger(List<Epoch> epochs) implements Serializable {
    /** How far an epoch is. */
    public enum State {
        /** Its rows are being fed; counts of nodes are as old as their last heartbeat. */
        RUNNING,
        /** The nodes have taken all its rows. */
        DONE,
        /** A node ended the feed in this epoch. */
        TERMINATED,
        /** Feeding it failed; what the nodes took of it is not known exactly. */
        FAILED
    }

    /** Copies the list. */
    public Ledger {
        epochs = List.copyOf(epochs);
    }

    /** Returns one epoch of a feed, if it has begun. */
    public Optional<Epoch> epoch(String feed, long epoch) {
        return epochs.stream()
                .filter(each -> each.feed().equals(feed) && each.epoch() == epoch)
                .findFirst();
    }

    /** Returns the rows of a feed that nodes have taken, over all epochs. */
    public long rowsTaken(String feed) {
        return epochs.stream()
                .filter(each -> each.feed().equals(feed))
                .mapToLong(Epoch::rowsTaken)
                .sum();
    }

    /** Returns a line for each epoch. */
    @Override
    public String toString() {
        return epochs.stream().map(Epoch::toString).collect(Collectors.joining("\n"));
    }

    /**
     * One epoch of one feed.
     *
     * @param feed name of the feed
     * @param epoch number of the epoch, from 0
     * @param state how far it is
     * @param inputRows rows of the partitions that are done
     * @param resumedRows those of them that nodes had handed out before the feed was resumed, see {@link FeedInput#resume}
     * @param rowsByNode rows that each node took since, by its name
     * @param repeatedRows rows of partitions that are done, beyond those that they held: 0 unless the ledger is broken
     * @param partitionsDone partitions of which the nodes have taken all rows
     * @param partitions all partitions; of a stream, those that came so far
     */
    public record Epoch(
            String feed,
            long epoch,
            State state,
            long inputRows,
            long resumedRows,
            SortedMap<String, Long> rowsByNode,
            long repeatedRows,
            int partitionsDone,
            int partitions)
            implements Serializable {
        /** Copies the map. */
        public Epoch {
            requireNonNull(feed, "feed");
            requireNonNull(state, "state");
            rowsByNode = Collections.unmodifiableSortedMap(new TreeMap<>(rowsByNode));
        }

        /** Returns the rows that nodes took, summed over all of them. */
        public long rowsTaken() {
            return rowsByNode.values().stream().mapToLong(Long::longValue).sum();
        }

        /**
         * Returns a line such as {@code epoch 3 of train: 3,670 of 3,670 rows, 0 repeated = worker:0 1,850 + worker:1 1,820}, or {@code
         * 1,200 of 3,670 rows (2,470 before resuming), …}.
         */
        @Override
        public String toString() {
            String nodes = rowsByNode.entrySet().stream()
                    .map(node -> node.getKey() + " " + number(node.getValue()))
                    .collect(Collectors.joining(" + "));
            String progress = state == State.DONE
                    ? ""
                    : ", " + state.name().toLowerCase(Locale.ROOT) + " with " + number(partitionsDone) + " of "
                            + number(partitions) + " partitions done";
            return "epoch " + epoch + " of " + feed + ": " + number(rowsTaken()) + " of " + number(inputRows)
                    + " rows" + (resumedRows == 0 ? "" : " (" + number(resumedRows) + " before resuming)") + ", "
                    + number(repeatedRows) + " repeated = " + nodes + progress;
        }

        private static String number(long value) {
            return String.format(Locale.ROOT, "%,d", value);
        }
    }
}
