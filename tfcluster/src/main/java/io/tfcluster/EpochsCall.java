package io.tfcluster;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** Feeds an input some times over, possibly another one after each time; the epochs keep their numbers however often that is done. */
final class EpochsCall extends FeedCall<List<EpochReport>> {
    private final ClusterFeeder feeder;
    private final FeedInput input;
    private final OpenInput<?> open;
    private final int times;
    private final boolean ends;
    private final @Nullable Follower follower;
    private final long first;
    private final SortedMap<Long, EpochReport> reports = new TreeMap<>();

    /** What is fed after each epoch; {@code numbers} of its epochs, by that of the epoch before. */
    record Follower(FeedLine line, FeedInput input, OpenInput<?> open, Map<Long, Long> numbers) {
        Follower(FeedLine line, FeedInput input, OpenInput<?> open) {
            this(line, input, open, new HashMap<>());
        }
    }

    /**
     * Makes a call, of whoever holds the feed's claim.
     *
     * @param times 0 means until a node terminates the feed
     * @param ends whether the feed ends with it
     */
    EpochsCall(
            ClusterFeeder feeder,
            FeedLine line,
            FeedInput input,
            OpenInput<?> open,
            int times,
            boolean ends,
            @Nullable Follower follower) {
        super(line);
        this.feeder = feeder;
        this.input = input;
        this.open = open;
        this.times = times;
        this.ends = ends;
        this.follower = follower;
        this.first = line.nextEpoch();
    }

    @Override
    List<EpochReport> run(FeedParts parts) {
        ResumePoint point = parts.point(line(), input);
        reports.keySet().removeIf(epoch -> !point.isOver(epoch));
        FeedRun run = feeder.run(parts, line(), open, point);
        Follower second = follower;
        if (second == null) {
            feed(run, point, epoch -> {});
        } else {
            FeedRun following =
                    feeder.run(parts, second.line(), second.open(), parts.point(second.line(), second.input()));
            try (FollowingFeed thread = new FollowingFeed(
                    second.line(),
                    following,
                    epoch -> second.numbers().computeIfAbsent(epoch, second.line()::takeEpoch))) {
                feed(run, point, thread::follow);
                end(parts, line());
                thread.finish();
            }
            end(parts, second.line());
        }
        if (ends) {
            end(parts, line());
        }
        return List.copyOf(reports.values());
    }

    private void feed(FeedRun run, ResumePoint point, LongConsumer afterEpoch) {
        for (int time = 0; !line().isTerminated() && (times == 0 || time < times); time++) {
            long epoch = first + time;
            line().tookEpoch(epoch);
            if (!point.isOver(epoch)) {
                EpochReport report = run.feedEpoch(epoch, () -> {});
                if (times == 0 && report.inputRows() == 0 && !report.terminated()) {
                    throw new IllegalArgumentException(
                            "the input has no rows, so that feeding it until terminated would never end");
                }
                reports.put(epoch, report);
                if (!report.terminated()) {
                    afterEpoch.accept(epoch);
                }
            }
        }
    }
}
