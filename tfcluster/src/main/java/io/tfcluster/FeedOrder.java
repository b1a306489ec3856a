package io.tfcluster;

import io.tfcluster.feeding.FeedOptions;
import io.tfcluster.feeding.FeedPartition;
import io.tfcluster.feeding.FeedSchema;
import io.tfcluster.feeding.FeedTarget;
import io.tfcluster.transport.ClusterSecret;
import java.io.Serializable;
import java.util.List;
import org.apache.spark.TaskContext;

/**
 * What a feed task needs to know: which feed, and where the nodes that take it listen.
 *
 * @param firstPartition the feed's number for the RDD's partition 0; more than 0 in a stream, whose partitions are numbered on and on
 * @param nodes all that train, in the order of the template
 */
record FeedOrder(
        String feed,
        long epoch,
        int firstPartition,
        FeedSchema schema,
        List<FeedTarget> nodes,
        ClusterSecret secret,
        FeedOptions options)
        implements Serializable {
    FeedOrder {
        nodes = List.copyOf(nodes);
    }

    FeedPartition partition(int index) {
        return new FeedPartition(
                feed, epoch, firstPartition + index, TaskContext.get().taskAttemptId());
    }
}
