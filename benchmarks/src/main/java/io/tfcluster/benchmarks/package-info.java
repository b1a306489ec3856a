/**
 * Benchmarks: each does a piece of real work, then the least that this machine could do for the same effect, and prints both with
 * their ratio. Run them with {@code bin/benchmark NAME}; the build's tests see that they run, not how fast.
 *
 * <p>Those of the feed go the whole way of a user's rows: a Spark task on an executor JVM, a node JVM with the user's main function. One task
 * feeds one node, because a rate per node is asked for and each of the two has a core on the smallest machine that is worth measuring.
 *
 * <p>Those of training start a JVM for each worker, which closes a ring with the others and does what it is told in lines (RingPeers here,
 * RingPeer there). What is compared runs in turn in the same processes, and medians of the rounds are reported.
 *
 * <p>Those of the picture pipeline share an executor of as many tasks as the machine has cores. Their bare loops run in the same executor, and
 * what a part of the pipeline takes is told by running the parts up to it.
 */
@NullMarked
package io.tfcluster.benchmarks;

import org.jspecify.annotations.NullMarked;
