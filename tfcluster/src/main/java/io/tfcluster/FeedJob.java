package io.tfcluster;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import org.apache.spark.SimpleFutureAction;
import org.apache.spark.rdd.RDD;
import org.jspecify.annotations.Nullable;
import scala.Function2;
import scala.collection.JavaConverters;
import scala.concurrent.ExecutionContext;
import scala.runtime.BoxedUnit;
import scala.util.Try;

/** One Spark job of feed tasks; it can be ended without touching any other job, those of other feeds included. */
final class FeedJob {
    /** What running tasks get to return their counts when a node has ended the feed; all in all a train call must return within 1 s. */
    private static final Duration GRACE = Duration.ofMillis(250);

    private static final Duration CANCEL_LIMIT = Duration.ofMillis(150);
    private static final long TICK_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final SimpleFutureAction<BoxedUnit> action;
    private boolean done;
    private boolean endedEarly;
    private long endBy;
    private @Nullable Throwable error;

    private FeedJob(SimpleFutureAction<BoxedUnit> action) {
        this.action = action;
    }

    /**
     * Hands a job to Spark's scheduler and returns.
     *
     * @param partitions which of the RDD's partitions, in the order in which they are to start
     * @param onFed hears of each partition, by its number, on a thread of Spark's; must be quick
     */
    static <T> FeedJob submit(
            SparkJobs jobs,
            String description,
            RDD<T> rdd,
            FeedTask<T> task,
            List<Integer> partitions,
            BiConsumer<Integer, FeedTask.Fed> onFed) {
        Function2<Object, FeedTask.Fed, BoxedUnit> handler = (index, fed) -> {
            onFed.accept(partitions.get((Integer) index), fed);
            return BoxedUnit.UNIT;
        };
        List<Object> numbers = new ArrayList<>(partitions);
        FeedJob job = new FeedJob(jobs.run(
                description,
                () -> jobs.context()
                        .submitJob(
                                rdd,
                                task,
                                JavaConverters.asScalaBuffer(numbers).toSeq(),
                                handler,
                                () -> BoxedUnit.UNIT)));
        job.action.onComplete(
                result -> {
                    job.completed(result);
                    return BoxedUnit.UNIT;
                },
                ExecutionContext.fromExecutor(Runnable::run));
        return job;
    }

    /** Ends it with an error for who waits; does not wait. */
    void cancel() {
        action.cancel();
    }

    private void completed(Try<BoxedUnit> result) {
        lock.lock();
        try {
            done = true;
            error = result.isFailure() ? result.failed().get() : null;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Nobody wants the rest: running tasks get a moment to return what they counted, then the job is cancelled. Does not wait. */
    void endEarly() {
        lock.lock();
        try {
            if (!endedEarly) {
                endedEarly = true;
                endBy = System.nanoTime() + GRACE.toNanos();
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits for the end of the job.
     *
     * @return whether all partitions were fed; false if the job was ended early
     * @throws Exception Spark's, if a task failed for good or the job was cancelled
     */
    @SuppressWarnings("ThrowSpecificExceptions")
    boolean await() throws Exception {
        try {
            awaitDone();
            boolean whole = isDone();
            if (!whole) {
                action.cancel();
                awaitCancelled();
            }
            Throwable failure = failure();
            if (failure == null || isEndedEarly()) {
                return whole && failure == null;
            }
            throw failure instanceof Exception cause ? cause : new IllegalStateException(failure.toString(), failure);
        } catch (InterruptedException e) {
            action.cancel();
            throw e;
        }
    }

    private void awaitDone() throws InterruptedException {
        lock.lock();
        try {
            while (!done) {
                long left = endedEarly ? endBy - System.nanoTime() : TICK_NANOS;
                if (left <= 0) {
                    return;
                }
                changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    private void awaitCancelled() throws InterruptedException {
        lock.lock();
        try {
            long left = CANCEL_LIMIT.toNanos();
            while (!done && left > 0) {
                left = changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    private boolean isDone() {
        lock.lock();
        try {
            return done;
        } finally {
            lock.unlock();
        }
    }

    private boolean isEndedEarly() {
        lock.lock();
        try {
            return endedEarly;
        } finally {
            lock.unlock();
        }
    }

    private @Nullable Throwable failure() {
        lock.lock();
        try {
            return error;
        } finally {
            lock.unlock();
        }
    }
}
