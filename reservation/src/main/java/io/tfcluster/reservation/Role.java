package io.tfcluster.reservation;

import java.util.Locale;

/** The job that a task belongs to, with TensorFlow's meaning. */
public enum Role {
    /** The worker that also writes checkpoints and summaries; its job may be called "chief" or "master". */
    CHIEF,
    /** Computes gradients on its share of the rows. */
    WORKER,
    /** Parameter server: holds variables for the others. */
    PS,
    /** Evaluates checkpoints beside the training; takes no part in it. */
    EVALUATOR;

    /** Returns the job's name as TensorFlow writes it, in lower case. */
    public String jobName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Returns whether tasks of this role compute gradients: chief and workers do. */
    public boolean trains() {
        return this == CHIEF || this == WORKER;
    }
}
