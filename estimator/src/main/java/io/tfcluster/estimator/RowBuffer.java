package io.tfcluster.estimator;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.jspecify.annotations.Nullable;

/**
 * Rows between the readers of a task, which put, and the task, which takes; bounded by their number and by their bytes. A row that is larger
 * than the bound passes when it is alone. Any thread may end it.
 */
final class RowBuffer {
    private static final long LOOK_MILLIS = 100;

    private final int mostRows;
    private final long mostBytes;
    private final Deque<UnsafeRow> rows = new ArrayDeque<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition taken = lock.newCondition();
    private final Condition filled = lock.newCondition();
    private int readers;
    private long bytes;
    private boolean ended;
    private @Nullable Throwable failure;
    private long readersWaited;
    private long taskWaited;

    RowBuffer(int mostRows, long mostBytes, int readers) {
        this.mostRows = mostRows;
        this.mostBytes = mostBytes;
        this.readers = readers;
    }

    /**
     * Adds a row, waiting for room.
     *
     * @return false if no more rows are wanted
     * @throws InterruptedException if the reader is to stop
     */
    boolean put(UnsafeRow row) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long start = 0;
            while (!ended && isFullFor(row)) {
                start = start == 0 ? System.nanoTime() : start;
                taken.await(LOOK_MILLIS, TimeUnit.MILLISECONDS);
            }
            readersWaited += start == 0 ? 0 : System.nanoTime() - start;
            if (ended) {
                return false;
            }
            rows.add(row);
            bytes += row.getSizeInBytes();
            filled.signal();
            return true;
        } finally {
            lock.unlock();
        }
    }

    private boolean isFullFor(UnsafeRow row) {
        return !rows.isEmpty() && (rows.size() >= mostRows || bytes + row.getSizeInBytes() > mostBytes);
    }

    /** Says that one of the readers has nothing more to put. */
    void readerIsDone() {
        lock.lock();
        try {
            readers--;
            filled.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Lets the next {@link #take} throw, and wants no more rows; only the first failure counts. */
    void fail(Throwable cause) {
        lock.lock();
        try {
            if (failure == null && !ended) {
                failure = cause;
            }
            end();
        } finally {
            lock.unlock();
        }
    }

    /** Wants no more rows and forgets those that are here. */
    void end() {
        lock.lock();
        try {
            ended = true;
            rows.clear();
            bytes = 0;
            taken.signalAll();
            filled.signal();
        } finally {
            lock.unlock();
        }
    }

    boolean isEnded() {
        lock.lock();
        try {
            return ended;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes a row, waiting for one.
     *
     * @param check called again and again while there is none; may throw
     * @return a row, or null when all readers are done or {@link #end} was called
     * @throws Failure with what {@link #fail} was given
     * @throws InterruptedException if the task is to stop
     */
    @Nullable
    UnsafeRow take(Runnable check) throws Failure, InterruptedException {
        lock.lockInterruptibly();
        try {
            long start = 0;
            while (rows.isEmpty() && readers > 0 && !ended) {
                check.run();
                start = start == 0 ? System.nanoTime() : start;
                filled.await(LOOK_MILLIS, TimeUnit.MILLISECONDS);
            }
            taskWaited += start == 0 ? 0 : System.nanoTime() - start;
            if (failure != null) {
                throw new Failure(failure);
            }
            UnsafeRow row = rows.poll();
            if (row != null) {
                bytes -= row.getSizeInBytes();
                taken.signal();
            }
            return row;
        } finally {
            lock.unlock();
        }
    }

    /** Returns the nanoseconds for which readers had no room, all of them together. */
    long readersWaited() {
        lock.lock();
        try {
            return readersWaited;
        } finally {
            lock.unlock();
        }
    }

    /** Returns the nanoseconds for which the task had no row. */
    long taskWaited() {
        lock.lock();
        try {
            return taskWaited;
        } finally {
            lock.unlock();
        }
    }

    /** That a reader failed; carries nothing but what it failed of. */
    static final class Failure extends Exception {
        private static final long serialVersionUID = 1L;

        private Failure(Throwable cause) {
            super(cause.getMessage(), cause);
        }

        /** Returns what the reader failed of. */
        Throwable reason() {
            return java.util.Objects.requireNonNull(getCause());
        }
    }
}
