package io.tfcluster.feeding;

import java.util.TreeSet;

/**
 * Which epochs have ended, and which ends the reader has been told: each once, in their order, and before rows of a later epoch; guarded by the
 * queue's lock.
 */
final class EpochMarks {
    private final TreeSet<Long> untold = new TreeSet<>();
    private long ended = -1;
    private long announced = -1;
    private long latest;

    /** Hears, perhaps once more, that an epoch has ended. */
    void end(long epoch) {
        ended = Math.max(ended, epoch);
        if (epoch > announced) {
            untold.add(epoch);
        }
    }

    boolean isEnded(long epoch) {
        return epoch <= ended;
    }

    /** Whether an end must be told before rows of epoch {@code next} are. */
    boolean isDue(long next) {
        return !untold.isEmpty() && untold.first() < next;
    }

    /** Tells the first end that is due; returns its epoch. */
    long announce() {
        latest = untold.first();
        told(latest);
        return latest;
    }

    private void told(long epoch) {
        announced = Math.max(announced, epoch);
        untold.headSet(epoch, true).clear();
    }

    /** Notes that rows of an epoch go out; returns whether its end can be told along with them. */
    boolean handedOut(long epoch, boolean last) {
        latest = epoch;
        boolean end = last && epoch <= ended;
        told(end ? epoch : epoch - 1);
        return end;
    }

    /** As {@link #handedOut}, where a plan says which batch is the last. */
    boolean handedOutPlanned(long epoch, boolean last) {
        latest = epoch;
        told(last ? epoch : epoch - 1);
        return last;
    }

    /** Returns the epoch of the latest batch. */
    long latest() {
        return latest;
    }
}
