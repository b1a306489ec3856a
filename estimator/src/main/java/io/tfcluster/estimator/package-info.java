/**
 * TensorFlow as stages of Spark ML pipelines: {@link io.tfcluster.estimator.TFModel} asks a model for each row of a DataFrame.
 *
 * <pre>
 *  driver                                            executor (one JVM)
 *  ┌───────────────────────────────────────┐         ┌──────────────────────────────────────────────────────┐
 *  │ TFModel: Params                       │  task   │ TransformTask ── ModelCache: one session for all tasks │
 *  │  └ ModelInfo: signature, by protobuf  │ ──────▶ │  └ RowsThrough ── BatchRunner                          │
 *  │  └ SchemaContract: columns ↔ inputs   │  plan   │     Spark's rows → TensorFiller → run → OutputCells    │
 *  │  └ TransformPlan, output types        │         │     → rows with the model's columns                    │
 *  └───────────────────────────────────────┘         └──────────────────────────────────────────────────────┘
 * </pre>
 *
 * <p><b>Decisions with a cost.</b>
 * <ul>
 *   <li>Rows are Spark's internal ones, in a mapPartitions made of the optimizer's own nodes. Its public one makes a Row of each, with an
 *       object for each number of an array: 4.7 ms for a picture of 150,528 floats. It ties us to catalyst's classes, which change between
 *       Spark's major versions.
 *   <li>Models are run through TensorFlow's C interface. Java's classes know ten types of tensors; models of others have int8, int16 and
 *       uint64. What they free for us we free ourselves.
 *   <li>One session serves all tasks of an executor, with as many threads as it has cores. A graph that aborts the JVM takes the executor along,
 *       if its model is not set to run in a child: a JVM for each loaded model ({@code ChildModel}, {@code ModelServer}), whose tasks have a
 *       Unix-domain socket each. Rows are then written into arrays of the executor's heap, which loads nothing of TensorFlow; the child reads
 *       them straight into its tensors. The price is one more copy of each batch through a socket.
 *   <li>The cache is one for the process, the only static state of this module: tasks of different jobs have nothing else in common.
 *   <li>Pictures travel from the image stage to the network as bytes; what the network takes as floats is made of them by a table in the
 *       tensor's memory. Floats in rows were four times as much, and each picture an array of half a region of G1 or more.
 *   <li>What a detector answers passes through Spark as four vectors, of which a function makes the boxes: 700 numbers a picture, next to
 *       nothing beside the picture itself, and no code of its own in the way of batches.
 *   <li>A model whose runs take 3 ms or more runs in a thread of its own while the task fills the next batch, decoding pictures for example.
 *       It costs the memory of a second batch for each task, and rows come out one batch later.
 *   <li>A batch is rows of one shape. Where a model takes any shape, rows of changing shapes make small batches.
 *   <li>Readers of {@link io.tfcluster.estimator.ReadAhead} have contexts and counters of their own, made by Spark's own class for tasks, and copies of
 *       the input: what Spark gives a task is made for one thread. The same tie to Spark's insides as above, in RowReader and InputCopies.
 *   <li>Versions of a model are looked for by tasks ({@code VersionWatch}), each executor for itself: nobody has to run beside the query, and
 *       the driver need not see the folder again. For a second or two, executors may answer with different versions; the task that finds a
 *       newer one waits until it is loaded.
 *   <li>A SQL function runs the model for each row: Spark has batches for functions in Python only.
 * </ul>
 */
@NullMarked
package io.tfcluster.estimator;

import org.jspecify.annotations.NullMarked;
