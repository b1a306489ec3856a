/** Rows of a feed as tensors. */
@NullMarked
package io.tfcluster.feeding.tensor;

import org.jspecify.annotations.NullMarked;
