/**
 * What only holds across modules, on real executor JVMs.
 *
 * <p>{@link io.tfcluster.tests.harness} starts and ends Spark, {@link io.tfcluster.tests.arrows} checks who may see whom.
 */
@NullMarked
package io.tfcluster.tests;

import org.jspecify.annotations.NullMarked;
