/** TensorFlow as stages of Spark ML pipelines: {@link io.tfcluster.estimator.TFModel} asks a model for each row of a DataFrame. */
@NullMarked
package io.tfcluster.estimator;

import org.jspecify.annotations.NullMarked;
