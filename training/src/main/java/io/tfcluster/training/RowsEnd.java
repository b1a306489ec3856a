package io.tfcluster.training;

/**
 * Whether a worker's rows have ended, of the epoch or for good, and whether the others have been told.
 *
 * <p>A worker whose epoch ended rests until all have ended it, if something is to happen between epochs; otherwise it goes on at once.
 */
final class RowsEnd {
    private final boolean epochwise;
    private long epoch;
    private boolean ended;
    private boolean epochEnded;
    private boolean announced;

    RowsEnd(boolean epochwise) {
        this.epochwise = epochwise;
    }

    /** Looks at a batch that was taken; a worker that rests took none. */
    void took(TrainingBatch batch) {
        if (rests()) {
            return;
        }
        if (batch.rows() > 0 || batch.endOfEpoch()) {
            epoch = batch.epoch();
        }
        ended |= batch.endOfData();
        epochEnded |= ended || (epochwise && batch.endOfEpoch());
    }

    /** Epoch of the last rows. */
    long epoch() {
        return epoch;
    }

    boolean ended() {
        return ended;
    }

    boolean epochEnded() {
        return epochEnded;
    }

    /** Whether no rows are to be taken for now. */
    boolean rests() {
        return epochEnded;
    }

    /** Whether a step has told the others: then this worker begins none itself. */
    boolean announced() {
        return announced;
    }

    /** Notes that a step told the others what there was to tell. */
    void announce() {
        announced = epochEnded;
    }

    /** All workers have ended the epoch. */
    void nextEpoch() {
        epochEnded = ended;
        announced = ended;
    }
}
