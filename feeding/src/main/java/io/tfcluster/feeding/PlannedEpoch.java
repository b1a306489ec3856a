package io.tfcluster.feeding;

import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How far a deterministic feed is: the epoch whose batches are being handed out, which of its blocks comes next, and how many batches every
 * node makes of it; guarded by the queue's lock. Feeders may be an epoch ahead of the reader.
 */
final class PlannedEpoch {
    private final TreeMap<Long, Wire.NodePlan> ahead = new TreeMap<>();
    private long epoch = -1;
    private Wire.NodePlan plan = new Wire.NodePlan(0, 0);
    private long nextBlock;
    private long batches;
    private boolean finished = true;

    /** Hears of a plan from a feeder; the first one of an epoch begins it. */
    void begin(long planEpoch, Wire.@Nullable NodePlan its) {
        if (its == null) {
            throw new WireException("the feed is deterministic on this node, but the feeder has no plan for it");
        }
        Wire.NodePlan known = planEpoch == epoch ? plan : ahead.get(planEpoch);
        if (planEpoch < epoch || (known != null && !known.equals(its))) {
            throw new WireException("a plan for epoch " + planEpoch + ", " + its + ", after "
                    + (known == null ? "epoch " + epoch : known));
        }
        if (known == null) {
            ahead.put(planEpoch, its);
            advanceEpoch();
        }
    }

    private void advanceEpoch() {
        while (finished && !ahead.isEmpty()) {
            Map.Entry<Long, Wire.NodePlan> next = ahead.pollFirstEntry();
            epoch = next.getKey();
            plan = next.getValue();
            nextBlock = 0;
            batches = 0;
            finished = plan.mostRows() == 0;
        }
    }

    long epoch() {
        return epoch;
    }

    boolean isNext(ReceivedBlock block) {
        return !finished && block.epoch() == epoch && block.place() == nextBlock;
    }

    /** Notes that the next block is empty. */
    void advance() {
        nextBlock++;
    }

    boolean isAllTaken() {
        return nextBlock == plan.blocks();
    }

    /** Whether batches of the epoch are still to be handed out. */
    boolean isUnfinished() {
        return !finished;
    }

    /** Counts a batch; returns whether it is the epoch's last, on every node. */
    boolean batch(int maxRows) {
        batches++;
        boolean last = batches >= (plan.mostRows() + maxRows - 1) / maxRows;
        if (last) {
            finished = true;
            advanceEpoch();
        }
        return last;
    }
}
