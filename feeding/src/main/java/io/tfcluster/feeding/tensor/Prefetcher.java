package io.tfcluster.feeding.tensor;

import io.tfcluster.feeding.FeedReader;
import io.tfcluster.feeding.FeedTimeoutException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes a few batches ahead of their use, on the thread {@code feed-prefetch-…}, which ends with the feed. One other thread takes them.
 */
final class Prefetcher {
    private static final long ASK_NANOS = TimeUnit.MILLISECONDS.toNanos(2);
    private static final long LOOK_SECONDS = 1;

    private final FeedReader reader;
    private final BatchAssembly assembly;
    private final int limit;
    private final int batchRows;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<Batch> ready = new ArrayDeque<>();

    private int readyRows;
    private long waitedNanos;
    private long waitingSince;
    private boolean finished;
    private boolean nothing;
    private volatile boolean hurry;
    private @Nullable RuntimeException failure;

    private Prefetcher(FeedReader reader, BatchAssembly assembly, int limit, int batchRows) {
        this.reader = reader;
        this.assembly = assembly;
        this.limit = limit;
        this.batchRows = batchRows;
    }

    static Prefetcher start(FeedReader reader, BatchAssembly assembly, int limit, int batchRows) {
        Prefetcher prefetcher = new Prefetcher(reader, assembly, limit, batchRows);
        Thread thread = new Thread(prefetcher::run, "feed-prefetch-" + reader.feed());
        thread.setDaemon(true);
        thread.start();
        return prefetcher;
    }

    private void run() {
        try {
            while (awaitRoom()) {
                fetch();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            lock.lock();
            try {
                failure = e;
            } finally {
                lock.unlock();
            }
        } finally {
            finish();
        }
    }

    /** Waits until another batch may be made; false once nothing more comes. */
    private boolean awaitRoom() throws InterruptedException {
        lock.lock();
        try {
            while (ready.size() >= limit && !reader.isBroken()) {
                changed.await(LOOK_SECONDS, TimeUnit.SECONDS);
            }
            return !reader.shouldStop();
        } finally {
            lock.unlock();
        }
    }

    private void fetch() {
        Optional<Batch> made;
        try {
            made = assembly.poll(batchRows, () -> hurry);
        } catch (FeedTimeoutException e) {
            if (isWaitedForSince(e.timeout())) {
                throw e;
            }
            return; // nobody asked for rows in that time: no rows is no fault
        }
        if (reader.unansweredRows() > 0) {
            made.ifPresent(Batch::close);
            throw new IllegalStateException("the feeders of feed " + reader.feed()
                    + " want results, which a prefetched feed cannot give; declare it without prefetch");
        }
        Batch batch = made.orElse(null);
        lock.lock();
        try {
            hurry = false;
            if (batch == null) {
                nothing = true;
            } else if (reader.isTerminated()) {
                batch.close();
            } else {
                ready.add(batch);
                readyRows += batch.rows();
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private boolean isWaitedForSince(Duration time) {
        lock.lock();
        try {
            return waitingSince != 0 && System.nanoTime() - waitingSince >= time.toNanos();
        } finally {
            lock.unlock();
        }
    }

    private void finish() {
        lock.lock();
        try {
            finished = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes the next batch, waiting for it unless {@code makeDo} says otherwise; the feed's own limit ends the wait.
     *
     * @return empty if told to make do and nothing is there, or if the feed has ended
     */
    Optional<Batch> take(int rows, @Nullable BooleanSupplier makeDo) {
        if (rows != batchRows) {
            throw new IllegalArgumentException(
                    "feed " + reader.feed() + " is prefetched in batches of " + batchRows + " rows, asked for " + rows
                            + "; ask for the same number each time, or declare it without prefetch");
        }
        lock.lock();
        try {
            nothing = false;
            while (true) {
                Batch batch = ready.pollFirst();
                if (batch != null) {
                    readyRows -= batch.rows();
                    changed.signalAll();
                    return Optional.of(batch);
                }
                if (failure != null) {
                    throw failure;
                }
                if (finished || (nothing && makeDo != null && makeDo.getAsBoolean())) {
                    return Optional.empty();
                }
                nothing = false;
                if (makeDo != null && makeDo.getAsBoolean() && !hurry) {
                    hurry = true;
                    reader.wakeUp();
                }
                long start = System.nanoTime();
                waitingSince = waitingSince == 0 ? start : waitingSince;
                changed.await(
                        makeDo == null ? TimeUnit.SECONDS.toNanos(LOOK_SECONDS) : ASK_NANOS, TimeUnit.NANOSECONDS);
                waitedNanos += System.nanoTime() - start;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for rows of feed " + reader.feed(), e);
        } finally {
            waitingSince = 0;
            lock.unlock();
        }
    }

    /** Whether the feed is over and everything was taken. */
    boolean isOver() {
        lock.lock();
        try {
            return finished && failure == null && ready.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /** Drops what was made and nobody has taken. */
    void drop() {
        lock.lock();
        try {
            ready.forEach(Batch::close);
            ready.clear();
            readyRows = 0;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    int readyRows() {
        lock.lock();
        try {
            return readyRows;
        } finally {
            lock.unlock();
        }
    }

    /** Returns how long somebody has waited for a batch until now; zero if nobody does. */
    Duration waiting() {
        lock.lock();
        try {
            return waitingSince == 0 ? Duration.ZERO : Duration.ofNanos(System.nanoTime() - waitingSince);
        } finally {
            lock.unlock();
        }
    }

    Duration waited() {
        lock.lock();
        try {
            return Duration.ofNanos(waitedNanos);
        } finally {
            lock.unlock();
        }
    }
}
