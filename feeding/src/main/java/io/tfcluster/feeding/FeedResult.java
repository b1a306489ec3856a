package io.tfcluster.feeding;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What became of one partition.
 *
 * @param inputRows rows that the iterator gave; all rows of the partition unless the feed was terminated; those that were handed out before
 *     the feed was resumed included
 * @param rows rows of the partition that each node counts, from all attempts to feed it, by the node's name; a node that took none is there
 *     with 0
 * @param terminated whether a node ended the feed early; the iterator was not read to its end then
 * @param events what went otherwise than planned and was survived, for the log
 */
public record FeedResult(long inputRows, SortedMap<String, Long> rows, boolean terminated, List<String> events)
        implements Serializable {
    /** Copies map and list. */
    public FeedResult {
        rows = Collections.unmodifiableSortedMap(new TreeMap<>(rows));
        events = List.copyOf(new ArrayList<>(events));
    }

    /** Returns the rows of all nodes together. */
    public long totalRows() {
        return rows.values().stream().mapToLong(Long::longValue).sum();
    }
}
