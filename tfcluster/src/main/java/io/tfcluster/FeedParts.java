package io.tfcluster;

import io.tfcluster.feeding.FeedException;
import io.tfcluster.feeding.FeedOptions;
import io.tfcluster.feeding.FeedPosition;
import io.tfcluster.feeding.FeedTarget;
import io.tfcluster.feeding.FeedTimeoutException;
import io.tfcluster.feeding.RowException;
import io.tfcluster.reservation.FeedProgress;
import io.tfcluster.reservation.ReservationServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What all feeding into one generation of a cluster shares.
 *
 * @param checkpoints of this cluster's own trainings, from which this generation goes on; of several in one cluster the last that began first
 */
record FeedParts(
        ClusterConfig config,
        LaunchPlan plan,
        ReservationServer server,
        ClusterEvents events,
        SparkJobs jobs,
        FeedLedger ledger,
        List<CheckpointLedger> checkpoints) {
    private static final Duration FIRST_CAUSE_LIMIT = Duration.ofSeconds(5);

    /** Returns the order for a part of a feed, with all nodes that train. */
    FeedOrder order(FeedLine line, long epoch, int firstPartition) {
        List<FeedTarget> targets = new ArrayList<>();
        server.nodes().forEach((ordinal, node) -> {
            if (node.task().role().trains()) {
                targets.add(FeedTarget.of(plan.template().name(ordinal), node.endpoints()));
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
                        .withTls(plan.tlsFeeder())
                        .withEndedEpoch(line.endedEpoch(generation())));
    }

    /** Returns how long a feed's failure waits for a node's, which is its cause most of the time and may be heard of later. */
    Duration causeLimit(Throwable error) {
        if (error instanceof RowException) {
            return Duration.ZERO;
        }
        boolean lost = error instanceof FeedException && !(error instanceof FeedTimeoutException);
        return lost && config.restarts().maxRestarts() > 0
                ? config.heartbeatLimit().multipliedBy(2).plus(FIRST_CAUSE_LIMIT)
                : FIRST_CAUSE_LIMIT;
    }

    int generation() {
        return plan.generation();
    }

    /**
     * Returns where a feed goes on: after the checkpoint of this cluster that knows it, otherwise where its input says. A validation feed that
     * the checkpoint does not know keeps step with the feed that it knows.
     */
    ResumePoint point(FeedLine line, FeedInput input) {
        for (CheckpointLedger each : checkpoints) {
            if (each.knows(line.name)) {
                return ResumePoint.of(each, line, trainers());
            }
        }
        return checkpoints.isEmpty()
                ? input.resumePoint(line, jobs.context().hadoopConfiguration(), trainers())
                : following(line);
    }

    private ResumePoint following(FeedLine line) {
        CheckpointLedger newest = checkpoints.get(0);
        if (!line.name.equals(TFCluster.VALIDATION) || newest.positions().isEmpty()) {
            return ResumePoint.START;
        }
        long epoch = newest.positions().stream()
                .mapToLong(FeedPosition::endedEpochs)
                .max()
                .orElse(0);
        return ResumePoint.beginningOf(epoch, line.name, newest.checkpoint());
    }

    /** Returns the names of the nodes that take rows. */
    List<String> trainers() {
        List<String> names = new ArrayList<>();
        for (int ordinal = 0; ordinal < plan.template().size(); ordinal++) {
            if (plan.template().slots().get(ordinal).role().trains()) {
                names.add(plan.template().name(ordinal));
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
                rows.put(plan.template().name(ordinal), told.epochRows());
            }
        });
        return rows;
    }

    void tellEpochEnd(FeedLine line, long epoch) {
        line.endedEpoch(generation(), epoch);
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
