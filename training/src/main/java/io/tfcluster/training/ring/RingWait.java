package io.tfcluster.training.ring;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * That this process waits for a neighbour.
 *
 * @param peerRank for whom
 * @param time for how long, since the last bytes that went
 */
public record RingWait(int peerRank, Duration time) {
    /** Checks that nothing is missing. */
    public RingWait {
        requireNonNull(time, "time");
    }
}
