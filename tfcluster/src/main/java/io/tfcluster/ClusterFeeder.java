package io.tfcluster;

import io.tfcluster.feeding.RowEncoder;
import io.tfcluster.reservation.ReservationServer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.LongConsumer;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The driver's half of feeding: Spark jobs that feed, the counts of who took what, and the end, early or not. Any thread may call. */
final class ClusterFeeder implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ClusterFeeder.class);

    private final FeedParts parts;
    private final Map<String, FeedLine> lines = new LinkedHashMap<>();
    private final List<EpochReport> reports = new ArrayList<>();
    private final FeedStreams streams = new FeedStreams(this);

    ClusterFeeder(
            ClusterConfig config, LaunchPlan plan, ReservationServer server, ClusterEvents events, SparkJobs jobs) {
        parts = new FeedParts(config, plan, server, events, jobs, new FeedLedger());
        config.feeds().forEach((name, feed) -> lines.put(name, new FeedLine(name, feed)));
        events.onNotice(this::notice);
    }

    FeedLine line(String feed) {
        if (parts.config().inputMode() != InputMode.SPARK) {
            throw new IllegalStateException(
                    "the cluster reads its own data (inputMode TENSORFLOW); feeding needs inputMode(SPARK)");
        }
        FeedLine line = lines.get(feed);
        if (line == null) {
            throw new IllegalArgumentException("the cluster has no feed \"" + feed + "\", only "
                    + new TreeSet<>(lines.keySet()) + "; declare it with ClusterConfig.builder(…).feed(\"" + feed
                    + "\", schema)");
        }
        return line;
    }

    /** Returns the encoder that reads rows by the columns of a feed. */
    RowEncoder<Row> rowEncoder(String feed) {
        return new SparkRowEncoder(line(feed).config.schema());
    }

    /** Checks a DataFrame against a feed. */
    void check(String feed, Dataset<Row> data, Map<String, String> inputMapping) {
        FeedContract.match(feed, line(feed).config.schema(), data.schema(), inputMapping);
    }

    /** Feeds an input some times over and ends the feed. */
    List<EpochReport> train(String feed, FeedInput input, int times) {
        FeedLine line = line(feed);
        List<EpochReport> epochs = feed(line, input, times, "train", epoch -> {});
        endFeed(line);
        return epochs;
    }

    /** Feeds an input some times over, and another one into another feed after each time, and ends both feeds. */
    List<EpochReport> train(String feed, FeedInput input, String followingFeed, FeedInput following, int times) {
        FeedLine line = line(feed);
        FeedLine second = line(followingFeed);
        List<EpochReport> epochs;
        try (FeedLine.Claim claim = second.claimEpochs("train with validation");
                OpenInput<?> open = following.open(second.name, second.config, parts.jobs());
                FollowingFeed follower = new FollowingFeed(second, run(second, open, resume(second, following)))) {
            epochs = feed(line, input, times, "train with validation", follower::follow);
            endFeed(line);
            follower.finish();
        }
        endFeed(second);
        return epochs;
    }

    /** Feeds an input some times over; the feed goes on. */
    List<EpochReport> feed(String feed, FeedInput input, int times) {
        return feed(line(feed), input, times, "feed", epoch -> {});
    }

    private List<EpochReport> feed(FeedLine line, FeedInput input, int times, String call, LongConsumer afterEpoch) {
        if (times < 0) {
            throw new IllegalArgumentException("epochs must be 0 (until terminated) or more, got " + times);
        }
        List<EpochReport> epochs = new ArrayList<>();
        try (FeedLine.Claim claim = line.claimEpochs(call)) {
            ResumePoint resume = resume(line, input);
            try (OpenInput<?> open = input.open(line.name, line.config, parts.jobs())) {
                FeedRun run = run(line, open, resume);
                for (int time = 0; !line.isTerminated() && (times == 0 || time < times); time++) {
                    long epoch = line.takeEpoch();
                    if (!resume.isOver(epoch)) {
                        EpochReport report = feedEpoch(run, epoch, times == 0);
                        epochs.add(report);
                        if (!report.terminated()) {
                            afterEpoch.accept(report.epoch());
                        }
                    }
                }
            }
        }
        return List.copyOf(epochs);
    }

    private static EpochReport feedEpoch(FeedRun run, long epoch, boolean untilTerminated) {
        EpochReport report = run.feedEpoch(epoch, () -> {});
        if (untilTerminated && report.inputRows() == 0 && !report.terminated()) {
            throw new IllegalArgumentException(
                    "the input has no rows, so that feeding it until terminated would never end");
        }
        return report;
    }

    private ResumePoint resume(FeedLine line, FeedInput input) {
        return input.resumePoint(line, parts.jobs().context().hadoopConfiguration(), parts.trainers());
    }

    /**
     * Feeds an input as a piece of a stream: neither epoch nor feed end.
     *
     * @return false if a node has ended the feed
     */
    boolean feedMore(String feed, FeedInput input) {
        FeedLine line = line(feed);
        input.checkNotResumed(feed);
        try (FeedLine.Claim claim = line.claimPiece("feedMore")) {
            if (line.isTerminated()) {
                return false;
            }
            try (OpenInput<?> open = input.open(line.name, line.config, parts.jobs())) {
                run(line, open, ResumePoint.START).feedPiece();
            }
        }
        return !line.isTerminated();
    }

    private FeedRun run(FeedLine line, OpenInput<?> open, ResumePoint resume) {
        FeedRun run = new FeedRun(parts, line, open, resume, this::terminated, this::add);
        run.resume();
        return run;
    }

    private void add(EpochReport report) {
        synchronized (reports) {
            reports.add(report);
        }
    }

    FeedStreams streams() {
        return streams;
    }

    /** Ends a feed that nobody is feeding. */
    void endFeed(String feed) {
        FeedLine line = line(feed);
        line.checkIdle();
        endFeed(line);
    }

    void endFeed(FeedLine line) {
        if (line.end()) {
            parts.ledger().endFeed(line.name);
            parts.tellFeedEnd(line);
        }
    }

    /** Tells the nodes that nothing more comes on any feed, and stops the streams that feed them. */
    void endFeeds() {
        streams.close();
        lines.values().forEach(this::endFeed);
    }

    /** Hears the nodes; on the thread of the server's events, where nothing may wait. */
    private void notice(int ordinal, String topic, Map<String, String> details) {
        FeedLine line = lines.get(details.getOrDefault("feed", ""));
        if (line == null) {
            log.debug("unknown notice {} {} of node {}", topic, details, ordinal);
            return;
        }
        String node = parts.config().template().name(ordinal);
        switch (topic) {
            case Notices.FEED_TERMINATED -> {
                line.counted(node, number(details, "rows"));
                if (!Boolean.parseBoolean(details.get("asked"))) {
                    terminated(line, node);
                }
            }
            case Notices.POSITION_KEPT -> line.positions.kept(node, number(details, "message"));
            case Notices.EPOCH_TAKEN -> {
                long over = line.positions.taken(node, number(details, "epoch"), parts.trainers());
                if (over >= 0) {
                    parts.tellEpochOver(line, over);
                }
            }
            default -> log.debug("unknown notice {} {} of {}", topic, details, node);
        }
    }

    private static long number(Map<String, String> details, String name) {
        return Long.parseLong(details.getOrDefault(name, "0"));
    }

    private void terminated(FeedLine line, String node) {
        if (line.terminate(node)) {
            log.info("{} has ended the feed {} early", node, line.name);
            parts.server().broadcast(Notices.FEED_TERMINATE, Map.of("feed", line.name));
        }
    }

    /** Returns the RDD of rows with their results; computing it sends the rows through the nodes. */
    <T> JavaPairRDD<T, Row> infer(String feed, JavaRDD<T> rows, RowEncoder<? super T> encoder) {
        FeedOrder order = parts.order(line(feed), 0, 0);
        return rows.mapPartitionsWithIndex(new InferenceTask<T>(order, encoder), true)
                .mapToPair(pair -> pair);
    }

    Ledger ledger() {
        return parts.ledger().value(parts::live);
    }

    /** Returns what each pass has done so far, in order. */
    List<EpochReport> epochs() {
        synchronized (reports) {
            return List.copyOf(reports);
        }
    }

    /** Cancels the feed jobs that are under way. */
    void cancel() {
        parts.jobs().cancel();
    }

    /** Ends the threads that follow streams; takes 5 s at most, usually none. */
    @Override
    public void close() {
        streams.close();
    }
}
