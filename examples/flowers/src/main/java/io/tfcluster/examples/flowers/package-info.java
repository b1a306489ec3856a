/**
 * From pictures in MongoDB to a trained flowers classifier.
 */
@NullMarked
package io.tfcluster.examples.flowers;

import org.jspecify.annotations.NullMarked;
