package io.tfcluster;

import io.tfcluster.feeding.FeedOptions;
import io.tfcluster.feeding.FeedTarget;
import io.tfcluster.reservation.FeedProgress;
import io.tfcluster.reservation.ReservationServer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** What all feeding of one cluster shares. */
record FeedParts(
        ClusterConfig config,
        LaunchPlan plan,
        ReservationServer server,
        ClusterEvents events,
        SparkJobs jobs,
        FeedLedger ledger) {
    /** Returns the order for a part of a feed, with all nodes that train. */
    FeedOrder order(FeedLine line, long epoch, int firstPartition) {
        List<FeedTarget> targets = new ArrayList<>();
        server.nodes().forEach((ordinal, node) -> {
            if (node.task().role().trains()) {
                targets.add(FeedTarget.of(config.template().name(ordinal), node.endpoints()));
            }
        });
        return new FeedOrder(
                line.name,
                epoch,
                firstPartition,
                line.config.schema(),
                targets,
                plan.secret(),
                FeedOptions.DEFAULTS
                        .withFeedTimeout(config.feedTimeout())
                        .withBlockBytes(line.config.effectiveBlockBytes())
                        .withTls(plan.tlsFeeder()));
    }

    /** Returns the names of the nodes that take rows. */
    List<String> trainers() {
        List<String> names = new ArrayList<>();
        for (int ordinal = 0; ordinal < config.nodes(); ordinal++) {
            if (config.template().slots().get(ordinal).role().trains()) {
                names.add(config.template().name(ordinal));
            }
        }
        return names;
    }

    /** Returns the rows of an epoch that nodes have handed out, as their last heartbeats told it. */
    SortedMap<String, Long> live(String feed, long epoch) {
        SortedMap<String, Long> rows = new TreeMap<>();
        server.progress().forEach((ordinal, progress) -> {
            FeedProgress told = progress.feeds().get(feed);
            if (told != null && told.epoch() == epoch) {
                rows.put(config.template().name(ordinal), told.epochRows());
            }
        });
        return rows;
    }

    void tellEpochEnd(FeedLine line, long epoch) {
        server.broadcast(Notices.EPOCH_ENDED, Map.of("feed", line.name, "epoch", Long.toString(epoch)));
    }

    void tellEpochOver(FeedLine line, long epoch) {
        server.broadcast(Notices.EPOCH_OVER, Map.of("feed", line.name, "epoch", Long.toString(epoch)));
    }

    /** Nobody will feed the partitions of a stream's epoch again that are below a number. */
    void tellSettled(FeedLine line, long epoch, int below) {
        server.broadcast(
                Notices.FEED_SETTLED,
                Map.of("feed", line.name, "epoch", Long.toString(epoch), "below", Integer.toString(below)));
    }

    void tellFeedEnd(FeedLine line) {
        server.broadcast(Notices.FEED_ENDED, Map.of("feed", line.name));
    }
}
