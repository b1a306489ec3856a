/**
 * Clusters of TensorFlow processes on Spark: start, feed, watch and stop them.
 *
 * <pre>
 *  driver JVM                        executor JVM (Spark's)              node JVM (one per node)
 *  ┌───────────────────┐  Spark     ┌──────────────────────┐  child     ┌─────────────────────────┐
 *  │ TFCluster         │  task      │ LaunchTask           │ + stdin    │ NodeMain                │
 *  │  └ ClusterDriver  │ ─────────▶ │  └ NodeProcess       │ ─────────▶ │  └ the user's TFMain    │
 *  │     ├ Launch      │  feed      │ FeedTask,            │  rows      │     └ NodeContext:      │
 *  │     └ Events      │  task      │ InferenceTask        │ ─────────▶ │       feeds, Trainer    │
 *  │ ReservationServer │ ◀──────────┼──── exit codes ──────┘            │                         │
 *  └───────────────────┘ ◀── control connection, one per node, for life ┴─────────────────────────┘
 * </pre>
 *
 * <p>What users need is public; all that is behind {@link io.tfcluster.TFCluster} is package-private: {@code ClusterDriver} and what it owns on
 * the driver, {@code LaunchTask}, {@code NodeProcess} and the feed tasks on executors, {@code NodeMain}, {@code NodeRuntime} and {@code MainContext} in a node.
 * Its threads: on the driver the caller's own, {@code
 * tfcluster-launch-*} for the launching job and the reservation server's; on an executor for each node {@code node-output-*}, which
 * drains the child, and {@code node-watch-*}, which waits for its end; in a node the main thread, {@code node-lifeline} and those of the
 * feed server and the control connection.
 *
 * <p>Decisions. A launching task holds its slot until all nodes stand: that is what gang scheduling needs, it spreads the nodes over the
 * executors, and it makes "more nodes than slots" an error at once; barrier mode would do the same, but cannot start fewer tasks than slots
 * without a second's wait. After that, in {@link io.tfcluster.InputMode#SPARK}, Spark knows nothing of the nodes any more, so that it may
 * plan a task onto a core that TensorFlow is using: the price of leaving the slots to feed tasks. A node's process is ended by three
 * independent means: the control connection's stop, the end of its standard input, and its parent's SIGKILL.
 *
 * <p>DataFrames are encoded from Spark's internal rows, not through Arrow, whose vectors would have to be copied once more. One thread, in GB/s
 * from internal rows, through Arrow, and as Row objects: rows of four floats 0.6, 0.6, 0.2; 784 floats 4.7, 0.6, 0.5; images of 150 KB 6.8,
 * 3.8, 4.3 (two cores; {@code bin/benchmark encode}). The price: we read Spark's binary layout ourselves, in {@code SparkMemory} alone.
 *
 * <p><b>Feeding.</b> Each feed has a state of its own on the driver, and each pass over an input is one Spark job, submitted without waiting so
 * that it can be ended alone: when a node terminates a feed it says so on the control connection, the driver tells the other nodes, gives
 * running tasks 250 ms to return what they counted and cancels the job, whatever number of partitions has not begun. The nodes tell how
 * many rows they handed out; that is the epoch's count. A validation feed is fed by a thread {@code tfcluster-feed-*}, a stream is
 * watched by {@code tfcluster-stream-*}. A stream is one epoch without end, whose partitions are numbered on and on.
 *
 * <p><b>What goes wrong.</b> The first sign of a failure is rarely the best: a killed process says nothing, its peers complain at once, and its exit
 * code comes from another process. So failures are collected for 1.5 s (8 s while the exit code of a node is missing that has told its
 * exception), and the cause is the earliest, unless its error is about another node that failed as well or has fallen silent. A node's folder
 * is deleted with it; only the JVM's crash report is kept, ten at most, beside the executor's logs or in the temporary folder. While all are
 * alive and nothing moves, {@code tfcluster-stall-*} on the driver asks who waits for whom: feeds and rings are asked with each heartbeat, a run
 * on parameter servers is known by its phase, and what is left is the user's own code, of which the thread dump tells. By default a stall is
 * told and never ends the cluster: every wait of ours has its own limit, and how long a main function may take only its author knows.
 *
 * <p><b>Resuming.</b> A checkpoint's {@code ledger.json} has the position of every worker in its feed. {@link io.tfcluster.FeedInput#resume}
 * reads the newest on the driver, leaves out what their union has, and first tells the nodes, which answer: one of them keeps what is done for
 * the checkpoints to come (in a deterministic feed each its own). When every node has handed out an epoch to its end, each having said so, the
 * driver tells them that it is over, and they forget its rows.
 *
 * <p><b>Recovery.</b> What lives as long as the cluster, {@code Generations} and {@code ClusterFeeder} with its ledger, is apart from what ends with
 * the nodes: a {@code Generation} is one reservation server, one launch and one {@code FeedParts}. When a node fails, and {@link
 * io.tfcluster.ClusterConfig.Builder#maxRestarts} leaves a restart, a thread {@code tfcluster-restart-*} ends the generation (stop message,
 * launchers that kill what does not follow, 15 s at most), lets a pause pass, reads the newest checkpoint of the folders that trainers have
 * told of, and launches the next.
 *
 * <pre>
 *  node fails ──▶ feed jobs cancelled ──▶ all nodes ended ──▶ pause ──▶ newest checkpoint ──▶ launch ──▶ nodes joined
 *       │               │                                                  │ step: trainers go on from it     │
 *       │               ▼                                                  │ ledger: feeds go on after it     ▼
 *       │      calls wait in Generations.running()                         └───────────────▶ calls and replays go on
 *       └─▶ listener.restarting
 * </pre>
 *
 * <p>The driver decides on the checkpoint, and trainers go on from that step and no other, so that variables and rows fit even if a node that was
 * given up wrote one more. Every generation has a secret that follows from the cluster's and its number: on control, feed and ring
 * connections nodes and feeders of another generation are strangers. A call that feeds is an object that can be done again ({@code FeedCall}): the
 * one under way by its own thread, those that had returned by threads {@code tfcluster-replay-*}, in an order in which none overtakes one that had
 * ended before it began. Epochs that are over at the checkpoint are left out; of the one it was made in, the rest is fed. The ledger forgets
 * what was counted after the checkpoint. The price: inputs of calls are remembered for as long as the cluster lives, pinned ones with their files.
 *
 * <p>Not restarted: a cluster that is fed by a stream, whose rows cannot be fed again; Spark's checkpointLocation and a new cluster do that. An
 * action on {@code inference} that is under way fails with its tasks, because results that were handed on cannot be taken back; the next action
 * on the same RDD finds the new nodes.
 *
 * <p><b>The driver's death.</b> Nodes leave when their control connection ends, so within milliseconds where the operating system closes it, or
 * when the driver has said nothing for twice the heartbeat limit: a driver that is frozen for longer, or cut off, finds its nodes gone, as it would
 * itself have given them up. With SIGSTOP to the driver a cluster is therefore safe for two minutes by default.
 */
@NullMarked
package io.tfcluster;

import org.jspecify.annotations.NullMarked;
