package io.tfcluster.training;

/** Hears of each step, on the thread that trains; what it throws ends the training. */
@FunctionalInterface
public interface TrainingListener {
    /** Called after a step whose update is applied. */
    void step(StepInfo info);

    /** A listener that does nothing. */
    static TrainingListener none() {
        return info -> {};
    }
}
