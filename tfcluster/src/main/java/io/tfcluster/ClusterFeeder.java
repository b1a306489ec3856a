package io.tfcluster;

import io.tfcluster.feeding.FeedConfig;
import io.tfcluster.feeding.FeedOptions;
import io.tfcluster.feeding.FeedSchema;
import io.tfcluster.feeding.FeedTarget;
import io.tfcluster.feeding.RowEncoder;
import io.tfcluster.reservation.ReservationServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The driver's half of feeding: one Spark job for each pass over the rows, and the count of who took them. */
final class ClusterFeeder {
    private static final Logger log = LoggerFactory.getLogger(ClusterFeeder.class);
    private static final Duration FIRST_CAUSE_LIMIT = Duration.ofSeconds(5);

    private final ClusterConfig config;
    private final LaunchPlan plan;
    private final ReservationServer server;
    private final ClusterEvents events;
    private final SparkJobs jobs;
    private final List<EpochReport> epochs = new ArrayList<>();
    private final Set<String> endedFeeds = ConcurrentHashMap.newKeySet();
    private volatile boolean terminatedEarly;

    ClusterFeeder(
            ClusterConfig config, LaunchPlan plan, ReservationServer server, ClusterEvents events, SparkJobs jobs) {
        this.config = config;
        this.plan = plan;
        this.server = server;
        this.events = events;
        this.jobs = jobs;
    }

    private FeedSchema schema(String feed) {
        if (config.inputMode() != InputMode.SPARK) {
            throw new IllegalStateException(
                    "the cluster reads its own data (inputMode TENSORFLOW); feeding needs inputMode(SPARK)");
        }
        FeedConfig declared = config.feeds().get(feed);
        if (declared == null) {
            throw new IllegalArgumentException("the cluster has no feed \"" + feed + "\", only "
                    + new TreeSet<>(config.feeds().keySet()) + "; declare it with ClusterConfig.builder(…).feed(\""
                    + feed + "\", schema)");
        }
        return declared.schema();
    }

    /** Returns the encoder that reads rows by the columns of a feed. */
    RowEncoder<Row> rowEncoder(String feed) {
        return new SparkRowEncoder(schema(feed));
    }

    /** Checks a DataFrame against a feed. */
    void check(String feed, StructType data) {
        FeedContract.check(feed, schema(feed), data);
    }

    private FeedOrder order(String feed, long epoch) {
        List<FeedTarget> targets = new ArrayList<>();
        server.nodes().forEach((ordinal, node) -> {
            if (node.task().role().trains()) {
                targets.add(FeedTarget.of(config.template().name(ordinal), node.endpoints()));
            }
        });
        return new FeedOrder(
                feed,
                epoch,
                schema(feed),
                targets,
                plan.secret(),
                FeedOptions.DEFAULTS.withFeedTimeout(config.feedTimeout()));
    }

    /** Feeds an RDD to the training nodes, some times over, and ends the feed. */
    <T> List<EpochReport> train(String feed, JavaRDD<T> rows, RowEncoder<? super T> encoder, int times) {
        schema(feed);
        if (times < 0) {
            throw new IllegalArgumentException("epochs must be 0 (until terminated) or more, got " + times);
        }
        if (!endedFeeds.add(feed)) {
            throw new IllegalStateException(
                    "the feed \"" + feed + "\" has ended; a cluster is trained once, start another one to train again");
        }
        List<EpochReport> reports = new ArrayList<>();
        boolean terminated = false;
        for (long epoch = 0; !terminated && (times == 0 || epoch < times); epoch++) {
            EpochReport report = feedOnce(order(feed, epoch), rows, encoder);
            terminated = report.rowsTaken() < report.inputRows() || terminatedEarly;
            if (times == 0 && report.inputRows() == 0 && !terminated) {
                throw new IllegalArgumentException(
                        "the input has no rows, so that feeding it until terminated would never end");
            }
            reports.add(report);
            server.broadcast(Notices.EPOCH_ENDED, Map.of("feed", feed, "epoch", Long.toString(epoch)));
            events.announce(listener -> listener.epochEnded(report));
        }
        server.broadcast(Notices.FEED_ENDED, Map.of("feed", feed));
        synchronized (epochs) {
            epochs.addAll(reports);
        }
        return List.copyOf(reports);
    }

    private <T> EpochReport feedOnce(FeedOrder order, JavaRDD<T> rows, RowEncoder<? super T> encoder) {
        long start = System.nanoTime();
        List<FeedTask.Fed> fed;
        try {
            fed = jobs.run(
                    "tfcluster " + plan.clusterId() + ": " + order.feed() + ", epoch " + order.epoch(),
                    () -> rows.mapPartitionsWithIndex(new FeedTask<T>(order, encoder), true)
                            .collect());
        } catch (Exception e) { // Spark throws its own, which Java takes for checked
            events.throwIfFailed(FIRST_CAUSE_LIMIT);
            Throwable cause = Stream.iterate((Throwable) e, Objects::nonNull, Throwable::getCause)
                    .reduce((outer, inner) -> inner)
                    .orElse(e);
            throw new IllegalStateException(
                    "feeding epoch " + order.epoch() + " of feed " + order.feed() + " failed: " + cause.getMessage(),
                    e);
        }
        long input = 0;
        SortedMap<String, Long> byNode = new TreeMap<>();
        order.nodes().forEach(node -> byNode.put(node.name(), 0L));
        for (FeedTask.Fed partition : fed) {
            input += partition.inputRows();
            partition.result().rows().forEach((node, count) -> byNode.merge(node, count, Long::sum));
            terminatedEarly |= partition.result().terminated();
            partition.result().events().forEach(event -> log.warn("{}", event));
        }
        events.throwIfFailed(Duration.ZERO);
        return new EpochReport(order.feed(), order.epoch(), input, byNode, Duration.ofNanos(System.nanoTime() - start));
    }

    /** Returns the RDD of rows with their results; computing it sends the rows through the nodes. */
    <T> JavaPairRDD<T, Row> infer(String feed, JavaRDD<T> rows, RowEncoder<? super T> encoder) {
        FeedOrder order = order(feed, 0);
        return rows.mapPartitionsWithIndex(new InferenceTask<T>(order, encoder), true)
                .mapToPair(pair -> pair);
    }

    /** Tells the nodes that nothing more comes on any feed. */
    void endFeeds() {
        for (String feed : config.feeds().keySet()) {
            endedFeeds.add(feed);
            server.broadcast(Notices.FEED_ENDED, Map.of("feed", feed));
        }
    }

    /** Returns what each pass has done so far, in order. */
    List<EpochReport> epochs() {
        synchronized (epochs) {
            return List.copyOf(epochs);
        }
    }

    /** Cancels the feed job that is under way, if there is one. */
    void cancel() {
        jobs.cancel();
    }
}
