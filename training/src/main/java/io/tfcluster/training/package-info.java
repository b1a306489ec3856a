/**
 * How a TensorFlow process learns with its peers.
 *
 * <p>The user writes a {@link io.tfcluster.training.ModelFunction}; a {@link io.tfcluster.training.Trainer} builds it twice into one
 * graph (to train, to predict), takes rows from a {@link io.tfcluster.training.BatchSource} and keeps all workers' variables the same.
 *
 * <pre>
 *  all-reduce, one step                 rank 0            rank 1            rank 2 (no rows)
 *    rows from the feed                 13 rows           7 rows            waits, sees bytes from rank 1
 *    session: Σ over rows of gradient   ┌ g ┬ tail ┐      ┌ g ┬ tail ┐      ┌ 0 ┬ tail ┐     tail: rows, rows·loss,
 *    ring, in the tensors' own memory   └──────────┘ ───▶ └──────────┘ ───▶ └──────────┘ ─▶    rows·metric…, ended, bad
 *    session: variables -= Σg / Σrows   the same numbers on all ranks, so the same variables
 *
 *    larger models: tail, then gradients in buckets from the last layer to the first; a bucket goes round while TensorFlow computes the next
 *
 *  ring, pass 1 (reduce-scatter): size-1 steps, each rank adds what comes to a segment and sends it on
 *        pass 2 (all-gather):     size-1 steps, the finished segments go round
 *    calling thread    receives, adds; counts finished chunks ──▶ thread ring-send-RANK sends what is finished
 *
 *  parameter servers, asynchronous      worker: forward, backward ── gRPC ──▶ ps: variables, slots, ResourceApply*, global_step
 *  parameter servers, synchronous       worker: rows · gradients ── gRPC ──▶ ps: one vector per worker
 *    then the worker announces them     ──▶ queue on ps 0 ──▶ thread ps-aggregator-TASK of rank 0, with a session of its own:
 *      of this step?  sum += vector, on each ps; enough workers?  variables -= Σ / Σrows, slots, global_step in one run
 *      of one before? dropped, counted; its worker computes the batch again
 *    ◀── one answer per announcement, and one per step to workers that rest, through a queue per worker
 * </pre>
 *
 * <p><b>Weight zero.</b> Gradients are means over a worker's rows; times its rows they are sums, and the sum over workers divided by all
 * rows is what one process would have got from the joined batch. A worker without rows adds zeros. When it learns that its rows ended, it
 * says so in the tail of a step, at most one of which it starts itself; then it only joins, until all have said so.
 *
 * <p><b>All or nothing.</b> Gradient and update are two runs with the ring between them: what fails before the second leaves the
 * variables as they were. A loss that is NaN is found between the two, on all ranks alike. So it is with several buckets: the update waits
 * for all of them.
 *
 * <p><b>Models made elsewhere.</b> An {@link io.tfcluster.training.ImportedModel} becomes a part of the user's model.
 *
 * <pre>
 *  saved_model.pb ──▶ FlatGraph: what the outputs need, functions in the place of their calls (C++ gradients do not look into calls)
 *                 ──▶ VariableReads: where a variable was read, a tensor is asked for; what writes is refused, by name
 *                 ──▶ GraphImport: into the trainer's graph, its reads of its own variables connected there
 *  variables/     ──▶ VariableSources: the file's restore operation tells which tensor of the checkpoint is whose first value
 *
 *  a signature that trains:  states ──assign──▶ the worker's copies ──▶ signature ──read──▶ new states ──ring──▶ mean over rows
 * </pre>
 * <p><b>A parameter server that died</b> is waited for up to peerTimeout: each worker opens a new session on its own server and looks for the
 * marks that rank 0 wrote on all servers after it initialised them (PsMarks). Missing, they mean lost variables: rank 0 restores the newest
 * checkpoint, writes other marks, and the workers go on with the batch they were at. Rows between checkpoint and loss are not fed again.
 *
 * <p><b>A parameter server that is frozen</b>, or cut off without a word, is none that died: nothing tells. Each trainer's thread
 * ps-watch-TASK asks all servers in a session of its own (PsWatch), eight times in a stepTimeout. When one has not answered for stepTimeout,
 * whatever any of the trainer's threads waits for ends with an error that names it, and the trainer is spent. A shorter pause does no harm.
 *
 * <p><b>Half an update</b> of synchronous servers is taken back by the next rank 0 (PsJournal): before an update each server keeps what it
 * will change, and global_step, which is raised last, tells whether all have changed it. A lock and a token per server keep out what an
 * earlier rank 0 still has under way. Asynchronous workers have no such thing: one that is killed in the middle of its update may leave
 * a part of its own gradient applied, as with TensorFlow's own parameter servers; the others go on.
 *
 * <p><b>Checkpoints of asynchronous servers</b> are read while no update is under way: each worker holds a lock of its own while it updates
 * and writes the position of its rows in the same run, rank 0 takes all these locks to read (PsPositions). Steps and rows fit together.
 *
 * <p><b>Decisions and what they cost.</b>
 *
 * <ul>
 *   <li>A vector of many variables, not one for each: fewer round trips and an update that is whole, for one copy of the gradients (concat).
 *       It ends at 2 GiB, 536 million parameters. In one piece, nothing travels during the backward pass; in buckets (FusionBucket) it does,
 *       by a partial run of TensorFlow, for 0.3 ms a step and a thread (GradientPipeline). The tail goes first, so that all know of a bad
 *       loss, or of a step without rows, before the gradients go. TensorFlow must have two operations at a time: its only thread would follow
 *       the backward pass to its end before it finished any gradient.
 *   <li>Variables are float32, read once per build with ReadVariableOp. TensorFlow for Java's own Variable and init scopes are not used:
 *       a session on a server refuses to run while they have not run.
 *   <li>Initial values are computed in Java from seed and name, the same in every process and every version of TensorFlow, then rank 0's
 *       are sent round nevertheless, since two machines may differ in Math.log's last bit.
 *   <li>With parameter servers the graph is copied and every operation given its process (PlacedGraph): the gradients' operations come
 *       without a device from C++, and the placer would put them on the first device by name, which is a parameter server. Where a model
 *       is placed over several processes, GradientPlacement infers which operation each gradient derives from.
 *   <li>Clipping and weight decay are done where the update is, to the mean gradient over all rows: the numbers are the same however many
 *       workers there are. A norm before the ring would be that of one worker's rows.
 *   <li>Synchronous parameter servers do not use TensorFlow's ConditionalAccumulator: it averages over pushes, not rows, and several of them
 *       may disagree on who is in a step. The price is a thread on rank 0, and memory for one gradient per worker on the servers.
 *   <li>A session is opened on a thread of its own: TensorFlow waits in there for all servers, without a limit that works within the
 *       process ({@code operation_timeout_in_ms} does not end it).
 *   <li>Prediction and training share one graph; export calls the model function once more, in a graph of its own.
 *   <li>A checkpoint is one file of all resource variables of the graph, by name, written by rank 0 while the others wait: any strategy and
 *       any number of workers can go on from it, and a step is saved whole or not at all. The price is the writing time, in which nobody
 *       learns. Its own CRC-32C sums lie beside TensorFlow's, so that a driver without TensorFlow knows whether it is whole.
 *   <li>TensorFlow for Java has no file systems but the local one: for HDFS and others a checkpoint is written to a temporary folder, copied
 *       under a hidden name, and renamed.
 *   <li>Imported variables that no gradient changes are states of the model if they are float32, so that checkpoints and exports have them;
 *       others (counters, mostly) are constants, as the file has them. Devices in imported graphs are dropped: a model that was saved for a
 *       GPU is trained on what there is.
 *   <li>A signature that trains by itself is averaged after every step, which sends all its variables and slots round the ring, two or three
 *       times the bytes of gradients. Its counters travel as float32.
 *   <li>The index of a checkpoint is read in Java: TensorFlow shows it to Python and C++ only. Its tensors are read by RestoreV2.
 *   <li>Four classes stand in package org.tensorflow, because what they need is package-private there. On the class path that works; as
 *       Java modules it would not.
 * </ul>
 *
 * <p><b>Regrets.</b> After a parameter server died, TensorFlow does not close the session any more: the trainer gives up after 3 s and
 * leaves its memory to the end of the process. The learning rate of an asynchronous worker is that of the global step it saw last. A bad
 * loss is looked for in the loss only, not in the gradients. A synchronous step costs rank 0 four short runs one after the other, about as
 * many round trips. Weight decay on parameter servers reads the variables into the process that updates them. Synchronous servers hold
 * variables and slots twice, for the journal. A run on servers goes over a second thread: TensorFlow ends neither by timeout nor by closing the
 * session a run whose graph a frozen server does not take in, so a thread is left behind then. An asynchronous worker that is frozen in its
 * update delays a checkpoint by stepTimeout, which is then saved with what there is of that update.
 *
 * <p>An operation that fails in a partial run, or a partial run beyond stepTimeout, spends the session: the trainer's variables cannot be
 * read any more.
 */
@NullMarked
package io.tfcluster.training;

import org.jspecify.annotations.NullMarked;
