package io.tfcluster.reservation;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Hears what happens to the nodes of one {@link ReservationServer}.
 *
 * <p>All methods are called on one thread of the server's, in the order of the events. They may call the server, but not wait on it or
 * close it, and should be quick: while they run nobody else hears anything. Exceptions they throw are logged and change nothing. If a
 * listener falls behind by thousands of events, progress and log lines are left out first.
 */
public interface ReservationListener {
    /** A node registered: for the first time, after a reconnect, or as a newer attempt that replaces an older one. */
    default void joined(int ordinal, NodeInfo node) {}

    /** A heartbeat arrived. */
    default void progress(int ordinal, NodeProgress progress) {}

    /** A node sent lines of its log. */
    default void log(int ordinal, List<String> lines) {}

    /** A node sent a notice. */
    default void notice(int ordinal, String topic, Map<String, String> details) {}

    /**
     * A node failed: it said so, or its launcher reported its exit without a farewell. At most once per attempt; what both said is
     * one failure. It can follow {@link #lost} if the launcher's report comes later than the server waits for it.
     */
    default void failed(int ordinal, NodeFailure failure) {}

    /** More became known of a failure that was told before, its exit code for example. */
    default void completed(int ordinal, NodeFailure failure) {}

    /**
     * A node is gone and nobody said why: its connection closed without a farewell and no exit report came within a second, or it was
     * silent for twice the heartbeat limit.
     */
    default void lost(int ordinal, String why) {}

    /** A node has been silent for the heartbeat limit; after as long again it will be {@link #lost}. */
    default void stalled(int ordinal, Duration silence) {}

    /** A node ended as it should, with these results. */
    default void farewell(int ordinal, Map<String, String> result) {}
}
