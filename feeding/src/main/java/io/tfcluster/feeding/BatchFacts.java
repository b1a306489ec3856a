package io.tfcluster.feeding;

import java.util.List;

/**
 * What a batch is, apart from its rows.
 *
 * @param rows number of rows; 0 at the end of an epoch or of the feed, or where a plan has an empty batch
 * @param epoch epoch of all rows; without rows the epoch that has ended or was the latest
 * @param endOfEpoch whether these are known to be the last rows of the epoch on this node
 * @param planned whether every node has this batch in its epoch, with or without rows: the feed is deterministic
 * @param endedPartitions partitions that have ended on this node, with this batch or since the one before: no more of their rows come here
 * @param origin where the rows came from
 */
public record BatchFacts(
        int rows, long epoch, boolean endOfEpoch, boolean planned, List<Integer> endedPartitions, BatchOrigin origin) {
    /** Copies the list. */
    public BatchFacts {
        endedPartitions = List.copyOf(endedPartitions);
    }
}
