package io.tfcluster.feeding;

import io.tfcluster.transport.ChannelException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One partition's connections to all its nodes: which of them takes the next block, what they acknowledged, what they answered. */
final class FeedSession implements AutoCloseable {
    private static final Duration LAST_WORDS = Duration.ofSeconds(1);

    private final FeedPartition partition;
    private final Duration timeout;
    private final boolean wantsResults;
    private final FeedClients clients = new FeedClients();
    private final List<Thread> readers = new ArrayList<>();
    private final List<String> events = new ArrayList<>();
    private final ResultQueue results = new ResultQueue();
    private final RowRanges counted = new RowRanges();
    private Wire.@Nullable Completed completed;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    private long lastProgress = System.nanoTime();
    private volatile boolean terminated;
    private volatile @Nullable RuntimeException failure;
    private volatile boolean closed;

    FeedSession(FeedPartition partition, Duration timeout, boolean wantsResults) {
        this.partition = partition;
        this.timeout = timeout;
        this.wantsResults = wantsResults;
    }

    /** Takes in a node that was connected to. */
    void add(FeedClient client) {
        clients.add(client);
        terminated |= client.opened() == FeedClient.Opened.TERMINATED;
        Wire.Completed all = client.completed();
        if (all != null) {
            completed = all;
        }
        counted.addAll(client.terms().counted());
    }

    /** Says which node gets which block. */
    void assign(PartitionAssignment assignment, Map<Integer, FeedClient> byNode) {
        clients.assign(assignment, byNode);
    }

    void event(String text) {
        events.add(text);
    }

    /** Starts to hear the nodes. */
    void begin() {
        for (FeedClient client : clients.all()) {
            if (client.opened() == FeedClient.Opened.ACCEPTED) {
                readers.add(client.startReader(this));
            }
        }
    }

    boolean isEmpty() {
        return clients.all().isEmpty();
    }

    /** Returns what became of the partition, if another attempt has completed it. */
    Wire.@Nullable Completed completed() {
        return completed;
    }

    /** Returns whether a node counts this row already, so that it must not be sent. */
    boolean isCounted(long row) {
        return counted.contains(row);
    }

    /** Returns the block size that suits all nodes. */
    int unit() {
        return clients.unit();
    }

    /** Returns the largest payload of a block that all nodes take. */
    long maxBlockBytes() {
        return clients.maxBlockBytes();
    }

    boolean isTerminated() {
        return terminated;
    }

    /** Returns whether there is no use in producing rows any more: terminated or failed. */
    boolean isOver() {
        return terminated || failure != null;
    }

    ResultQueue results() {
        return results;
    }

    /** Sends the block to the best node, waiting until one has credit; does nothing more once terminated. */
    void send(OutgoingBlock block) {
        await(() -> clients.choose(block) != null, "takes the next block");
        if (!terminated) {
            trySend(block);
        }
    }

    /** Sends the block if a node has credit for it. */
    boolean trySend(OutgoingBlock block) {
        FeedClient client;
        lock.lock();
        try {
            checkFailure();
            client = clients.choose(block);
            if (client == null || terminated) {
                return false;
            }
            if (block.bytes() + (long) Wire.BLOCK_HEADER > client.terms().maxBlockBytes()) {
                throw new FeedException(
                        partition.feed(),
                        "a block of " + block.rows() + " rows from row " + block.firstRow() + " of "
                                + partition + " has " + block.bytes() + " bytes, node " + client.name()
                                + " takes at most " + client.terms().maxBlockBytes()
                                + "; raise the node's bufferBytes or feed smaller rows");
            }
            client.credit -= block.bytes();
            client.sentRows += block.rows();
            if (wantsResults) {
                results.sent(client, block.firstRow(), block.rows());
            }
        } finally {
            lock.unlock();
        }
        try {
            client.send(block, clients.place(block));
        } catch (ChannelException e) {
            lostWhileWriting(client, e);
        }
        return true;
    }

