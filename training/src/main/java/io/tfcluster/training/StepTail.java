package io.tfcluster.training;

import io.tfcluster.training.ring.Ring;
import java.nio.FloatBuffer;

/**
 * The numbers behind the gradients: the sums of a {@link Tally}, then what the workers vote on.
 *
 * <p>Before the all-reduce they are this worker's, after it the sums over all.
 */
final class StepTail {
    /** Rows ended; epoch ended; bad loss; rank of the bad loss; what rank 0's clock says is due. */
    static final int VOTES = 5;

    private final FloatBuffer numbers;
    private final int votes;
    private boolean badHere;

    StepTail(FloatBuffer numbers) {
        this.numbers = numbers;
        this.votes = numbers.limit() - VOTES;
    }

    /**
     * Adds this worker's votes.
     *
     * @param ended whether its rows have ended
     * @param epochEnded whether those of the epoch have
     * @param due small whole number from rank 0, 0 from all others
     */
    void vote(boolean ended, boolean epochEnded, int rank, int due) {
        badHere = !Float.isFinite(numbers.get(1));
        numbers.put(votes, ended ? 1 : 0);
        numbers.put(votes + 1, epochEnded ? 1 : 0);
        numbers.put(votes + 2, badHere ? 1 : 0);
        numbers.put(votes + 3, badHere ? rank : 0);
        numbers.put(votes + 4, due);
    }

    long rows() {
        return Math.round((double) numbers.get(0));
    }

    /** How many workers have no rows any more. */
    int ended() {
        return Math.round(numbers.get(votes));
    }

    /** How many workers have no rows of this epoch any more. */
    int epochEnded() {
        return Math.round(numbers.get(votes + 1));
    }

    int due() {
        return Math.round(numbers.get(votes + 4));
    }

    /** The sums before the votes. */
    double[] sums() {
        double[] sums = new double[votes];
        for (int i = 0; i < votes; i++) {
            sums[i] = numbers.get(i);
        }
        return sums;
    }

    /** Throws on all workers if a loss is NaN or infinite, before the update. */
    void check(long step, Ring ring) {
        int bad = Math.round(numbers.get(votes + 2));
        if (bad == 0) {
            return;
        }
        String where = bad == 1
                ? "rank " + Math.round(numbers.get(votes + 3)) + " of " + ring.size()
                : bad + " of " + ring.size() + " workers" + (badHere ? ", rank " + ring.rank() + " among them" : "");
        throw new IllegalStateException("the loss of step " + step + " is NaN or infinite on " + where
                + "; the variables are as after step " + (step - 1)
                + ". Lower the learning rate or look at the rows; stopOnBadLoss(false) goes on nevertheless.");
    }
}
