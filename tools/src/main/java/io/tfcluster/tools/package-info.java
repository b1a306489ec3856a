/**
 * What {@code bin/tfmodel} and {@code bin/tfcluster} run: looking at models, predicting with them, and looking whether a cluster would run,
 * without a program.
 */
@NullMarked
package io.tfcluster.tools;

import org.jspecify.annotations.NullMarked;
