package io.tfcluster.training;

import java.util.List;

/**
 * What rank 0 answers a {@link PsPush}.
 *
 * @param number of the push
 * @param step global step now
 * @param rows of the step that was made, 0 if none was
 * @param dropped gradients of this worker that came too late so far
 * @param allDropped those of all workers
 * @param epochOver whether all workers have now ended their epoch
 * @param due what rank 0's clock says is due
 * @param sums tally of the step, empty if none was made
 * @param text what failed
 */
@SuppressWarnings("ArrayRecordComponent") // made and read within one call
record PsToken(
        long number,
        Status status,
        long step,
        long rows,
        long dropped,
        long allDropped,
        boolean epochOver,
        int due,
        double[] sums,
        String text) {
    /** What became of a push. */
    enum Status {
        /** It is part of the step that was made; those that rest, since their rows ended, hear this of each step. */
        DONE,
        /** As DONE, and the fit is over. */
        OVER,
        /** It came too late; the worker may come again. */
        DROPPED,
        /** Variables were lost and restored since; the worker opens its session again and comes again. */
        RESTORED,
        /** The fit failed. */
        FAILED
    }

    private static final List<Status> CODES = List.of(Status.values());

    PsLetter letter() {
        return new PsLetter(
                new long[] {number, CODES.indexOf(status), step, rows, dropped, allDropped, epochOver ? 1 : 0, due},
                sums,
                text);
    }

    static PsToken of(PsLetter letter) {
        long[] numbers = letter.numbers();
        Status status = CODES.get((int) numbers[1]);
        return new PsToken(
                numbers[0],
                status,
                numbers[2],
                numbers[3],
                numbers[4],
                numbers[5],
                numbers[6] != 0,
                (int) numbers[7],
                letter.sums(),
                letter.text());
    }
}
