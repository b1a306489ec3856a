package io.tfcluster.reservation;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import java.time.Duration;

/**
 * What one feed of a node has done and holds; travels with every heartbeat, in {@link NodeProgress#feeds()}.
 *
 * @param epoch epoch of the rows handed out last
 * @param epochRows rows of that epoch handed out
 * @param rows rows handed out since the start
 * @param waited time that calls for a batch spent waiting for rows
 * @param bufferedBytes bytes received and not yet taken
 * @param bufferLimit the bound of {@code bufferedBytes}
 * @param shuffleRows rows being mixed
 * @param shuffleBytes bytes that those rows take
 * @param shuffleLimit the bound of {@code shuffleBytes}; 0 if nothing is mixed
 * @param prefetchedRows rows in batches that were made ahead of their use
 * @param connections feed tasks connected now
 */
public record FeedProgress(
        long epoch,
        long epochRows,
        long rows,
        Duration waited,
        long bufferedBytes,
        long bufferLimit,
        long shuffleRows,
        long shuffleBytes,
        long shuffleLimit,
        long prefetchedRows,
        int connections)
        implements Serializable {
    /** Checks that nothing is missing. */
    public FeedProgress {
        requireNonNull(waited, "waited");
    }
}
