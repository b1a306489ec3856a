package io.tfcluster;

import io.tfcluster.feeding.RowEncoder;
import io.tfcluster.reservation.ReservationServer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The driver's half of feeding: Spark jobs that feed, the counts of who took what, and the end, early or not. It outlives the nodes; what
 * belongs to those of one generation is in its {@link FeedParts}. Any thread may call.
 */
final class ClusterFeeder implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ClusterFeeder.class);

    private final ClusterConfig config;
    private final SparkJobs jobs;
    private final Generations generations;
    private final FeedCalls calls;
    private final FeedLedger ledger = new FeedLedger();
    private final CheckpointFolders checkpoints = new CheckpointFolders();
    private final Map<String, FeedLine> lines = new LinkedHashMap<>();
    private final List<EpochReport> reports = new ArrayList<>();
    private final List<OpenInput<?>> pinned = new ArrayList<>();
    private final FeedStreams streams = new FeedStreams(this);

    ClusterFeeder(ClusterConfig config, SparkJobs jobs, Generations generations) {
        this.config = config;
        this.jobs = jobs;
        this.generations = generations;
        this.calls = new FeedCalls(generations, recovers());
        config.feeds().forEach((name, feed) -> lines.put(name, new FeedLine(name, feed)));
    }

    private boolean recovers() {
        return config.restarts().maxRestarts() > 0;
    }

    /** Returns what a new generation of nodes goes on from. */
    CheckpointFolders.Newest newestCheckpoints() {
        return checkpoints.newest(jobs.context().hadoopConfiguration());
    }

    /** Returns what feeding into a generation needs, whose nodes are heard from now on. */
    FeedParts parts(
            LaunchPlan plan,
            ReservationServer server,
            ClusterEvents events,
            SparkJobs feedJobs,
            CheckpointFolders.Newest newest) {
        FeedParts parts = new FeedParts(config, plan, server, events, feedJobs, ledger, newest.ledgers());
        events.onNotice((ordinal, topic, details) -> notice(parts, ordinal, topic, details));
        return parts;
    }

    /** Other nodes take the place of those that were. */
    void begin(int generation) {
        lines.values().forEach(line -> line.begin(generation));
        calls.begin(generation);
    }

    /** Feeds new nodes what those before them had been fed, in threads of its own. */
    void replay(Generation now) {
        calls.replay(now);
    }

    /** Returns whether a stream feeds, whose rows nobody could feed again. */
    boolean hasStream() {
        return lines.values().stream().anyMatch(FeedLine::isStream);
    }

    FeedLine line(String feed) {
        if (config.inputMode() != InputMode.SPARK) {
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
        return feed(line(feed), input, times, "train", true, null);
    }

    /** Feeds an input some times over, and another one into another feed after each time, and ends both feeds. */
    List<EpochReport> train(String feed, FeedInput input, String followingFeed, FeedInput following, int times) {
        FeedLine line = line(feed);
        FeedLine second = line(followingFeed);
        try (FeedLine.Claim claim = second.claimEpochs("train with validation")) {
            OpenInput<?> open = open(second, following);
            try {
                return feed(
                        line,
                        input,
                        times,
                        "train with validation",
                        true,
                        new EpochsCall.Follower(second, following, open));
            } finally {
                close(open, following);
            }
        }
    }

    /** Feeds an input some times over; the feed goes on. */
    List<EpochReport> feed(String feed, FeedInput input, int times) {
        return feed(line(feed), input, times, "feed", false, null);
    }

    private List<EpochReport> feed(
            FeedLine line,
            FeedInput input,
            int times,
            String call,
            boolean ends,
            EpochsCall.@Nullable Follower follower) {
        if (times < 0) {
            throw new IllegalArgumentException("epochs must be 0 (until terminated) or more, got " + times);
        }
        try (FeedLine.Claim claim = line.claimEpochs(call)) {
            OpenInput<?> open = open(line, input);
            try {
                return calls.drive(new EpochsCall(this, line, input, open, times, ends, follower));
            } finally {
                close(open, input);
            }
        }
    }

    private OpenInput<?> open(FeedLine line, FeedInput input) {
        return input.open(line.name, line.config, jobs, recovers());
    }

    /** Lets go of what is kept of an input, unless it is pinned and may have to be fed again. */
    private void close(OpenInput<?> open, FeedInput input) {
        if (recovers() && input.isPinned()) {
            synchronized (pinned) {
                pinned.add(open);
            }
        } else {
            open.close();
        }
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
            try (OpenInput<?> open = input.open(line.name, line.config, jobs, false)) {
                run(generations.running().parts(), line, open, ResumePoint.START)
                        .feedPiece();
            }
        }
        return !line.isTerminated();
    }

    /** Returns an input on its way to the nodes of one generation, which know where it begins. */
    FeedRun run(FeedParts parts, FeedLine line, OpenInput<?> open, ResumePoint point) {
        FeedRun run = new FeedRun(parts, line, open, point, (its, node) -> terminated(parts, its, node), this::add);
        run.resume();
        return run;
    }

    private void add(EpochReport report) {
        synchronized (reports) {
            reports.removeIf(each -> each.feed().equals(report.feed()) && each.epoch() == report.epoch());
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

    private void endFeed(FeedLine line) {
        if (!line.isEnded()) {
            calls.drive(new FeedCall.End(line));
        }
    }

    /** Ends the feed of a stream that has ended, or whose cluster has. */
    void endStream(FeedLine line) {
        if (!line.isEnded()) {
            generations.latest().ifPresent(now -> FeedCall.end(now.parts(), line));
        }
    }

    /** Tells the nodes that nothing more comes on any feed, and stops the streams that feed them. */
    void endFeeds() {
        streams.close();
        lines.values().forEach(this::endFeed);
    }

    /** Hears the nodes; on the thread of the server's events, where nothing may wait. */
    private void notice(FeedParts parts, int ordinal, String topic, Map<String, String> details) {
        if (topic.equals(Notices.CHECKPOINTS)) {
            checkpoints.told(details.getOrDefault("folder", ""));
            return;
        }
        FeedLine line = lines.get(details.getOrDefault("feed", ""));
        if (line == null) {
            log.debug("unknown notice {} {} of node {}", topic, details, ordinal);
            return;
        }
        String node = parts.plan().template().name(ordinal);
        switch (topic) {
            case Notices.FEED_TERMINATED -> {
                line.counted(node, number(details, "rows"));
                if (!Boolean.parseBoolean(details.get("asked"))) {
                    terminated(parts, line, node);
                }
            }
            case Notices.POSITION_KEPT -> line.positions().kept(node, number(details, "message"));
            case Notices.EPOCH_TAKEN -> {
                long over = line.positions().taken(node, number(details, "epoch"), parts.trainers());
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

    private void terminated(FeedParts parts, FeedLine line, String node) {
        if (line.terminate(node, parts.generation())) {
            log.info("{} has ended the feed {} early", node, line.name);
            parts.server().broadcast(Notices.FEED_TERMINATE, Map.of("feed", line.name));
        }
    }

    /** Returns the RDD of rows with their results; computing it sends the rows through the nodes. */
    <T> JavaPairRDD<T, Row> infer(String feed, JavaRDD<T> rows, RowEncoder<? super T> encoder) {
        FeedLine line = line(feed);
        generations.running(); // an action that comes later does not wait
        InferenceOrder order =
                new InferenceOrder(() -> generations.standing().parts().order(line, 0, 0));
        return rows.mapPartitionsWithIndex(new InferenceTask<T>(order, encoder), true)
                .mapToPair(pair -> pair);
    }

    Ledger ledger() {
        return ledger.value((feed, epoch) ->
                generations.latest().map(now -> now.parts().live(feed, epoch)).orElseGet(TreeMap::new));
    }

    /** Returns what each pass has done so far, in order. */
    List<EpochReport> epochs() {
        synchronized (reports) {
            return List.copyOf(reports);
        }
    }

    /** Returns whether a call feeds a feed now. */
    boolean isFed(String feed) {
        FeedLine line = lines.get(feed);
        return line != null && line.isFed();
    }

    /** Ends the threads that follow streams and lets go of pinned inputs; the threads take 5 s at most, usually none. */
    @Override
    public void close() {
        streams.close();
        List<OpenInput<?>> kept;
        synchronized (pinned) {
            kept = List.copyOf(pinned);
            pinned.clear();
        }
        kept.forEach(OpenInput::close);
    }
}
