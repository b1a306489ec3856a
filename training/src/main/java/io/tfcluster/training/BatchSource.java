package io.tfcluster.training;

import java.util.function.BooleanSupplier;

/**
 * Where a trainer takes its rows from. Called by the one thread that trains.
 */
@FunctionalInterface
public interface BatchSource {
    /**
     * Returns the next rows, waiting until {@code maxRows} are there, or the epoch or the data ends.
     *
     * <p>It must not wait once {@code makeDo} says true: then a peer has begun its step and waits for this one, and the answer is what
     * rows there are, possibly none. A source that has no rows yet asks {@code makeDo} again and again; one call takes up to 1 ms.
     *
     * @param maxRows most rows to return, 1 or more
     * @param makeDo whether a peer is waiting; it stays true until the step is done
     */
    TrainingBatch next(int maxRows, BooleanSupplier makeDo);

    /**
     * Returns which rows were handed out so far, those of earlier runs included, as JSON that only the source understands; empty if it does
     * not know. It is saved with the variables, so that a training that goes on can begin at the next row.
     */
    default String position() {
        return "";
    }

    /** Says that no more rows are wanted although there may be some: the trainer has done its last step. Does nothing by default. */
    default void terminate() {}
}
