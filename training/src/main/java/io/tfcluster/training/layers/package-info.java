/** Functions over {@link io.tfcluster.training.ModelBuilder} that most models are made of: layers, losses, metrics. */
@NullMarked
package io.tfcluster.training.layers;

import org.jspecify.annotations.NullMarked;
