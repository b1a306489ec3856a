/** What {@code bin/tfmodel} runs: looking at models, and predicting with them, without a program. */
@NullMarked
package io.tfcluster.tools;

import org.jspecify.annotations.NullMarked;
