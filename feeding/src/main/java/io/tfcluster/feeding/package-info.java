/**
 * How rows reach a process and results return.
 *
 * <pre>
 *  Spark task                                                     node
 *  ┌───────────────────────────────┐                              ┌──────────────────────────────────────────────────┐
 *  │ FeedOpening: lease from home, │  OPEN feed, epoch, token ──▶ │ FeedServer: one thread per connection            │
 *  │   then all who may get rows   │ ◀─ WAIT, GRANTED, COMPLETED  │   Leases (home only), NodeLedger                 │
 *  │ Iterator → RowEncoder         │ ◀─ ACCEPT credit, counted    │                                                  │
 *  │   → BlockBuilder (columns)    │    or REFUSE, or TERMINATED  │   block → pooled direct memory → FeedInbox       │
 *  │   → node with room, sent least│  BLOCK first row, rows ────▶ │                                                  │
 *  │                               │                              │ FeedQueue: RowStage, in order or mixed           │
 *  │ one reader thread per node:   │ ◀─ CONSUMED, CREDIT          │ DataFeed (the user's thread) takes rows          │
 *  │   credit, acknowledgements,   │ ◀─ RESULTS first row, rows   │   → RowBatch → tensors, one copy per column      │
 *  │   results → row order         │  END rows ─────────────────▶ │   ← batchResults, cut up by origin               │
 *  │                               │ ◀─ DONE counted, or FAILED   │                                                  │
 *  │                               │  COMPLETE (to the home) ───▶ │                                                  │
 *  └───────────────────────────────┘                              └──────────────────────────────────────────────────┘
 * </pre>
 *
 * <p>Every frame is a length, a kind and fields; the handshake of {@code transport} comes first, its purpose is {@code feed}. A block's payload
 * is little-endian, column after column: cells in a row for fixed types, {@code rows + 1} offsets and the bytes for STRING and BINARY. It is
 * checked once when it arrives; a peer that breaks the protocol is told why and loses its connection, nobody else does.
 *
 * <p><b>The ledger.</b> A block is named by feed, epoch, partition and first row, and counts on its node as soon as its first row has left the
 * buffer; until then it is worth nothing and is dropped with its connection. Each partition has a <i>home</i>, a node that follows from its
 * number, which gives the lease on it to one attempt at a time, with a token that only grows. With the token an attempt opens all nodes that it,
 * or any attempt before, may give rows to; each node drops the connection of a lower token and tells which rows it counts. So when the first
 * row is sent, no older attempt can be heard anywhere, and what is counted is known: the attempt leaves it out. An attempt that comes while
 * another lives, as Spark's speculative copies do, waits for its end and returns its result; a holder whose process shows no life for 10 s
 * while somebody waits is given up. At the end the counts must be the rows that were read, or the partition was not the same twice.
 *
 * <p><b>Positions.</b> That a node counts a row does not mean that anybody has seen it: it may be mixed, or lie in a batch made ahead. Which
 * rows were handed out is another book, {@code HandedOut}, and its text, {@link io.tfcluster.feeding.FeedPosition}, what a checkpoint keeps. A
 * node forgets an epoch only when every node has handed it out to the end, which the driver gathers; so the union of the nodes' positions is
 * exact although they are at different rows, and even in different epochs. A feed that is resumed is fed what is missing ({@link
 * io.tfcluster.feeding.PartitionShare}); one node is told beforehand what was done, so that the next checkpoint has that, too. A position
 * costs a lookup per block, and a bit per row of the blocks that are being mixed; its text has at most one pair of numbers for each
 * block of an unfinished epoch that came to the node, and one for every second row of two windows of rows being mixed.
 *
 * <p><b>Bounds.</b> A node grants credit in bytes; a feeder sends a block only while it has a unit of credit left (the block size it asked for,
 * at most a quarter of the buffer). Credit and buffer together stay within {@code bufferBytes}, except that a connection that holds nothing is
 * always granted one unit: a feeder must not starve because idle ones hold the rest. So a node buffers {@code bufferBytes} plus at most
 * one block per connection, the rows of the batch that is being waited for, and two windows of rows if they are mixed.
 *
 * <p><b>No deadlock.</b> A feed task ends when its rows were counted, that is, moved out of the buffer into the batch being waited for, full
 * or not, or into the window being mixed; the driver ends an epoch when its tasks have ended; the end of the epoch hands out the rest. Every
 * wait has a limit.
 *
 * <p><b>Deterministic feeds.</b> What arrives first depends on time, so each block has a place in its node's order, and waits for it; the plan
 * comes from the number of rows per partition. All nodes make the same number of batches of an epoch, empty ones where rows have run out, and
 * nobody's waiting shortens a batch. When it is resumed, all rows of the interrupted epoch are sent again, and each node goes through its plan
 * and its mixing as before, but drops as many batches as it had handed out: so the next one is the one that would have come.
 *
 * <p><b>Decisions with a cost.</b>
 * <ul>
 *   <li>Rows are copied twice on the node, socket to block and block to tensor. Reading into the tensor itself would save one copy at memory
 *       speed, but a batch size is known only when the batch is asked for, and rows of several feeders meet in one batch.
 *   <li>A node on the feeder's own host is preferred for as long as it has room, not in proportion.
 *   <li>The ledger lives on the nodes, not on the driver: no message per block goes there, and a node's death ends the cluster's generation
 *       with its ledger. A node whose main function returns before the feed has ended takes its part of the ledger along.
 *   <li>Rows that are mixed meet those of their own window only. A buffer from which each draw is replaced would mix a little further, but
 *       single rows would hold their blocks' memory for as long as eight windows.
 *   <li>Results and acknowledgements are written by the thread that takes batches; a feeder process that is stopped, but not dead, can hold it
 *       up for 30 s before it loses its connection.
 *   <li>A deterministic feed that is resumed encodes and sends rows that are dropped: what mixed them depends on the size of blocks that nobody
 *       has kept. It takes as long as reading that much of the epoch, without the training.
 *   <li>A node that leaves before its feed has ended never says that it has handed out an epoch, so that positions of the others grow with each
 *       epoch from then on.
 *   <li>A feed that ended cannot be fed again: its reader was told to stop, and a main function that left its loop would never see the rows.
 * </ul>
 */
@NullMarked
package io.tfcluster.feeding;

import org.jspecify.annotations.NullMarked;
