/**
 * The kill matrix: every process of a cluster is damaged in every phase in every way that makes sense, and what comes of it is looked at.
 *
 * <pre>
 *  KillMatrix ── Cases ── for each: SharedCase, DriverCase or MongoCase
 *      │                      │ starts a cluster with Victim as main function, waits for the mark "reached",
 *      │                      │ sends the signal, waits for the end, looks at exception, ledger and leftovers
 *      └── MatrixTable        ▼
 *                        Victim ── Gate: which phase, whose turn ── Damage: what a process does to itself
 * </pre>
 *
 * <p>A node in the phase of its case stays in it until the damage is done, so that it is done there and not a moment later; only in a step it
 * goes on, for the steps of its peers must not end. Marks are files of the case's folder: they outlive any process, and the second generation of a
 * recovered cluster sees that its turn has passed.
 */
@NullMarked
package io.tfcluster.killmatrix;

import org.jspecify.annotations.NullMarked;
