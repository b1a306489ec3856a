package io.tfcluster.estimator;

import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.apache.spark.Partition;
import org.apache.spark.TaskContext;
import org.apache.spark.executor.TaskMetrics;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.AccumulatorV2;
import org.apache.spark.util.TaskCompletionListener;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.collection.AbstractIterator;
import scala.collection.JavaConverters;

/**
 * What a task sees of its input partitions: the rows that its readers have read, in the order of their arrival. One thread; ended by the last
 * row, an error, or the end of the task, after which no reader is left, if none takes longer than 10 s to stop.
 */
final class ReadAheadRows extends AbstractIterator<InternalRow> implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ReadAheadRows.class);
    private static final long STOP_SECONDS = 10;

    private final TaskContext task;
    private final RowBuffer buffer;
    private final ReadMetrics metrics;
    private final List<RowReader> readers = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private @Nullable InternalRow next;
    private boolean closed;

    private ReadAheadRows(TaskContext task, RowBuffer buffer, ReadMetrics metrics) {
        this.task = task;
        this.buffer = buffer;
        this.metrics = metrics;
    }

    /** Starts the readers of a task; they end with it. */
    static ReadAheadRows start(
            TaskContext task,
            List<Partition> partitions,
            InputCopies copies,
            StructType schema,
            ReadSettings settings,
            ReadMetrics metrics) {
        int count = Math.min(settings.readers(), partitions.size());
        RowBuffer buffer = new RowBuffer(settings.rows(), settings.bytes(), count);
        ReadAheadRows rows = new ReadAheadRows(task, buffer, metrics);
        Queue<Partition> left = new ConcurrentLinkedQueue<>(partitions);
        for (int i = 0; i < count; i++) {
            RowReader reader = new RowReader(task, copies, schema, left, buffer);
            Thread thread = new Thread(reader, "read-ahead-" + task.taskAttemptId() + "-" + i);
            thread.setDaemon(true);
            rows.readers.add(reader);
            rows.threads.add(thread);
        }
        task.addTaskCompletionListener((TaskCompletionListener) context -> rows.close());
        rows.threads.forEach(Thread::start);
        return rows;
    }

    @Override
    public boolean hasNext() {
        if (next == null && !closed) {
            next = taken();
            if (next == null) {
                close();
            }
        }
        return next != null;
    }

    private @Nullable InternalRow taken() {
        task.killTaskIfInterrupted();
        try {
            return buffer.take(task::killTaskIfInterrupted);
        } catch (RowBuffer.Failure e) {
            task.killTaskIfInterrupted(); // a reader may have failed of just that
            if (e.reason() instanceof Error error) {
                throw error;
            }
            throw e.reason() instanceof RuntimeException exception
                    ? exception
                    : new IllegalStateException("a reader of the input stopped: " + e.reason(), e.reason());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            task.killTaskIfInterrupted();
            throw new IllegalStateException("the task was interrupted while it waited for its readers", e);
        }
    }

    @Override
    public InternalRow next() {
        if (!hasNext() || next == null) {
            throw new NoSuchElementException("the partition has ended");
        }
        InternalRow row = next;
        next = null;
        metrics.rows().add(1);
        return row;
    }

    /** Ends the readers and what they have open, waiting up to 10 s for all of them. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        buffer.end();
        readers.forEach(RowReader::stop);
        threads.forEach(Thread::interrupt);
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(STOP_SECONDS);
        boolean interrupted = Thread.interrupted(); // a task that is killed must not leave its readers behind
        for (int i = 0; i < threads.size(); i++) {
            interrupted |= joined(threads.get(i), deadline);
            if (threads.get(i).isAlive()) {
                log.warn(
                        "reader {} did not stop within {} s of its task's end; it goes on until what it reads answers",
                        threads.get(i).getName(),
                        STOP_SECONDS);
            } else {
                count(readers.get(i).metrics());
            }
        }
        metrics.readersWait().add(buffer.readersWaited());
        metrics.taskWaits().add(buffer.taskWaited());
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits for a thread, interrupted or not; returns whether it was. */
    private static boolean joined(Thread thread, long deadline) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            long millis = (deadline - System.nanoTime()) / 1_000_000;
            if (millis <= 0) {
                break;
            }
            try {
                thread.join(millis);
            } catch (InterruptedException e) {
                interrupted = true; // the caller restores it
            }
        }
        return interrupted;
    }

    /** Adds what a reader counted to what the task has counted. */
    private void count(TaskMetrics of) {
        List<AccumulatorV2<?, ?>> own =
                JavaConverters.seqAsJavaList(task.taskMetrics().internalAccums());
        List<AccumulatorV2<?, ?>> read = JavaConverters.seqAsJavaList(of.internalAccums());
        for (int i = 0; i < own.size(); i++) {
            merge(own.get(i), read.get(i));
        }
        List<AccumulatorV2<?, ?>> known =
                JavaConverters.seqAsJavaList(task.taskMetrics()._externalAccums());
        for (AccumulatorV2<?, ?> each : JavaConverters.seqAsJavaList(of._externalAccums())) {
            known.stream()
                    .filter(one -> one.id() == each.id())
                    .findFirst()
                    .ifPresentOrElse(one -> merge(one, each), () -> task.registerAccumulator(each));
        }
    }

    @SuppressWarnings("unchecked") // both are of the same kind: the one is the other's copy
    private static void merge(AccumulatorV2<?, ?> into, AccumulatorV2<?, ?> from) {
        ((AccumulatorV2<Object, Object>) into).merge((AccumulatorV2<Object, Object>) from);
    }
}
