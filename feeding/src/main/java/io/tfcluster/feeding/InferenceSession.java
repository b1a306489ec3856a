package io.tfcluster.feeding;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.NoSuchElementException;

/** Sends rows while it hands out results, all on the caller's thread; see {@link PartitionFeeder#infer}. */
final class InferenceSession<T> implements InferredRows<T> {
    private final FeedPartition partition;
    private final FeedSession session;
    private final RowSource<T> source;
    private final BlockBuilder<T> block;
    private final int rowsInFlight;
    private final Deque<T> waiting = new ArrayDeque<>();
    private final Deque<T> held = new ArrayDeque<>(1);
    private final BlockAge age = new BlockAge();
    private boolean exhausted;
    private boolean ended;
    private boolean closed;

    InferenceSession(
            FeedPartition partition,
            FeedSession session,
            RowSource<T> source,
            BlockBuilder<T> block,
            int rowsInFlight) {
        this.partition = partition;
        this.session = session;
        this.source = source;
        this.block = block;
        this.rowsInFlight = rowsInFlight;
    }

    @Override
    public boolean hasNext() {
        if (closed) {
            return false;
        }
        try {
            while (!session.holds(() -> session.results().isHeadReady())) {
                if (ended && waiting.isEmpty()) {
                    session.awaitDone();
                    close();
                    return false;
                }
                if (!advanceInput()) {
                    session.await(this::canGoOn, "answers or takes rows");
                }
                checkAnswers();
            }
            return true;
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Reads, encodes or sends something; returns false if that has to wait for a node. */
    private boolean advanceInput() {
        boolean canPull = !exhausted && waiting.size() < rowsInFlight;
        if (canPull && held.isEmpty() && !block.isFull() && !age.isOver(block)) {
            if (source.hasNext()) {
                add(source.next());
            } else {
                exhausted = true;
            }
            return true;
        }
        if (!block.isEmpty()) {
            if (session.trySend(block)) {
                block.clear();
                if (!held.isEmpty()) {
                    add(held.remove());
                }
                return true;
            }
            return false;
        }
        if (exhausted && !ended) {
            session.end(true);
            ended = true;
            return true;
        }
        return false;
    }

    private void add(T row) {
        if (block.add(row)) {
            waiting.add(row);
        } else {
            held.add(row); // for the next block
        }
    }

    private boolean canGoOn() {
        return session.results().isHeadReady()
                || session.isShortOfResults()
                || (!block.isEmpty() && session.canSend(block));
    }

    private void checkAnswers() {
        boolean missing = session.holds(session::isShortOfResults);
        if (session.isTerminated() || missing) {
            long answered = session.results().head();
            throw new FeedException(
                    partition.feed(),
                    "the nodes " + (missing ? "ended " : "terminated ") + partition + " with " + answered
                            + " results handed on for "
                            + (answered + waiting.size()) + " rows read: " + session.answers()
                            + ". A main function for inference must answer every batch with as many results as it has rows.");
        }
    }

    @Override
    public InferredRow<T> next() {
        if (!hasNext()) {
            throw new NoSuchElementException("all results of " + partition + " were handed out");
        }
        InferredRow<T> result = session.takeResult(waiting.remove());
        if (!exhausted) {
            try {
                advanceInput(); // one row in for one row out keeps the nodes busy
            } catch (RuntimeException e) {
                close();
                throw e;
            }
        }
        return result;
    }

    /** Closes the connections; takes at most 2 s each, usually none. */
    @Override
    public void close() {
        closed = true;
        session.close();
    }
}
