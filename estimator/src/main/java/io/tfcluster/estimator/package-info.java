/** Pipeline stages over a cluster: {@code TFEstimator} and {@code TFModel} will live here; this version holds the page only. */
@NullMarked
package io.tfcluster.estimator;

import org.jspecify.annotations.NullMarked;
