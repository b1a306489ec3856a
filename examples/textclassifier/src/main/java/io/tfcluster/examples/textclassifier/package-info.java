/**
 * Spam told from other text messages: tokens from stages of Spark ML, an embedding and a small network from {@code TFEstimator}, in one
 * pipeline that is fitted, evaluated by Spark's own evaluators, saved and read again.
 */
@NullMarked
package io.tfcluster.examples.textclassifier;

import org.jspecify.annotations.NullMarked;
