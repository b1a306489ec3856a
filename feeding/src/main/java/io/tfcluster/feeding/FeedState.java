package io.tfcluster.feeding;

import io.tfcluster.feeding.ReceivedBlock.Slice;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a feed on a node stands: what has arrived, what is staged for the next batch, which ends are known. Decides what a batch is, waits for
 * nothing and tells nobody; guarded by the queue's lock.
 */
final class FeedState {
    /** Rows for a batch, those of them that nobody has copied out yet, and whether nobody wants any, for they were handed out in an earlier run. */
    record Taken(List<Slice> slices, List<Slice> uncopied, BatchFacts facts, boolean replayed) {}

    private final FeedConfig config;
    private final FeedInbox inbox;
    private final RowStage stage;
    private final EpochMarks epochs = new EpochMarks();
    private final PartitionEnds partitions = new PartitionEnds();
    private final @Nullable PlannedEpoch planned;
    private final HandedOut handedOut;

    private long handedOutRows;
    private long epochRows;
    private boolean ended;
    private volatile boolean terminated;
    private boolean stopSeen;

    FeedState(FeedConfig config, HandedOut handedOut) {
        this.config = config;
        this.handedOut = handedOut;
        this.planned = config.deterministic() ? new PlannedEpoch() : null;
        this.inbox = new FeedInbox(config.bufferBytes(), planned);
        this.stage = config.shuffleRows() == 0
                ? new WaitingRows()
                : new ShuffledRows(config.shuffleRows(), config.shuffleBytes(), config.seed());
    }

    FeedInbox inbox() {
        return inbox;
    }

    RowStage stage() {
        return stage;
    }

    EpochMarks epochs() {
        return epochs;
    }

    PartitionEnds partitions() {
        return partitions;
    }

    /** Whether what a batch holds follows from a plan, so that nobody's waiting may change it. */
    boolean isPlanned() {
        return planned != null;
    }

    /** Hears what a feeder knows: that an epoch has ended, perhaps before the driver's word of it is here, and the plan where there is one. */
    void begin(FeedConnection connection) {
        if (connection.endedEpoch() >= 0) {
            epochs.end(connection.endedEpoch());
        }
        if (planned != null) {
            planned.begin(connection.partition().epoch(), connection.plan());
        }
    }

    void end() {
        ended = true;
    }

    boolean isEnded() {
        return ended;
    }

    void terminate() {
        terminated = true;
    }

    boolean isTerminated() {
        return terminated;
    }

    /** Drops all rows. */
    void clear() {
        inbox.clear();
        stage.drop();
    }

    /** Moves rows from the inbox to the stage, for a batch; {@code emptied} gets the blocks that were taken to their end. */
    void stage(int maxRows, List<ReceivedBlock> emptied) {
        for (int room = stage.room(maxRows); room > 0; room = stage.room(maxRows)) {
            ReceivedBlock head = inbox.head();
            if (head == null || mustWait(head)) {
                return;
            }
            Slice slice = inbox.take(head, Math.min(room, head.remaining()));
            stage.add(slice);
            if (head.rows() != null) {
                handedOut.staged(head.origin().partition(), slice.rows());
            }
            if (head.remaining() == 0) {
                inbox.removeHead(head);
                emptied.add(head);
            }
        }
    }

    /** Whether rows that are staged, or the end of an epoch, go out before a block is staged. */
    private boolean mustWait(ReceivedBlock head) {
        if (stage.rows() > 0) {
            return head.epoch() != stage.epoch();
        }
        return planned == null && epochs.isDue(head.epoch()); // a plan says itself which batch is the last
    }

    /** Whether no more rows come that could be mixed, or share a batch, with those that are staged. */
    boolean isLast() {
        ReceivedBlock head = inbox.head();
        boolean over = ended && head == null && !inbox.isAnySending();
        if (planned != null) {
            return planned.isAllTaken() || over;
        }
        return stage.rows() > 0
                && ((head != null && head.epoch() != stage.epoch()) || epochs.isEnded(stage.epoch()) || over);
    }

    /** Whether a batch need not wait for more. */
    boolean isComplete(int maxRows) {
        boolean last = isLast();
        if (terminated || stage.ready(maxRows, last) >= maxRows) {
            return true;
        }
        if (stage.rows() > 0 || (planned != null && planned.isUnfinished())) {
            return last;
        }
        return isEndDue() || (ended && inbox.head() == null && !inbox.isAnySending());
    }

    /** Whether the end of an epoch is to be told before the next rows are. */
    private boolean isEndDue() {
        ReceivedBlock head = inbox.head();
        return epochs.isDue(head == null ? Long.MAX_VALUE : head.epoch());
    }

    /** Whether the next batch is dropped: a feed that was resumed goes again through what mixed its rows, and through its plan. */
    boolean isReplaying() {
        return planned != null && !terminated && handedOut.isReplaying(planned.epoch());
    }

    /** Hands out a batch of what is staged, or word of an end. */
    Taken handOut(int maxRows, boolean last) {
        boolean unfinished = planned != null && planned.isUnfinished();
        if (terminated || (stage.rows() == 0 && !unfinished)) {
            boolean epochEnd = !terminated && isEndDue();
            stopSeen = terminated || !epochEnd;
            long epoch = epochEnd ? epochs.announce() : epochs.latest();
            return new Taken(
                    List.of(),
                    List.of(),
                    new BatchFacts(0, epoch, epochEnd, false, partitions.tell(), BatchOrigin.NONE),
                    false);
        }
        boolean replayed = isReplaying();
        long epoch = planned == null ? stage.epoch() : planned.epoch();
        int copied = stage.copied();
        List<Slice> slices = stage.take(maxRows, last);
        slices.forEach(slice -> partitions.handedOut(slice.source().origin(), slice.rows()));
        int rows = slices.stream().mapToInt(Slice::rows).sum();
        int news = replayed ? 0 : rows;
        handedOutRows += news;
        epochRows = (epoch == epochs.latest() ? epochRows : 0) + news;
        boolean end;
        if (planned != null) {
            end = epochs.handedOutPlanned(epoch, planned.batch(maxRows));
        } else {
            ReceivedBlock head = inbox.head();
            end = epochs.handedOut(epoch, stage.rows() == 0 && (head == null || head.epoch() != epoch));
        }
        BatchOrigin origin = BatchOrigin.of(epoch, planned != null, slices);
        BatchFacts facts = new BatchFacts(rows, epoch, end, planned != null, partitions.tell(), origin);
        return new Taken(slices, Slice.skip(slices, copied), facts, replayed);
    }

    /** Whether nothing more comes. */
    boolean isOver() {
        return terminated
                || stopSeen
                || (ended
                        && stage.rows() == 0
                        && inbox.isEmpty()
                        && !inbox.isAnySending()
                        && (planned == null || !planned.isUnfinished())
                        && !epochs.isDue(Long.MAX_VALUE));
    }

    FeedStats stats(Duration waited, Duration waiting) {
        boolean mixes = config.shuffleRows() > 0;
        return new FeedStats(
                handedOutRows,
                inbox.receivedBytes(),
                waited,
                waiting,
                epochs.latest(),
                epochRows,
                inbox.bufferedBytes(),
                config.bufferBytes(),
                mixes ? stage.rows() : 0,
                mixes ? stage.bytes() : 0,
                0,
                inbox.connections().size());
    }
}
