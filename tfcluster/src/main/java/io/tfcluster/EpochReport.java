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
 * @param inputRows rows that Spark's partitions held; if the feed was terminated, those that had been read until then
 * @param resumedRows those of them that nodes had handed out before the feed was resumed, see {@link FeedInput#resume}; mostly 0
 * @param rowsByNode rows that each node took, by its name ({@code worker:0}); with {@code resumedRows} they add up to {@code inputRows}
 *     unless a node ended the feed early. Then they are the rows that the nodes had handed to their main functions.
 * @param terminated whether a node ended the feed early, in this epoch
 * @param cache what the blocks kept for later epochs take
 * @param duration time from the start of the feed job to its end
 */
public record EpochReport(
        String feed,
        long epoch,
        long inputRows,
        long resumedRows,
        SortedMap<String, Long> rowsByNode,
        boolean terminated,
        CacheUse cache,
        Duration duration)
        implements Serializable {
    /** Copies the map. */
    public EpochReport {
        requireNonNull(feed, "feed");
        requireNonNull(cache, "cache");
        requireNonNull(duration, "duration");
        rowsByNode = Collections.unmodifiableSortedMap(new TreeMap<>(rowsByNode));
    }

    /** Makes the report of a whole epoch without a cache. */
    public EpochReport(String feed, long epoch, long inputRows, SortedMap<String, Long> rowsByNode, Duration duration) {
        this(feed, epoch, inputRows, 0, rowsByNode, false, CacheUse.NONE, duration);
    }

    /** Returns the rows that nodes took, summed over all of them. */
    public long rowsTaken() {
        return rowsByNode.values().stream().mapToLong(Long::longValue).sum();
    }
}
