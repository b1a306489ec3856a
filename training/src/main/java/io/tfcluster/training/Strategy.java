package io.tfcluster.training;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** How processes learn together. */
interface Strategy {
    /**
     * Gives the variables their first values, or those of a checkpoint, the same for all; waits for those that are not as far.
     *
     * @param saved the newest checkpoint, if the training is to go on from one; asked on rank 0 only
     * @return what was restored
     */
    Optional<SavedCheckpoint> initialise(Supplier<Optional<SavedState>> saved);

    /** Sets the variables of all to those of a checkpoint, if there is one; asked on rank 0 only. */
    Optional<SavedCheckpoint> restore(Supplier<Optional<SavedState>> saved);

    /** Returns what each worker says, by rank; all that share the variables in step call it. */
    List<String> gather(String mine);

    /**
     * Has rank 0 do something alone, and returns or throws on all workers when it is done; it waits for them up to the config's peerTimeout,
     * also where they do not step together.
     *
     * @param phase what it is, the same on all, for messages
     * @param work done on rank 0 only
     * @throws IllegalStateException on the others if rank 0 failed; there the work's own exception comes
     */
    void alone(String phase, Runnable work);

    /**
     * Reads all that is saved, on the rank that saves it.
     *
     * @param standing what is known here; workers that do not step together put in what is true of what was read
     */
    default SavedState snapshot(StateGraph state, SavedCheckpoint standing) {
        return new SavedState(standing, state.read(session(), self(), stored -> true));
    }

    /** Returns the session that predictions, evaluation and export read the variables through. */
    TrainSession session();

    /** Trains until nobody has rows, or the course is over. */
    void fit(BatchSource source, FitCourse course);

    /** Returns whether all workers do the same steps, so that after each of them they may do something together. */
    boolean stepsTogether();

    /** Returns whether this process changes the variables for others too; if not, it has none that others see. */
    boolean ownsVariables();

    /** Returns updates so far. */
    long step();

    /** Adds up sums over all workers that share them, in place; waits for those that are not as far. */
    void reduce(double[] sums);

    /** Sets what rank 0 restores variables from that were lost with a parameter server; without it their loss ends the training. */
    default void restoreLostFrom(Supplier<Optional<SavedState>> newest) {}

    /** Returns who this process is, for messages. */
    String self();

    /** Ends what is running and frees the session; returns whether the trainer's graph may be closed. Takes at most 3 s. */
    boolean release();
}
