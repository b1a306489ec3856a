package io.tfcluster;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import java.time.Duration;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What one pass over the input did.
 *
 * @param feed name of the feed
 * @param epoch number of the pass, from 0
 * @param inputRows rows that Spark's partitions held
 * @param rowsByNode rows that each node took, by its name ({@code worker:0}); they add up to {@code inputRows} unless a node ended
 *     the feed early
 * @param duration time from the start of the feed job to its end
 */
public record EpochReport(
        String feed, long epoch, long inputRows, SortedMap<String, Long> rowsByNode, Duration duration)
        implements Serializable {
    /** Copies the map. */
    public EpochReport {
        requireNonNull(feed, "feed");
        rowsByNode = Collections.unmodifiableSortedMap(new TreeMap<>(rowsByNode));
    }

    /** Returns the rows that nodes took, summed over all of them. */
    public long rowsTaken() {
        return rowsByNode.values().stream().mapToLong(Long::longValue).sum();
    }
}
