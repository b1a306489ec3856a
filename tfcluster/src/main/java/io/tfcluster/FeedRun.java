package io.tfcluster;

import io.tfcluster.feeding.DeterministicPlan;
import io.tfcluster.feeding.PartitionShare;
import io.tfcluster.feeding.RowRanges;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.spark.SparkContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One input on its way into one feed, by the thread of the call that feeds it. */
final class FeedRun {
    private static final Logger log = LoggerFactory.getLogger(FeedRun.class);
    private static final Duration COUNTS_LIMIT = Duration.ofMillis(150);

    private final FeedParts parts;
    private final FeedLine line;
    private final OpenInput<?> input;
    private final ResumePoint resume;
    private final PositionMessages messages;
    private final BiConsumer<FeedLine, String> onTerminated;
    private final Consumer<EpochReport> onEpoch;

    /** Makes a run from a point on; {@code onTerminated} hears when a task says that a node ended the feed, {@code onEpoch} of each epoch first of all. */
    FeedRun(
            FeedParts parts,
            FeedLine line,
            OpenInput<?> input,
            ResumePoint resume,
            BiConsumer<FeedLine, String> onTerminated,
            Consumer<EpochReport> onEpoch) {
        this.parts = parts;
        this.line = line;
        this.input = input;
        this.resume = resume;
        this.messages = new PositionMessages(parts, line);
        this.onTerminated = onTerminated;
        this.onEpoch = onEpoch;
    }

    /**
     * Brings the nodes to where the feed goes on; before the first epoch.
     *
     * @throws IllegalStateException if this is not the input that was fed before
     */
    void resume() {
        resume.check(line.name, input.partitions());
        messages.resume(resume);
    }

    /**
     * Feeds the input once, as an epoch, and tells nodes and listeners of its end.
     *
     * @param submitted runs as soon as Spark has the job
     */
    EpochReport feedEpoch(long epoch, Runnable submitted) {
        long start = System.nanoTime();
        messages.begin(epoch, input.partitions());
        FeedLedger.Count count = begin(epoch);
        count.replays(resume.replayed(epoch));
        feed(parts.order(line, epoch, 0), count, submitted);
        boolean terminated = settle(epoch, count);
        if (!terminated) {
            count.end(Ledger.State.DONE);
        }
        Ledger.Epoch fed = count.value((feed, number) -> new TreeMap<>());
        log.info("{}", fed);
        EpochReport report = new EpochReport(
                line.name,
                epoch,
                fed.inputRows(),
                fed.resumedRows(),
                fed.rowsByNode(),
                terminated,
                input.cacheUse(),
                Duration.ofNanos(System.nanoTime() - start));
        onEpoch.accept(report);
        parts.tellEpochEnd(line, epoch);
        parts.events().announce(listener -> listener.epochEnded(report));
        return report;
    }

    /** Feeds the input as a piece of a stream's epoch, which goes on afterwards. */
    void feedPiece() {
        if (line.config.deterministic()) {
            throw new IllegalStateException(
                    "the feed \"" + line.name
                            + "\" is deterministic, which a stream cannot be: its rows are not known beforehand. Feed it in epochs.");
        }
        FeedLine.Piece piece = line.takePartitions(input.partitions());
        if (piece.newEpoch()) {
            begin(piece.epoch() - 1).end(Ledger.State.DONE);
            parts.tellEpochEnd(line, piece.epoch() - 1);
        }
        FeedLedger.Count count = begin(piece.epoch());
        feed(parts.order(line, piece.epoch(), piece.firstPartition()), count, () -> {});
        if (!settle(piece.epoch(), count)) {
            parts.tellSettled(line, piece.epoch(), piece.firstPartition() + input.partitions());
        }
    }

    private FeedLedger.Count begin(long epoch) {
        return parts.ledger().begin(line.name, epoch, parts.trainers(), parts.generation(), resume);
    }

