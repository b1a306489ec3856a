package io.tfcluster.feeding;

/** Which epochs have ended, and which ends the reader has been told; guarded by the queue's lock. */
final class EpochMarks {
    private long ended = -1;
    private long announced = -1;
    private long latest;

    void end(long epoch) {
        ended = Math.max(ended, epoch);
    }

    boolean isEnded(long epoch) {
        return epoch <= ended;
    }

    /** Whether an end must be told before rows of epoch {@code next} are. */
    boolean isDue(long next) {
        return announced < ended && ended < next;
    }

    /** Tells the latest end; returns its epoch. */
    long announce() {
        announced = ended;
        latest = ended;
        return ended;
    }

    /** Notes that rows of an epoch go out; returns whether its end can be told along with them. */
    boolean handedOut(long epoch, boolean last) {
        latest = epoch;
        announced = Math.max(announced, epoch - 1); // the ends of earlier epochs are plain now
        boolean end = last && epoch <= ended;
        if (end) {
            announced = Math.max(announced, epoch);
        }
        return end;
    }

    /** As {@link #handedOut}, where a plan says which batch is the last. */
    boolean handedOutPlanned(long epoch, boolean last) {
        latest = epoch;
        announced = Math.max(announced, last ? epoch : epoch - 1);
        return last;
    }

    /** Returns the epoch of the latest batch. */
    long latest() {
        return latest;
    }
}
