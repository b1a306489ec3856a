package io.tfcluster.feeding;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What feeders have brought and nobody has taken: their connections, credit and blocks, and the ledger that says which of them to believe;
 * guarded by the queue's lock.
 */
final class FeedInbox {
    /** What was lost with a connection. */
    record Dropped(int blocks, long rows) {}

    /** Where a block stands in the order of a deterministic feed. */
    private record Place(long epoch, long place) implements Comparable<Place> {
        static Place of(ReceivedBlock block) {
            return new Place(block.epoch(), block.place());
        }

        @Override
        public int compareTo(Place other) {
            return epoch == other.epoch ? Long.compare(place, other.place) : Long.compare(epoch, other.epoch);
        }
    }

    private final long bufferBytes;
    private final BlockPool pool;
    private final CreditBook credit;
    private final NodeLedger ledger = new NodeLedger();
    private final Set<FeedConnection> connections = new LinkedHashSet<>();
    private final Deque<ReceivedBlock> arrived = new ArrayDeque<>();
    private final TreeMap<Place, ReceivedBlock> byPlace = new TreeMap<>();
    private final @Nullable PlannedEpoch planned;

    private long bufferedBytes;
    private long receivedBytes;

    /** @param planned the order of the blocks, or null for the order of their arrival */
    FeedInbox(long bufferBytes, @Nullable PlannedEpoch planned) {
        this.bufferBytes = bufferBytes;
        this.planned = planned;
        this.pool = new BlockPool(bufferBytes);
        this.credit = new CreditBook(bufferBytes);
    }

    BlockPool pool() {
        return pool;
    }

    NodeLedger ledger() {
        return ledger;
    }

    Set<FeedConnection> connections() {
        return connections;
    }

    /** The largest BLOCK frame: a row that is larger than the whole buffer is refused. */
    long maxFrameBytes() {
        return Math.min(Integer.MAX_VALUE - 16L, bufferBytes + Wire.BLOCK_HEADER);
    }

    /** Adds a connection that the ledger has admitted; returns what it is told. */
    Wire.Accept add(FeedConnection connection, int blockBytes) {
        connections.add(connection);
        int unit = credit.unitFor(blockBytes);
        return new Wire.Accept(
                credit.open(connection, unit),
                unit,
                maxFrameBytes(),
                ledger.counted(connection).copy());
    }

    /** Keeps a block of a connection that is in. */
    void add(ReceivedBlock block) {
        if (!credit.spend(block.origin(), block.block().bytes())) {
            throw new WireException("a block of " + block.block().bytes() + " bytes came without credit for it");
        }
        if (planned == null) {
            arrived.add(block);
        } else if (byPlace.putIfAbsent(Place.of(block), block) != null) {
            throw new WireException("two blocks for place " + block.place() + " of the order");
        }
        bufferedBytes += block.block().bytes();
        receivedBytes += block.block().bytes();
    }

    /** Returns the block that is to be taken from next, if it is here. */
    @Nullable
    ReceivedBlock head() {
        if (planned == null) {
            return arrived.peekFirst();
        }
        ReceivedBlock first = byPlace.isEmpty() ? null : byPlace.firstEntry().getValue();
        return first != null && planned.isNext(first) ? first : null;
    }

    /** Takes rows of the head, which count from now on. */
    ReceivedBlock.Slice take(ReceivedBlock head, int rows) {
        if (!head.isBegun() && head.origin().hasLedger()) {
            ledger.count(head.origin(), head.block());
        }
        return head.take(rows);
    }

    /** Removes the head, all of which was taken. */
    void removeHead(ReceivedBlock head) {
        if (planned == null) {
            arrived.removeFirst();
        } else {
            byPlace.remove(Place.of(head));
            planned.advance();
        }
        forget(head);
    }

    private void forget(ReceivedBlock block) {
        bufferedBytes -= block.block().bytes();
        credit.consumed(block.origin(), block.block().bytes());
    }

    /** The feeder has sent everything. */
    void retire(FeedConnection connection) {
        credit.retire(connection);
    }

    /** Removes a connection and those of its blocks of which nothing was taken: it will report them as not fed. */
    Dropped remove(FeedConnection connection) {
        connections.remove(connection);
        ledger.leave(connection);
        int blocks = 0;
        long rows = 0;
        Iterator<ReceivedBlock> all = (planned == null ? arrived : byPlace.values()).iterator();
        while (all.hasNext() && connection.dropsUnread()) {
            ReceivedBlock block = all.next();
            if (block.origin() == connection && !block.isBegun()) {
                all.remove();
                blocks++;
                rows += block.block().rows();
                forget(block);
                block.release(block.block().rows());
            }
        }
        credit.retire(connection);
        return new Dropped(blocks, rows);
    }

    /** Drops all blocks. */
    void clear() {
        for (ReceivedBlock block : planned == null ? arrived : byPlace.values()) {
            forget(block);
            block.release(block.remaining());
        }
        arrived.clear();
        byPlace.clear();
    }

    List<CreditBook.Grant> distribute() {
        return credit.distribute();
    }

    boolean isAnySending() {
        for (FeedConnection connection : connections) {
            if (connection.isSending()) {
                return true;
            }
        }
        return false;
    }

    boolean isEmpty() {
        return arrived.isEmpty() && byPlace.isEmpty();
    }

    long bufferedBytes() {
        return bufferedBytes;
    }

    long receivedBytes() {
        return receivedBytes;
    }
}
