package io.tfcluster.training;

/** Hears of each step and of what else is done, on the thread that trains; what it throws ends the training. */
@FunctionalInterface
public interface TrainingListener {
    /** Called after a step whose update is applied. */
    void step(StepInfo info);

    /**
     * Called when something else begins.
     *
     * @param phase "training", "evaluating", "saving" or "exporting"; "trained" after the last step
     */
    default void phase(String phase) {}

    /** A listener that does nothing. */
    static TrainingListener none() {
        return info -> {};
    }
}
