package io.tfcluster;

/**
 * A call that feeds, or ends a feed: something that is done to the nodes, and once more to those that take their place.
 *
 * @param <T> what it answers
 */
abstract class FeedCall<T> {
    private final FeedLine line;
    private long startedAt;
    private long finishedAt = Long.MAX_VALUE;
    private int doneIn = -1;

    FeedCall(FeedLine line) {
        this.line = line;
    }

    /**
     * Does it to the nodes of a generation.
     *
     * @throws NodeExitException if one of them fails
     */
    abstract T run(FeedParts parts);

    FeedLine line() {
        return line;
    }

    // The rest belongs to FeedCalls, and is guarded by it.

    void started(long clock) {
        startedAt = clock;
    }

    void finished(long clock) {
        finishedAt = clock;
    }

    boolean isFinished() {
        return finishedAt != Long.MAX_VALUE;
    }

    /** Returns whether it had ended when the other one began, so that it comes first whenever both are done again. */
    boolean isBefore(FeedCall<?> other) {
        return finishedAt <= other.startedAt;
    }

    void done(int generation) {
        doneIn = generation;
    }

    boolean isDoneIn(int generation) {
        return doneIn >= generation;
    }

    /** Ends a feed. */
    static final class End extends FeedCall<Boolean> {
        End(FeedLine line) {
            super(line);
        }

        @Override
        Boolean run(FeedParts parts) {
            return end(parts, line());
        }
    }

    /** Ends a feed for its callers and on the nodes; returns whether it had not ended before. */
    static boolean end(FeedParts parts, FeedLine line) {
        boolean first = line.end();
        parts.ledger().endFeed(line.name);
        parts.tellFeedEnd(line);
        return first;
    }
}