    /** The node may have said why it left: its words are worth more than the broken pipe. */
    private void lostWhileWriting(FeedClient client, ChannelException cause) {
        lock.lock();
        try {
            long deadline = System.nanoTime() + LAST_WORDS.toNanos();
            while (!isOver() && !client.done && System.nanoTime() < deadline) {
                changed.await(LAST_WORDS.toMillis(), TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
        lost(client, cause);
    }

    /** Tells every node that no more rows come. */
    void end(boolean waits) {
        for (FeedClient client : clients.all()) {
            boolean open;
            lock.lock();
            try {
                open = !client.done && failure == null;
            } finally {
                lock.unlock();
            }
            if (open) {
                try {
                    client.end(waits);
                } catch (ChannelException e) {
                    lostWhileWriting(client, e);
                }
            }
        }
    }

    /** Waits until every node has consumed, and for inference answered, all rows it was sent. */
    void awaitDone() {
        await(() -> clients.areDone(), "takes the rest of the rows");
    }

    /** Waits for anything to change, unless {@code ready} holds already or the feed was terminated. */
    void await(BooleanSupplier ready, String waitingFor) {
        lock.lock();
        try {
            long start = System.nanoTime();
            while (true) {
                checkFailure();
                if (terminated || ready.getAsBoolean()) {
                    return;
                }
                long idle = System.nanoTime() - Math.max(start, lastProgress);
                if (idle >= timeout.toNanos()) {
                    throw new FeedTimeoutException(
                            partition.feed(),
                            timeout,
                            "no node " + waitingFor + " of " + partition + " for "
                                    + timeout.toSeconds() + " s; " + clients.progress(wantsResults)
                                    + ". Look at what the nodes are doing (a step may take too long, or their main function"
                                    + " may not ask for batches), or raise feedTimeout.");
                }
                changed.await(timeout.toNanos() - idle, TimeUnit.NANOSECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FeedException(
                    partition.feed(),
                    "interrupted while feeding " + partition + "; " + clients.progress(wantsResults),
                    e);
        } finally {
            lock.unlock();
        }
    }

    /** Runs a check under the lock, after throwing what went wrong so far. */
    boolean holds(BooleanSupplier check) {
        lock.lock();
        try {
            checkFailure();
            return check.getAsBoolean();
        } finally {
            lock.unlock();
        }
    }

    /** Returns whether a node has credit for the block; under the lock, for {@link #await}. */
    boolean canSend(OutgoingBlock block) {
        return clients.choose(block) != null;
    }

    /** Takes the result of the next row, which must be here. */
    <T> InferredRow<T> takeResult(T row) {
        lock.lock();
        try {
            Block block = results.headBlock();
            if (block == null) {
                throw new IllegalStateException("the result of row " + results.head() + " is not here");
            }
            Object[] cells = ResultCells.of(block, (int) (results.head() - block.firstRow()));
            results.advance();
            return new InferredRow<>(row, block.schema(), cells);
        } finally {
            lock.unlock();
        }
    }

    private void checkFailure() {
        RuntimeException cause = failure;
        if (cause != null) {
            throw new FeedException(partition.feed(), String.valueOf(cause.getMessage()), cause);
        }
    }

    /** Called by a reader thread for every frame. */
    void received(FeedClient client, ByteBuffer frame) {
        boolean asked = false;
        lock.lock();
        try {
            byte kind = frame.get();
            lastProgress = System.nanoTime();
            switch (kind) {
                case Wire.CONSUMED -> {
                    frame.getLong();
                    client.acknowledgedRows += frame.getInt();
                }
                case Wire.CREDIT -> client.credit += frame.getLong();
                case Wire.RESULTS -> client.answeredRows += results.add(client, frame);
                case Wire.DONE -> {
                    client.acknowledgedRows = client.sentRows;
                    client.countedRows = frame.getLong();
                    client.done = true;
                }
                case Wire.PING -> asked = true;
                case Wire.TERMINATED -> terminated = true;
                case Wire.FAILED, Wire.REFUSE -> {
                    if (!client.done) { // a node that has done its part may end before the others
                        fail(client, Wire.readText(frame), null);
                    }
                }
                default -> throw new WireException("frame of kind " + kind);
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (asked) {
            client.pong();
        }
    }

    /** Called when a connection broke. */
    void lost(FeedClient client, ChannelException cause) {
        lock.lock();
        try {
            if (!closed && !client.done && !terminated) {
                fail(client, "the connection broke (" + cause.getMessage() + ")", cause);
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void fail(FeedClient client, String what, @Nullable ChannelException cause) {
        if (failure == null) {
            failure = new FeedException(
                    partition.feed(),
                    "node " + client.name() + " (" + client.peer() + ") failed while being fed " + partition + ": "
                            + what + "; " + clients.progress(wantsResults) + ". Look at the log of " + client.name()
                            + " for its first error.",
                    cause == null ? new IllegalStateException(what) : cause);
        }
    }

    /** Returns the rows of the partition that each node counts, over all attempts once it is done. */
    SortedMap<String, Long> countedRows() {
        return locked(clients::countedRows);
    }

    /** Returns {@code node answered m of n rows} for an error about missing results. */
    String answers() {
        return locked(clients::answers);
    }

    /** Returns whether a node has said that it is done although rows it was sent have no result; under the lock. */
    boolean isShortOfResults() {
        return clients.areShortOfResults();
    }

    private <R> R locked(Supplier<R> question) {
        lock.lock();
        try {
            return question.get();
        } finally {
            lock.unlock();
        }
    }

    /** Tells the home that all rows of the partition are counted. */
    void complete(Wire.Completed result) {
        try {
            clients.home().complete(result);
        } catch (ChannelException e) {
            events.add("node " + clients.home().name() + " was not told that " + partition + " is complete: "
                    + e.getMessage());
        }
    }

    List<String> events() {
        return events;
    }

    /** Closes all connections and ends their threads; takes at most 2 s each, usually none. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        clients.all().forEach(FeedClient::close);
        readers.forEach(FeedClient::join);
        readers.clear();
    }
}
