package io.tfcluster.feeding;

import java.time.Duration;

/**
 * What a feed has done so far on one node, and what it holds.
 *
 * @param rows rows handed out in batches
 * @param bytes bytes of the blocks received
 * @param waited time that calls for a batch spent waiting for rows
 * @param waiting how long the call that waits for rows now has done so; zero if none does
 * @param epoch epoch of the rows handed out last
 * @param epochRows rows of that epoch handed out
 * @param bufferedBytes bytes received and not yet taken
 * @param bufferLimit the bound of {@code bufferedBytes}, not counting one block per feeder
 * @param shuffleRows rows being mixed
 * @param shuffleBytes bytes of the blocks that those rows lie in
 * @param prefetchedRows rows in batches that were made ahead of their use
 * @param connections feeders connected now
 */
public record FeedStats(
        long rows,
        long bytes,
        Duration waited,
        Duration waiting,
        long epoch,
        long epochRows,
        long bufferedBytes,
        long bufferLimit,
        int shuffleRows,
        long shuffleBytes,
        int prefetchedRows,
        int connections) {
    /**
     * Returns these figures for a reader who has not taken {@code prefetched} of the rows yet, has waited that long for the others, and waits so
     * long now.
     */
    public FeedStats withPrefetched(int prefetched, Duration readerWaited, Duration readerWaiting) {
        return new FeedStats(
                rows - prefetched,
                bytes,
                readerWaited,
                readerWaiting,
                epoch,
                Math.max(0, epochRows - prefetched),
                bufferedBytes,
                bufferLimit,
                shuffleRows,
                shuffleBytes,
                prefetched,
                connections);
    }
}
