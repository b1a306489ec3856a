package io.tfcluster.feeding;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Which partitions have ended on a node: their feeder has sent its last row, and all of them were handed out; guarded by the queue's lock. */
final class PartitionEnds {
    private final Map<FeedConnection, Long> openRows = new HashMap<>();
    private final List<Integer> untold = new ArrayList<>();

    /** A feeder has come. */
    void begun(FeedConnection feeder) {
        openRows.put(feeder, 0L);
    }

    /** Rows have come. */
    void received(FeedConnection feeder, long rows) {
        openRows.computeIfPresent(feeder, (same, open) -> open + rows);
    }

    /** Rows have been handed out. */
    void handedOut(FeedConnection feeder, long rows) {
        received(feeder, -rows);
        look(feeder);
    }

    /** The feeder may have sent its last row. */
    void look(FeedConnection feeder) {
        if (!feeder.isSending() && openRows.remove(feeder, 0L)) {
            untold.add(feeder.partition().partition());
        }
    }

    /** The feeder has failed: another attempt ends the partition. */
    void failed(FeedConnection feeder) {
        openRows.remove(feeder);
    }

    /** Returns the partitions that have ended since the last call. */
    List<Integer> tell() {
        List<Integer> told = List.copyOf(untold);
        untold.clear();
        return told;
    }
}
