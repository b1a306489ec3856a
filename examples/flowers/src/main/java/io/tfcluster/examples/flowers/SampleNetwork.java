package io.tfcluster.examples.flowers;

import io.tfcluster.training.ModelFunction;
import io.tfcluster.training.Optimizer;

/** A network and what it learns best with. */
interface SampleNetwork extends ModelFunction {
    /** Returns the optimizer for a training of about so many steps in so many epochs. */
    Optimizer optimizer(long steps, int epochs);
}
