/**
 * Rows of a feed as tensors: the only package of this module that sees TensorFlow.
 *
 * <p>A tensor is allocated by TensorFlow and filled through its address, one memory copy per column and block; strings are copied one by one by
 * TensorFlow's own function, without a Java object for each. The tensor belongs to its {@link io.tfcluster.feeding.tensor.Batch}.
 */
@NullMarked
package io.tfcluster.feeding.tensor;

import org.jspecify.annotations.NullMarked;
