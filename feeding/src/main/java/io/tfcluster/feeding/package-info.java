/**
 * How rows reach a process and results return.
 *
 * <pre>
 *  Spark task                                                     node
 *  ┌───────────────────────────────┐                              ┌──────────────────────────────────────────────────┐
 *  │ Iterator → RowEncoder         │  OPEN feed, epoch, schema ─▶ │ FeedServer: one thread per connection reads      │
 *  │   → BlockBuilder (columns)    │ ◀─ ACCEPT credit, unit       │   block → pooled direct memory → FeedQueue       │
 *  │   → the node with most room   │    or REFUSE, or TERMINATED  │                                                  │
 *  │                               │  BLOCK first row, rows ────▶ │ DataFeed (the user's thread) takes rows          │
 *  │ one reader thread per node:   │ ◀─ CONSUMED, CREDIT          │   → RowBatch → tensors, one copy per column      │
 *  │   credit, acknowledgements,   │ ◀─ RESULTS first row, rows   │   ← batchResults, cut up by origin               │
 *  │   results → row order         │  END rows ─────────────────▶ │                                                  │
 *  │                               │ ◀─ DONE rows, or FAILED why  │                                                  │
 *  └───────────────────────────────┘                              └──────────────────────────────────────────────────┘
 * </pre>
 *
 * <p>Every frame is a length, a kind and fields; the handshake of {@code transport} comes first, its purpose is {@code feed}. A block's payload
 * is little-endian, column after column: cells in a row for fixed types, {@code rows + 1} offsets and the bytes for STRING and BINARY. It is
 * checked once when it arrives; a peer that breaks the protocol is told why and loses its connection, nobody else does.
 *
 * <p><b>Bounds.</b> A node grants credit in bytes; a feeder sends a block only while it has a unit of credit left (the block size it asked for,
 * at most a quarter of the buffer). Credit and buffer together stay within {@code bufferBytes}, except that a connection that holds nothing is
 * always granted one unit: a feeder must not starve because idle ones hold the rest. So a node buffers {@code bufferBytes} plus at most
 * one block per connection, and the rows of the batch that is being waited for.
 *
 * <p><b>No deadlock.</b> A feed task ends when its rows were consumed, that is, moved out of the buffer into the batch being waited for, full
 * or not; the driver ends an epoch when its tasks have ended; the end of the epoch hands out the short batch. Every wait has a limit.
 *
 * <p><b>Broken connections.</b> Blocks of which no row was taken are dropped with a warning when their feeder is gone, since its task has failed
 * and Spark will run it again; a block begun is handed out to its end. Counting the rows that were consumed before, so that the
 * second attempt leaves them out, is the ledger's work, which needs only the names that blocks already carry.
 *
 * <p><b>Decisions with a cost.</b>
 * <ul>
 *   <li>Rows are copied twice on the node, socket to block and block to tensor. Reading into the tensor itself would save one copy at memory
 *       speed, but a batch size is known only when the batch is asked for, and rows of several feeders meet in one batch.
 *   <li>A node on the feeder's own host is preferred for as long as it has room, not in proportion: a small partition may end up on one node.
 *   <li>Results and acknowledgements are written by the thread that takes batches; a feeder process that is stopped, but not dead, can hold it
 *       up for 30 s before it loses its connection.
 *   <li>A feed that ended cannot be fed again: its reader was told to stop, and a main function that left its loop would never see the rows.
 * </ul>
 */
@NullMarked
package io.tfcluster.feeding;

import org.jspecify.annotations.NullMarked;
