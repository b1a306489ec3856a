package io.tfcluster.training;

import java.io.Serializable;

/** What is done to gradients or variables before the {@link Optimizer} takes its step. */
public sealed interface Adjustment extends Serializable permits Clipping, WeightDecay {}
