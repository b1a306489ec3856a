package io.tfcluster.feeding;

import java.io.Serializable;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A set of row numbers of one partition, kept as ranges that do not touch; for one thread at a time. */
public final class RowRanges implements Serializable {
    private static final long serialVersionUID = 1L;

    private final TreeMap<Long, Long> endByStart = new TreeMap<>();
    private long rows;

    /** Makes a set without rows. */
    public RowRanges() {}

    /** Adds rows from {@code start}, 0 or more, to before {@code end}; those that are in already count once. */
    public void add(long start, long end) {
        if (start < 0 || end <= start) {
            throw new IllegalArgumentException("rows " + start + " to before " + end);
        }
        long from = start;
        long to = end;
        Map.Entry<Long, Long> neighbour = endByStart.floorEntry(to);
        while (neighbour != null && neighbour.getValue() >= from) {
            from = Math.min(from, neighbour.getKey());
            to = Math.max(to, neighbour.getValue());
            rows -= neighbour.getValue() - neighbour.getKey();
            endByStart.remove(neighbour.getKey());
            neighbour = endByStart.floorEntry(to);
        }
        endByStart.put(from, to);
        rows += to - from;
    }

    /** Adds all rows of another set. */
    public void addAll(RowRanges other) {
        other.endByStart.forEach(this::add);
    }

    RowRanges copy() {
        RowRanges copy = new RowRanges();
        copy.addAll(this);
        return copy;
    }

    /** Returns whether a row is in. */
    public boolean contains(long row) {
        Map.Entry<Long, Long> range = endByStart.floorEntry(row);
        return range != null && row < range.getValue();
    }

    /** Returns how many rows from {@code start} to before {@code end} are all in, or all not in. */
    long alike(long start, long end) {
        Map.Entry<Long, Long> range = endByStart.floorEntry(start);
        if (range != null && start < range.getValue()) {
            return Math.min(end, range.getValue()) - start;
        }
        Long next = endByStart.higherKey(start);
        return (next == null ? end : Math.min(end, next)) - start;
    }

    /** Returns how many rows are in. */
    public long rows() {
        return rows;
    }

    /** Returns the number after the last row, 0 if there is none. */
    public long end() {
        return endByStart.isEmpty() ? 0 : endByStart.lastEntry().getValue();
    }

    /** Returns the ranges in their order, the end of each by its start; a view. */
    public SortedMap<Long, Long> ranges() {
        return Collections.unmodifiableSortedMap(endByStart);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof RowRanges ranges && endByStart.equals(ranges.endByStart);
    }

    @Override
    public int hashCode() {
        return endByStart.hashCode();
    }

    @Override
    public String toString() {
        return endByStart.toString();
    }
}
