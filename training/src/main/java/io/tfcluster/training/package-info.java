/** How a TensorFlow process learns with its peers. */
@NullMarked
package io.tfcluster.training;

import org.jspecify.annotations.NullMarked;
