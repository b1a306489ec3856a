package io.tfcluster.feeding;

import java.util.Map;
import java.util.TreeMap;

/** A set of row numbers, kept as ranges that do not touch; for one thread at a time. */
final class RowRanges {
    private final TreeMap<Long, Long> endByStart = new TreeMap<>();
    private long rows;

    /** Adds rows from {@code start} to before {@code end}; those that are in already count once. */
    void add(long start, long end) {
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
    void addAll(RowRanges other) {
        other.endByStart.forEach(this::add);
    }

    RowRanges copy() {
        RowRanges copy = new RowRanges();
        copy.addAll(this);
        return copy;
    }

    boolean contains(long row) {
        Map.Entry<Long, Long> range = endByStart.floorEntry(row);
        return range != null && row < range.getValue();
    }

    /** Returns how many rows are in. */
    long rows() {
        return rows;
    }

    /** Returns the ranges, the end of each by its start. */
    Map<Long, Long> ranges() {
        return endByStart;
    }

    @Override
    public String toString() {
        return endByStart.toString();
    }
}
