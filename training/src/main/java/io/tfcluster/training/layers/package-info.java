/**
 * Functions over {@link io.tfcluster.training.ModelBuilder} that most models are made of: {@link io.tfcluster.training.layers.Layers},
 * {@link io.tfcluster.training.layers.Recurrent}, {@link io.tfcluster.training.layers.Losses},
 * {@link io.tfcluster.training.layers.Metrics}. Results, names and shapes of variables are those of Keras 3, against whose numbers each is
 * tested.
 *
 * <p><b>What is TensorFlow's.</b> Regression and sigmoid losses, regularisation and most activations are those of tensorflow-framework
 * 1.0.0. The rest of it does not fit:
 *
 * <ul>
 *   <li>It has no layers.
 *   <li>{@code Losses.sparseCategoricalCrossentropy} ends in SparseSoftmaxCrossEntropyWithLogits, which has no gradient outside Python.
 *   <li>{@code HardSigmoid} is that of Keras 2.
 *   <li>Initializers draw in the graph with the seed alone, so that variables of one shape begin alike; the uniform ones draw from 0 to the
 *       limit, not from both sides of 0; and for kernels of convolutions they count the input channels twice.
 *   <li>Metrics keep their sums in variables of an init scope, which a session on a server refuses to run, and which are those of one
 *       process: they do not add up over workers.
 *   <li>Optimizers make variables in an init scope too; Adam's powers of beta lie on the worker, where a second one does not find them.
 * </ul>
 */
@NullMarked
package io.tfcluster.training.layers;

import org.jspecify.annotations.NullMarked;
