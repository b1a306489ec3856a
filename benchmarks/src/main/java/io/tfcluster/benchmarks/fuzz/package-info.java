/**
 * Fuzzing: hostile frames against each of our sockets while an honest session goes on over the same one. Run it with {@code bin/fuzz}; the
 * build runs a short form.
 *
 * <p>Two kinds of hostile peers. <em>Strangers</em> do not know the secret: they send noise, answers to the challenge that are wrong in one
 * bit, answers under another secret, answers recorded before, or nothing. They must get the challenge and not one byte more. <em>Insiders</em>
 * know the secret and are broken: they say what an honest peer said before, recorded by a {@code Tap}, with bytes changed, lengths made
 * huge or negative, frames left out, doubled and exchanged. They may be told why, and lose their own connection only.
 *
 * <p>One hostile frame is one connection: the first thing that is wrong ends it.
 */
@NullMarked
package io.tfcluster.benchmarks.fuzz;

import org.jspecify.annotations.NullMarked;
