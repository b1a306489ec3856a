package io.tfcluster;

import io.tfcluster.feeding.FeedOptions;
import io.tfcluster.feeding.FeedPartition;
import io.tfcluster.feeding.FeedSchema;
import io.tfcluster.feeding.FeedTarget;
import io.tfcluster.transport.ClusterSecret;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.spark.TaskContext;

/** What a feed task needs to know: which feed, and where the nodes that take it listen. */
record FeedOrder(
        String feed, long epoch, FeedSchema schema, List<FeedTarget> nodes, ClusterSecret secret, FeedOptions options)
        implements Serializable {
    /** Nodes on other hosts that one task connects to; with the ones on its own host enough to find one that has room. */
    private static final int REMOTE_NODES = 4;

    FeedOrder {
        nodes = List.copyOf(nodes);
    }

    FeedPartition partition(int index) {
        return new FeedPartition(feed, epoch, index, TaskContext.get().taskAttemptId());
    }

    /**
     * Picks the nodes for a partition: all on the task's own host, which it reaches over Unix-domain sockets, and a few others, different
     * ones for each partition. Rows go to whichever has room, so a partition keeps no node busy alone.
     */
    List<FeedTarget> targets(int partition) {
        List<FeedTarget> near = new ArrayList<>();
        List<FeedTarget> far = new ArrayList<>();
        for (FeedTarget node : nodes) {
            boolean here = !node.unixPath().isEmpty() && Files.exists(Path.of(node.unixPath()));
            (here ? near : far).add(node);
        }
        Collections.rotate(far, -partition % Math.max(1, far.size()));
        near.addAll(far.subList(0, Math.min(far.size(), REMOTE_NODES)));
        return near;
    }
}
