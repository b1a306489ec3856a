package io.tfcluster.reservation;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the {@link Roster} knows of one ordinal's current attempt; guarded by the roster's lock. */
final class Node {
    enum Phase {
        /** Not registered yet. */
        EXPECTED,
        /** Registered, and believed to run. */
        JOINED,
        /** There are signs of its end; for a moment more of them are waited for. */
        ENDING,
        /** Ended as it should. */
        FAREWELL,
        /** Failed, and the reason is known. */
        FAILED,
        /** Gone, and nobody said why. */
        LOST;

        boolean isOver() {
            return this == FAREWELL || this == FAILED || this == LOST;
        }
    }

    final int ordinal;
    final String name;
    int attempt = -1;
    Phase phase = Phase.EXPECTED;

    @Nullable
    NodeInfo info;

    @Nullable
    Connection connection;

    @Nullable
    NodeProgress progress;

    @Nullable
    Map<String, String> result;

    long heardNanos;
    boolean stalled;
    /** Whether its connection was sent the complete cluster. */
    boolean hasView;

    /** Why it is believed to be ending, if nobody says something better. */
    String why = "";
    /** The node's own account. */
    @Nullable
    NodeFailure said;
    /** The launcher's account. */
    @Nullable
    NodeFailure exit;

    Instant firstSign = Instant.EPOCH;
    long verdictNanos;
    /** Where its failure stands in the list of verdicts, or -1. */
    int failure = -1;

    Node(int ordinal, String name) {
        this.ordinal = ordinal;
        this.name = name;
    }

    /** Forgets the attempt so far: a newer one takes the place. */
    void begin(int newAttempt) {
        attempt = newAttempt;
        phase = Phase.EXPECTED;
        info = null;
        connection = null;
        progress = null;
        result = null;
        stalled = false;
        backToLife();
        failure = -1;
    }

    /** Forgets the signs of an end. */
    void backToLife() {
        why = "";
        said = null;
        exit = null;
        firstSign = Instant.EPOCH;
        verdictNanos = 0;
    }

    void heard(long now) {
        heardNanos = now;
        stalled = false;
    }

    String host() {
        return info == null ? "" : info.task().host();
    }
}
