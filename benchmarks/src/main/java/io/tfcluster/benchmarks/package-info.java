/**
 * Benchmarks: each does a piece of real work, then the least that this machine could do for the same effect, and prints both with
 * their ratio. Run them with {@code bin/benchmark NAME}; they are no part of the build's tests.
 */
@NullMarked
package io.tfcluster.benchmarks;

import org.jspecify.annotations.NullMarked;
