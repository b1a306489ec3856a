package io.tfcluster.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerStageCompleted;

/** Processor time of the task threads of Spark's stages, by what executors report; told by the number of their tasks. */
final class TaskCpu extends SparkListener {
    private final int tasks;
    private final List<Long> nanos = new ArrayList<>();

    TaskCpu(int tasks) {
        this.tasks = tasks;
    }

    @Override
    public synchronized void onStageCompleted(SparkListenerStageCompleted stage) {
        if (stage.stageInfo().numTasks() == tasks && stage.stageInfo().taskMetrics() != null) {
            nanos.add(stage.stageInfo().taskMetrics().executorCpuTime());
            notifyAll();
        }
    }

    /**
     * Returns the nanoseconds of the stages from {@code first} on, once there are as many as there should be.
     *
     * @throws IllegalStateException if they do not come within the limit
     */
    synchronized long nanos(int first, int stages, Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        while (nanos.size() < stages) {
            long millis = (deadline - System.nanoTime()) / 1_000_000;
            if (millis <= 0) {
                throw new IllegalStateException(
                        nanos.size() + " of " + stages + " stages of " + tasks + " tasks ended within " + limit);
            }
            try {
                wait(millis);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while waiting for what Spark measured", e);
            }
        }
        return nanos.subList(first, stages).stream().mapToLong(Long::longValue).sum();
    }
}
