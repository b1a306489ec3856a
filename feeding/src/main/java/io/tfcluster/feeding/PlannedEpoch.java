package io.tfcluster.feeding;

import org.jspecify.annotations.Nullable;

/**
 * How far a deterministic feed is in its epoch: which block comes next, and how many batches every node makes of it; guarded by the queue's lock.
 */
final class PlannedEpoch {
    private long epoch = -1;
    private Wire.@Nullable NodePlan plan;
    private long nextBlock;
    private long batches;
    private boolean finished = true;

    /** Hears of a plan from a feeder; the first one of an epoch begins it. */
    void begin(long planEpoch, Wire.@Nullable NodePlan its) {
        if (its == null) {
            throw new WireException("the feed is deterministic on this node, but the feeder has no plan for it");
        }
        if (planEpoch == epoch) {
            if (!its.equals(plan)) {
                throw new WireException("another plan for epoch " + epoch + ": " + its + " after " + plan);
            }
            return;
        }
        if (planEpoch < epoch || !isAllTaken()) {
            throw new WireException("epoch " + planEpoch + " begins before epoch " + epoch + " is taken");
        }
        epoch = planEpoch;
        plan = its;
        nextBlock = 0;
        batches = 0;
        finished = its.mostRows() == 0;
    }

    long epoch() {
        return epoch;
    }

    boolean isNext(ReceivedBlock block) {
        return block.epoch() == epoch && block.place() == nextBlock;
    }

    /** Notes that the next block is empty. */
    void advance() {
        nextBlock++;
    }

    boolean isAllTaken() {
        return plan == null || nextBlock == plan.blocks();
    }

    /** Whether batches of the epoch are still to be handed out. */
    boolean isUnfinished() {
        return !finished;
    }

    /** Counts a batch; returns whether it is the epoch's last, on every node. */
    boolean batch(int maxRows) {
        batches++;
        long all = plan == null ? 0 : (plan.mostRows() + maxRows - 1) / maxRows;
        finished = batches >= all;
        return finished;
    }
}
