package io.tfcluster.training;

/** How processes learn together. */
interface Strategy {
    /** Gives the variables their first values, the same for all; waits for those that are not as far. */
    void initialise();

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

    /** Returns who this process is, for messages. */
    String self();

    /** Ends what is running and frees the session; returns whether the trainer's graph may be closed. Takes at most 3 s. */
    boolean release();
}
