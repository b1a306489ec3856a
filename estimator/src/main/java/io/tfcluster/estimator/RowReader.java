package io.tfcluster.estimator;

import java.util.Queue;
import org.apache.spark.Partition;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskContext$;
import org.apache.spark.TaskContextImpl;
import org.apache.spark.executor.TaskMetrics;
import org.apache.spark.rdd.InputFileBlockHolder;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Option;
import scala.collection.Iterator;

/**
 * One of a task's readers: takes input partitions from those that are left, one after the other, and puts copies of their rows into the
 * task's buffer.
 *
 * <p>While it reads a partition, Spark's context of its thread is one of its own, with the partition's number and the task's identity and
 * memory: whatever the partition opens registers itself there, and is closed by this thread at the partition's end. Were it registered with
 * the task, the task's end would free the memory from which this thread reads (SPARK-33277). What is counted goes to metrics of its own too,
 * since Spark's are for one thread; the task adds them to its own when the reader has ended.
 */
final class RowReader implements Runnable {
    private static final Logger log = LoggerFactory.getLogger(RowReader.class);

    private final TaskContext task;
    private final InputCopies copies;
    private final StructType schema;
    private final Queue<Partition> left;
    private final RowBuffer buffer;
    private final TaskMetrics metrics = new TaskMetrics();
    private volatile @Nullable TaskContextImpl context;
    private @Nullable RDD<InternalRow> input;
    private @Nullable UnsafeProjection projection;

    RowReader(TaskContext task, InputCopies copies, StructType schema, Queue<Partition> left, RowBuffer buffer) {
        this.task = task;
        this.copies = copies;
        this.schema = schema;
        this.left = left;
        this.buffer = buffer;
    }

    @Override
    public void run() {
        try {
            InputFileBlockHolder.unset(); // or all readers of a task would share the file's name they inherit
            for (Partition next = left.poll(); next != null && !buffer.isEnded(); next = left.poll()) {
                read(next);
            }
        } catch (Throwable e) { // whatever it is, the task throws it
            if (buffer.isEnded()) {
                log.debug("a reader ended when the task needed it no more", e);
            }
            buffer.fail(e);
        } finally {
            metrics.mergeShuffleReadMetrics();
            buffer.readerIsDone();
        }
    }

    private void read(Partition partition) throws InterruptedException {
        TaskContextImpl own = context(partition);
        context = own;
        TaskContext$.MODULE$.setTaskContext(own);
        Option<Throwable> failure = Option.empty();
        try {
            if (!buffer.isEnded()) { // else stop() may not have seen this context
                rows(partition, own);
            }
        } catch (InterruptedException | Error e) {
            failure = failed(own, e);
            throw e;
        } catch (Exception e) { // Spark's are not declared
            failure = failed(own, e);
            throw new IllegalStateException(
                    "partition " + partition.index() + " of the input could not be read: " + e, e);
        } finally {
            try {
                own.markTaskCompleted(failure);
            } finally {
                TaskContext$.MODULE$.unset();
                context = null;
            }
        }
    }

    private Option<Throwable> failed(TaskContext own, Throwable cause) {
        own.markTaskFailed(cause);
        if (own.fetchFailed().isDefined()) {
            task.setFetchFailed(own.fetchFailed().get()); // Spark computes the lost shuffle files again
        }
        return Option.apply(cause);
    }

    private void rows(Partition partition, TaskContext own) throws InterruptedException {
        if (input == null) {
            input = copies.next();
        }
        Iterator<InternalRow> rows = input.iterator(partition, own);
        while (rows.hasNext()) {
            if (!buffer.put(kept(rows.next()))) {
                return;
            }
        }
    }

    private UnsafeRow kept(InternalRow row) {
        if (row instanceof UnsafeRow unsafe) {
            return unsafe.copy();
        }
        if (projection == null) {
            projection = UnsafeProjection.create(schema);
        }
        return projection.apply(row).copy();
    }

    private TaskContextImpl context(Partition partition) {
        return new TaskContextImpl(
                task.stageId(),
                task.stageAttemptNumber(),
                partition.index(),
                task.taskAttemptId(),
                task.attemptNumber(),
                task.numPartitions(),
                task.taskMemoryManager(),
                task.getLocalProperties(),
                SparkEnv.get().metricsSystem(),
                metrics,
                task.cpus(),
                task.resources());
    }

    /** Tells what is being read that it is no longer wanted; the thread has to be interrupted, too. */
    void stop() {
        TaskContextImpl current = context;
        if (current != null) {
            current.markInterrupted("the task that wanted the rows has ended");
        }
    }

    /** Returns what was counted; complete when the thread has ended. */
    TaskMetrics metrics() {
        return metrics;
    }
}
