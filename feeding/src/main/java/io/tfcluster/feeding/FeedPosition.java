package io.tfcluster.feeding;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which rows of a feed have been handed to the program that reads it: on one node, from {@code DataFeed.position()}, or on all together, by
 * {@link #union}.
 *
 * <p>A value. An epoch that every node has handed out to the end is told by its number alone; of the others the rows are told, partition by
 * partition. So the union over all nodes says of every row whether it was handed out, whenever each node was asked. As text it is one JSON
 * object; rows are told in turns of <i>skip, take</i>, here 0 to 399 of partition 0, and 0 to 16 and 20 to 30 of partition 3:
 *
 * <pre>{@code
 * {"feed":"train","node":"worker:0","ended":2,"epochs":{"2":{"partitions":37,"done":{"0":[0,400],"3":[0,17,3,11]}}}}
 * }</pre>
 *
 * <p>It has at most one pair of numbers for each block of an unfinished epoch that came to the node (few bytes each, where nodes take turns),
 * and one for every second row of those that are being mixed.
 */
public final class FeedPosition {
    /**
     * One epoch that has begun.
     *
     * @param partitions of the input, 0 if not known
     * @param batches of a deterministic feed that were handed out, empty ones included; else 0
     * @param done rows by partition
     */
    record Epoch(int partitions, long batches, SortedMap<Integer, RowRanges> done) {
        long rows() {
            return done.values().stream().mapToLong(RowRanges::rows).sum();
        }
    }

    private final String feed;
    private final String node;
    private final boolean stream;
    private final long endedEpochs;
    private final SortedMap<Long, Epoch> epochs;

    /** Takes over the map. */
    FeedPosition(String feed, String node, boolean stream, long endedEpochs, SortedMap<Long, Epoch> epochs) {
        this.feed = requireNonNull(feed, "feed");
        this.node = requireNonNull(node, "node");
        this.stream = stream;
        this.endedEpochs = endedEpochs;
        this.epochs = epochs;
    }

    /** Returns the start of an epoch, of which nothing is done, with the number of its input's partitions. */
    public static FeedPosition start(String feed, long epoch, int partitions) {
        SortedMap<Long, Epoch> epochs = new TreeMap<>();
        epochs.put(epoch, new Epoch(partitions, 0, new TreeMap<>()));
        return new FeedPosition(feed, "", false, 0, epochs);
    }

    /**
     * Reads a position from its {@link #text}.
     *
     * @throws IllegalArgumentException if it is none, saying where
     */
    public static FeedPosition parse(String text) {
        return PositionText.read(text);
    }

    /**
     * Returns what nodes have handed out together; it belongs to no node.
     *
     * @throws IllegalArgumentException if there is none, or they are of several feeds, or of inputs with other partitions
     */
    public static FeedPosition union(Collection<FeedPosition> positions) {
        if (positions.isEmpty()) {
            throw new IllegalArgumentException("no positions to unite");
        }
        String feed = positions.iterator().next().feed;
        long ended =
                positions.stream().mapToLong(each -> each.endedEpochs).max().orElse(0);
        boolean stream = positions.stream().anyMatch(each -> each.stream);
        SortedMap<Long, Epoch> all = new TreeMap<>();
        for (FeedPosition position : positions) {
            if (!position.feed.equals(feed)) {
                throw new IllegalArgumentException("positions of two feeds, " + feed + " and " + position.feed);
            }
            position.epochs.tailMap(ended).forEach((number, epoch) -> {
                Epoch known = all.computeIfAbsent(number, n -> new Epoch(epoch.partitions, 0, new TreeMap<>()));
                int partitions = Math.max(known.partitions, epoch.partitions);
                if (Math.min(known.partitions, epoch.partitions) > 0 && known.partitions != epoch.partitions) {
                    throw new IllegalArgumentException("epoch " + number + " of feed " + feed + " has "
                            + known.partitions + " partitions on one node and " + epoch.partitions + " on another");
                }
                epoch.done.forEach((partition, rows) -> known.done
                        .computeIfAbsent(partition, p -> new RowRanges())
                        .addAll(rows));
                all.put(number, new Epoch(partitions, 0, known.done));
            });
        }
        return new FeedPosition(feed, "", stream, ended, all);
    }

    /** Returns parts with at most so many ranges each, whose union this is; so that it can travel in messages of limited size. */
    public List<FeedPosition> split(int mostRanges) {
        List<FeedPosition> parts = new ArrayList<>();
        SortedMap<Long, Epoch> part = new TreeMap<>();
        int ranges = 0;
        for (Map.Entry<Long, Epoch> each : epochs.entrySet()) {
            Epoch epoch = each.getValue();
            part.put(each.getKey(), new Epoch(epoch.partitions, epoch.batches, new TreeMap<>()));
            for (Map.Entry<Integer, RowRanges> rows : epoch.done.entrySet()) {
                for (Map.Entry<Long, Long> range : rows.getValue().ranges().entrySet()) {
                    if (ranges == mostRanges) {
                        parts.add(new FeedPosition(feed, node, stream, endedEpochs, part));
                        part = new TreeMap<>();
                        ranges = 0;
                    }
                    part.computeIfAbsent(
                                    each.getKey(), n -> new Epoch(epoch.partitions, epoch.batches, new TreeMap<>()))
                            .done
                            .computeIfAbsent(rows.getKey(), p -> new RowRanges())
                            .add(range.getKey(), range.getValue());
                    ranges++;
                }
            }
        }
        parts.add(new FeedPosition(feed, node, stream, endedEpochs, part));
        return parts;
    }

    /** Returns the feed's name. */
    public String feed() {
        return feed;
    }

    /** Returns the node's name, {@code worker:0} for example; "" for several nodes together. */
    public String node() {
        return node;
    }

    /** Returns whether the feed comes from a stream: its one epoch has no end, and its rows are not told. */
    public boolean isStream() {
        return stream;
    }

    /** Returns how many epochs, from 0 on, every node has handed out to the end; nothing else is told of them. */
    public long endedEpochs() {
        return endedEpochs;
    }

    /** Returns the epochs that have begun and not ended. */
    public SortedSet<Long> epochs() {
        return Collections.unmodifiableSortedSet(new TreeSet<>(epochs.keySet()));
    }

    /** Returns how many partitions the input of an epoch has, 0 if that is not known. */
    public int partitions(long epoch) {
        Epoch told = epochs.get(epoch);
        return told == null ? 0 : told.partitions;
    }

    /** Returns how many batches of an epoch of a deterministic feed were handed out, empty ones included; else 0. */
    public long batches(long epoch) {
        Epoch told = epochs.get(epoch);
        return told == null ? 0 : told.batches;
    }

    /** Returns the rows of an epoch that were handed out, by partition; none for epochs that have ended. */
    public SortedMap<Integer, RowRanges> done(long epoch) {
        Epoch told = epochs.get(epoch);
        SortedMap<Integer, RowRanges> copy = new TreeMap<>();
        if (told != null) {
            told.done.forEach((partition, rows) -> copy.put(partition, rows.copy()));
        }
        return copy;
    }

    /** Returns how many rows of an epoch were handed out; 0 for epochs that have ended. */
    public long rows(long epoch) {
        Epoch told = epochs.get(epoch);
        return told == null ? 0 : told.rows();
    }

    SortedMap<Long, Epoch> told() {
        return epochs;
    }

    /** Returns it as one JSON object, in one line. */
    public String text() {
        return PositionText.write(this);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof FeedPosition position && text().equals(position.text());
    }

    @Override
    public int hashCode() {
        return text().hashCode();
    }

    @Override
    public String toString() {
        return text();
    }
}
