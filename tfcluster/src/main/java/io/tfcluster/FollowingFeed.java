package io.tfcluster;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.LongUnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A feed that is fed once after each epoch of another one, by a thread of its own, side by side with the next epoch.
 *
 * <p>Its job is handed to Spark before that of the next epoch: with few slots its tasks come first, so that a main function that reads both
 * feeds in turn does not wait for rows that have no slot.
 */
final class FollowingFeed implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(FollowingFeed.class);
    private static final Duration SUBMIT_LIMIT = Duration.ofSeconds(5);
    private static final Duration END_LIMIT = Duration.ofSeconds(5);

    private final FeedLine line;
    private final FeedRun run;
    private final LongUnaryOperator numbers;
    private final ExecutorService thread;
    private final Deque<Future<?>> pending = new ArrayDeque<>();

    /** Makes its thread; {@code numbers} of its epochs, by those of the other feed. */
    FollowingFeed(FeedLine line, FeedRun run, LongUnaryOperator numbers) {
        this.line = line;
        this.run = run;
        this.numbers = numbers;
        this.thread = Executors.newSingleThreadExecutor(task -> {
            Thread made = new Thread(task, "tfcluster-feed-" + line.name);
            made.setDaemon(true);
            return made;
        });
    }

    /** Feeds an epoch when those before it have been fed; returns when Spark has its job, if it can have it already. */
    void follow(long epoch) {
        throwIfFailed();
        boolean idle = pending.isEmpty();
        CountDownLatch submitted = new CountDownLatch(1);
        pending.add(CompletableFuture.runAsync(
                () -> {
                    try {
                        if (!line.isTerminated()) {
                            run.feedEpoch(numbers.applyAsLong(epoch), submitted::countDown);
                        }
                    } finally {
                        submitted.countDown();
                    }
                },
                thread));
        try {
            if (idle && !submitted.await(SUBMIT_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                log.warn("the job of feed {} did not start within {}; going on without", line.name, SUBMIT_LIMIT);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while starting to feed " + line.name, e);
        }
    }

    private void throwIfFailed() {
        while (!pending.isEmpty() && pending.peek().isDone()) {
            get(pending.remove());
        }
    }

    /** Waits until all epochs asked for have been fed; tasks that get nowhere fail with the feed timeout. */
    void finish() {
        while (!pending.isEmpty()) {
            get(pending.remove());
        }
    }

    private static void get(Future<?> feeding) {
        try {
            feeding.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for the end of a feed", e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException cause
                    ? cause
                    : new IllegalStateException(String.valueOf(e.getCause()), e);
        }
    }

    /** Ends the thread, and cancels what it is feeding. Takes 5 s at most, usually none. */
    @Override
    public void close() {
        thread.shutdownNow();
        try {
            if (!thread.awaitTermination(END_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                log.warn("the thread that feeds {} still runs {} after it was interrupted", line.name, END_LIMIT);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
