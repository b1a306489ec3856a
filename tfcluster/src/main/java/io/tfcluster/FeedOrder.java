package io.tfcluster;

import io.tfcluster.feeding.FeedOptions;
import io.tfcluster.feeding.FeedPartition;
import io.tfcluster.feeding.FeedSchema;
import io.tfcluster.feeding.FeedTarget;
import io.tfcluster.transport.ClusterSecret;
import java.io.Serializable;
import java.util.List;
import org.apache.spark.TaskContext;

/** What a feed task needs to know: which feed, and where the nodes that take it listen; the same for every task. */
record FeedOrder(
        String feed, long epoch, FeedSchema schema, List<FeedTarget> nodes, ClusterSecret secret, FeedOptions options)
        implements Serializable {
    FeedOrder {
        nodes = List.copyOf(nodes);
    }

    FeedPartition partition(int index) {
        return new FeedPartition(feed, epoch, index, TaskContext.get().taskAttemptId());
    }
}
