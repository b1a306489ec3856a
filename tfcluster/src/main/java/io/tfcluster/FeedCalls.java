package io.tfcluster;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the calls that feed, each by the thread that makes it, and once more for each generation that begins while it runs; and for a new
 * generation those that had returned before, by threads {@code tfcluster-replay-*}, one for each feed.
 *
 * <p>Calls of one feed are done again in their order. A call also waits for those of other feeds that had returned before it began, so that a
 * main function that reads feeds in turn meets them as it did the first time.
 */
final class FeedCalls {
    private static final Logger log = LoggerFactory.getLogger(FeedCalls.class);
    private static final long LOOK_MILLIS = 200;

    private final Generations generations;
    private final boolean remembers;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final List<FeedCall<?>> finished = new ArrayList<>();
    private long clock;
    private int generation;

    /** Makes it; {@code remembers} what was fed, to feed it again. */
    FeedCalls(Generations generations, boolean remembers) {
        this.generations = generations;
        this.remembers = remembers;
    }

    /** A generation takes the place of the one before. */
    void begin(int number) {
        lock.lock();
        try {
            generation = number;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Runs a call to its end, on whatever generations that takes.
     *
     * @throws NodeExitException if a node failed and the cluster is not started again
     */
    <T> T drive(FeedCall<T> call) {
        start(call);
        while (true) {
            Generation now = generations.running();
            try {
                catchUp(call.line(), now);
                awaitBefore(call, now);
                T result = call.run(now.parts());
                if (finish(call, now.number())) {
                    return result;
                }
            } catch (RuntimeException e) {
                if (!generations.restarts(now)) {
                    throw e instanceof NodeExitException ? generations.explained(e) : e;
                }
                log.info("{} goes on with the next generation", call.line().name);
            }
        }
    }

    private void start(FeedCall<?> call) {
        lock.lock();
        try {
            call.started(clock);
        } finally {
            lock.unlock();
        }
    }

    /** Notes the end of a call; returns false if the nodes to which it was done are no longer those of the cluster. */
    private boolean finish(FeedCall<?> call, int number) {
        lock.lock();
        try {
            if (number != generation) {
                return false;
            }
            call.done(number);
            if (remembers && !call.isFinished()) {
                clock++;
                call.finished(clock);
                finished.add(call);
            }
            changed.signalAll();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Does again, in a new generation, what had been done to the nodes before; in threads of their own. */
    void replay(Generation now) {
        List<FeedLine> lines;
        lock.lock();
        try {
            lines = finished.stream().map(FeedCall::line).distinct().toList();
        } finally {
            lock.unlock();
        }
        for (FeedLine line : lines) {
            Thread thread = new Thread(
                    () -> {
                        try {
                            catchUp(line, now);
                        } catch (RuntimeException e) {
                            if (!generations.restarts(now)) {
                                generations.fail(now, e);
                            }
                        }
                    },
                    "tfcluster-replay-" + line.name);
            thread.setDaemon(true);
            thread.start();
        }
    }

    /** Does again what had been done to a feed; returns when a generation is where the one before was. */
    private void catchUp(FeedLine line, Generation now) {
        line.replaying
                .lock(); // for as long as another thread does it, which ends with its generation or the feed timeout
        try {
            for (FeedCall<?> call : unfinished(line, now.number())) {
                awaitBefore(call, now);
                call.run(now.parts());
                if (!finish(call, now.number())) {
                    return; // whoever needs this will find another generation
                }
            }
        } finally {
            line.replaying.unlock();
        }
    }

    private List<FeedCall<?>> unfinished(FeedLine line, int number) {
        lock.lock();
        try {
            List<FeedCall<?>> calls = new ArrayList<>(finished);
            calls.removeIf(call -> !call.line().name.equals(line.name) || call.isDoneIn(number));
            return calls;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until the calls that come first, of whatever feed, are done in a generation. */
    private void awaitBefore(FeedCall<?> call, Generation now) {
        while (!isNext(call, now.number())) {
            now.throwIfFailed();
            generations.running(); // throws if the cluster was closed, or failed for another reason
        }
    }

    /** Waits a moment for the calls before one; returns whether they are done. */
    private boolean isNext(FeedCall<?> call, int number) {
        lock.lock();
        try {
            long left = TimeUnit.MILLISECONDS.toNanos(LOOK_MILLIS);
            while (!isAllDoneBefore(call, number) && left > 0) {
                left = changed.awaitNanos(left);
            }
            return isAllDoneBefore(call, number);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for other feeds before " + call.line().name, e);
        } finally {
            lock.unlock();
        }
    }

    private boolean isAllDoneBefore(FeedCall<?> call, int number) {
        return finished.stream().noneMatch(each -> each.isBefore(call) && !each.isDoneIn(number));
    }
}
