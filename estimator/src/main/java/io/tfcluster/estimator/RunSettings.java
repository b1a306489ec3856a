package io.tfcluster.estimator;

import java.io.Serializable;

/**
 * How a model is run on executors.
 *
 * @param batchSize most rows of a run
 * @param threads of the model's session, 0 for as many as the executor has cores
 * @param child whether in a process of its own, not the executor's
 * @param timeoutSeconds limit of a run
 */
record RunSettings(int batchSize, int threads, boolean child, int timeoutSeconds) implements Serializable {}
