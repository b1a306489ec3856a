package io.tfcluster.feeding;

import io.tfcluster.feeding.BatchOrigin.Part;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongConsumer;

/**
 * Which rows of a feed were handed to whoever reads it, on this node; rows that wait, are being mixed or lie in a batch made ahead are not.
 * Any thread may call.
 *
 * <p>A block is noted when it was handed out whole, so that batches cost little however small they are; the few blocks of which rows have been
 * handed out, but not all, keep a bit for each row. An epoch is forgotten when every node has handed it out: the driver says so after each of
 * them has told it.
 */
final class HandedOut {
    /** One epoch that has begun. */
    private static final class Epoch {
        final SortedMap<Integer, RowRanges> done = new TreeMap<>();
        final Set<BlockRows> open = new HashSet<>();
        int partitions;
        long batches;
        long waiting; // rows that have left the buffer and were not handed out

        /** Of a deterministic feed: batches to drop, because they were handed out before the feed was resumed, and their rows. */
        long replays;

        long replayedRows;
        long rowsBefore;

        FeedPosition.Epoch value() {
            SortedMap<Integer, RowRanges> copy = new TreeMap<>();
            done.forEach((partition, rows) -> copy.put(partition, rows.copy()));
            open.forEach(block ->
                    block.addTo(copy.computeIfAbsent(block.partition().partition(), partition -> new RowRanges())));
            return new FeedPosition.Epoch(partitions, batches, copy);
        }
    }

    private final String feed;
    private final boolean planned;
    private final TreeMap<Long, Epoch> epochs = new TreeMap<>();
    private volatile LongConsumer onTaken = epoch -> {};
    private long over; // epochs before it were handed out on all nodes
    private long ended = -1;
    private long taken = -1;
    private boolean stream;

    HandedOut(String feed, boolean planned) {
        this.feed = feed;
        this.planned = planned;
    }

    /** Sets who hears that an epoch, and all before it, have ended and were handed out to the last row here. */
    void onTaken(LongConsumer listener) {
        onTaken = listener;
    }

    private Epoch epoch(long number) {
        return epochs.computeIfAbsent(number, n -> new Epoch());
    }

    /** Rows have left the buffer, and are this node's to hand out. */
    synchronized void staged(FeedPartition partition, int rows) {
        epoch(partition.epoch()).waiting += rows;
    }

    /** A batch has been handed out. */
    void handedOut(BatchOrigin batch) {
        long news;
        synchronized (this) {
            if (batch.planned() || !batch.parts().isEmpty()) { // not if its rows are for inference, or it is an end
                Epoch epoch = epoch(batch.epoch());
                epoch.batches += batch.planned() ? 1 : 0;
                note(batch, epoch);
            }
            news = news();
        }
        tell(news);
    }

    private void note(BatchOrigin batch, Epoch epoch) {
        for (Part part : batch.parts()) {
            BlockRows block = part.block();
            epoch.waiting -= part.to() - part.from();
            boolean first = block.isUntouched();
            if (block.handOut(part.from(), part.to())) {
                epoch.open.remove(block);
                if (!stream) {
                    block.addTo(
                            epoch.done.computeIfAbsent(block.partition().partition(), partition -> new RowRanges()));
                }
            } else if (first && !stream) {
                epoch.open.add(block);
            }
        }
    }

    /** Returns whether the next batch of an epoch is to be dropped. */
    synchronized boolean isReplaying(long epoch) {
        Epoch known = epochs.get(epoch);
        return known != null && known.replays > 0;
    }

    /**
     * Notes a batch that is dropped, because it was handed out before the feed was resumed.
     *
     * @throws FeedException if these batches are not those of that time
     */
    synchronized void replayed(BatchOrigin batch) {
        Epoch epoch = epoch(batch.epoch());
        note(batch, epoch);
        epoch.replays--;
        epoch.replayedRows += batch.rows();
        long before = epoch.rowsBefore;
        if (epoch.replays == 0 && (epoch.replayedRows != before || epoch.value().rows() != before)) {
            throw new FeedException(
                    feed,
                    "feed " + feed + " cannot be resumed in epoch " + batch.epoch() + ": its first " + epoch.batches
                            + " batches had " + before + " rows when the checkpoint was written, and other rows now ("
                            + epoch.replayedRows
                            + "). Ask for batches of the same size, and give the feed the same input,"
                            + " shuffling and block size.");
        }
    }

    /** All rows of an epoch are counted by some node. */
    void ended(long epoch) {
        long news;
        synchronized (this) {
            ended = Math.max(ended, epoch);
            news = news();
        }
        tell(news);
    }

    /** Returns the latest epoch of which nothing is left here, if that was not told before, or -1. */
    private long news() {
        if (ended <= taken) {
            return -1;
        }
        long last = ended;
        for (Map.Entry<Long, Epoch> epoch : epochs.headMap(ended, true).entrySet()) {
            if (epoch.getValue().waiting > 0) {
                last = epoch.getKey() - 1;
                break;
            }
        }
        if (last <= taken) {
            return -1;
        }
        taken = last;
        return last;
    }

    private void tell(long epoch) {
        if (epoch >= 0) {
            onTaken.accept(epoch);
        }
    }

    /** All nodes have handed out all rows of an epoch and of those before. */
    synchronized void over(long epoch) {
        over = Math.max(over, epoch + 1);
        epochs.headMap(over).clear();
    }

    /** The feed is fed from a stream, whose rows nobody feeds again by their numbers: they are not noted. */
    synchronized void stream() {
        if (!stream) {
            stream = true;
            epochs.values().forEach(epoch -> {
                epoch.done.clear();
                epoch.open.clear();
            });
        }
    }

    /** Takes in what nodes had handed out before this feed was resumed. */
    synchronized void resume(FeedPosition before) {
        over = Math.max(over, before.endedEpochs());
        before.told().tailMap(over).forEach((number, told) -> {
            Epoch epoch = epoch(number);
            epoch.partitions = Math.max(epoch.partitions, told.partitions());
            told.done()
                    .forEach((partition, rows) -> epoch.done
                            .computeIfAbsent(partition, p -> new RowRanges())
                            .addAll(rows));
            if (planned && told.batches() > 0) {
                if (told.batches() > epoch.batches) {
                    epoch.batches = told.batches();
                    epoch.replays = told.batches();
                }
                epoch.rowsBefore = epoch.value().rows();
            }
        });
    }

    synchronized FeedPosition position(String node) {
        SortedMap<Long, FeedPosition.Epoch> values = new TreeMap<>();
        epochs.tailMap(over).forEach((number, epoch) -> values.put(number, epoch.value()));
        return new FeedPosition(feed, node, stream, over, stream ? new TreeMap<>() : values);
    }
}
