/**
 * What the examples share: a console of 80 columns, Spark on this machine with real executors, an embedded MongoDB, and how a command fails.
 *
 * <p>Public for the other examples only; nothing else of tfcluster sees it.
 */
@NullMarked
package io.tfcluster.examples.common;

import org.jspecify.annotations.NullMarked;
