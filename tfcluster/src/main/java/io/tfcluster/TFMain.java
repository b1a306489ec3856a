package io.tfcluster;

import java.io.Serializable;

/**
 * The user's program on each node of a cluster, called once per node, whatever its role.
 *
 * <p>It travels to the nodes by Java serialization inside Spark's task data: a static method reference or a lambda that captures
 * nothing but values. On a {@code ps} it usually just calls {@link NodeContext#serveUntilStopped()}. An exception ends the whole cluster
 * and arrives on the driver as the first cause; returning is the node's orderly end.
 *
 * <pre>{@code
 * static void main(Options options, NodeContext ctx) {
 *     DataFeed feed = ctx.dataFeed();
 *     while (!feed.shouldStop()) {
 *         try (Batch batch = feed.nextBatch(options.batchSize())) {
 *             ...
 *         }
 *     }
 * }
 * }</pre>
 *
 * @param <A> what the driver hands to each node, often a record of options
 */
@FunctionalInterface
public interface TFMain<A extends Serializable> extends Serializable {
    /**
     * Runs on the node's main thread.
     *
     * @param args what was given to {@link TFCluster#run}
     * @param ctx this node's place in the cluster, its feeds and its servers
     * @throws Exception anything; it ends the cluster and is reported with its stack trace
     */
    void run(A args, NodeContext ctx) throws Exception;
}