    private void feed(FeedOrder order, FeedLedger.Count count, Runnable submitted) {
        try {
            DeterministicPlan plan = line.config.deterministic() ? plan(order) : null;
            Map<Integer, PartitionShare> shares = shares(order.epoch(), plan);
            List<List<Integer>> waves = waves(plan);
            waves.forEach(wave -> count.expect(wave.size()));
            for (List<Integer> wave : waves) {
                if (line.isTerminated()) {
                    return;
                }
                feedWave(order, wave, shares, count, submitted);
            }
            parts.events().throwIfFailed(Duration.ZERO);
        } catch (InterruptedException e) {
            count.end(Ledger.State.FAILED);
            Thread.currentThread().interrupt();
            throw new IllegalStateException(
                    "interrupted while feeding epoch " + order.epoch() + " of feed " + order.feed(), e);
        } catch (Exception e) { // Spark throws its own, which Java takes for checked
            count.end(Ledger.State.FAILED);
            Throwable cause = SparkJobs.rootCause(e);
            parts.events().throwIfFailed(parts.causeLimit(cause));
            throw new IllegalStateException(
                    "feeding epoch " + order.epoch() + " of feed " + order.feed() + " failed: " + cause.getMessage(),
                    e);
        }
    }

    /** Returns which partitions are fed side by side, one list after the other; without a plan all at once, as Spark likes. */
    private List<List<Integer>> waves(@Nullable DeterministicPlan plan) {
        return plan == null
                ? List.of(IntStream.range(0, input.partitions()).boxed().toList())
                : plan.waves();
    }

    private DeterministicPlan plan(FeedOrder order) {
        int nodes = order.nodes().size();
        SparkContext sc = parts.jobs().context();
        int slots = Slots.most(sc.master(), sc.conf()).orElse(nodes);
        if (slots < nodes) {
            throw new IllegalStateException(
                    "the deterministic feed \"" + line.name + "\" reads as many partitions side by side"
                            + " as there are training nodes, " + nodes + ", but the application can run only " + slots
                            + " tasks at a time; give it more cores or executors, or fewer training nodes");
        }
        long[] rows = input.rowsOfPartitions();
        resume.check(line.name, order.epoch(), rows);
        return DeterministicPlan.of(rows, nodes, DeterministicPlan.rowsPerBlock(line.config));
    }

    /** Returns which rows of each partition are sent, and where to, if that is not all of them to anybody. */
    private Map<Integer, PartitionShare> shares(long epoch, @Nullable DeterministicPlan plan) {
        Map<Integer, PartitionShare> shares = new HashMap<>();
        resume.before(epoch).forEach((partition, rows) -> shares.put(partition, new PartitionShare(rows, null)));
        if (plan != null) {
            for (int partition = 0; partition < input.partitions(); partition++) {
                RowRanges before =
                        shares.getOrDefault(partition, PartitionShare.ALL).before();
                shares.put(partition, new PartitionShare(before, plan.assignment(partition)));
            }
        }
        return shares;
    }

    private void feedWave(
            FeedOrder order,
            List<Integer> wave,
            Map<Integer, PartitionShare> shares,
            FeedLedger.Count count,
            Runnable submitted)
            throws Exception {
        String description = "tfcluster " + parts.plan().clusterId() + ": " + order.feed() + ", epoch " + order.epoch();
        FeedJob job = input.feed(parts.jobs(), order, description, wave, shares, (partition, fed) -> {
            count.add(fed, shares.getOrDefault(partition, PartitionShare.ALL));
            fed.events().forEach(event -> log.warn("{}", event));
            if (fed.terminated()) {
                onTerminated.accept(line, "a node");
            }
        });
        line.runs(job);
        submitted.run();
        try {
            parts.events()
                    .throwIfFailed(Duration.ZERO); // one that came after the others of its generation were cancelled
            job.await();
        } catch (NodeExitException e) {
            job.cancel();
            throw e;
        } finally {
            line.ran(job);
        }
    }

    /** If the feed was ended early, waits for what the nodes have counted; returns whether it was. */
    private boolean settle(long epoch, FeedLedger.Count count) {
        if (!line.isTerminated()) {
            return false;
        }
        List<String> trainers = parts.trainers();
        @Nullable Map<String, Long> told = null;
        try {
            told = line.awaitCounts(trainers.size(), COUNTS_LIMIT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        SortedMap<String, Long> rows = new TreeMap<>();
        if (told != null) {
            told.forEach((node, total) -> rows.put(
                    node, Math.max(0, total - parts.ledger().rowsBefore(line.name, epoch, node, parts.generation()))));
        }
        count.terminated(rows);
        return true;
    }
}
