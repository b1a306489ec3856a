package io.tfcluster.estimator;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.spark.TaskContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The thread in which a task's model runs while the task fills the next batch. Used by the task's thread; one run at a time. */
final class RunThread {
    /** Beyond the run's own limit, which TensorFlow or the child keeps. */
    private static final Duration GRACE = Duration.ofSeconds(60);

    private static final Logger log = LoggerFactory.getLogger(RunThread.class);

    private final ExecutorService executor;
    private final Duration limit;
    private @Nullable Future<Object[][]> running;

    /**
     * Makes it.
     *
     * @param limit of a run
     */
    RunThread(Duration limit) {
        this.limit = limit.plus(GRACE);
        TaskContext task = TaskContext.get();
        String name = "tfcluster-model-run-" + (task == null ? "driver" : String.valueOf(task.taskAttemptId()));
        this.executor = Executors.newSingleThreadExecutor(work -> {
            Thread thread = new Thread(work, name);
            thread.setDaemon(true);
            return thread;
        });
    }

    boolean isBusy() {
        return running != null;
    }

    void start(Callable<Object[][]> run) {
        if (running != null) {
            throw new IllegalStateException("a batch is running already");
        }
        running = executor.submit(run);
    }

    /** Waits for the run and returns what it gave, or throws what it threw. */
    Object[][] finish() {
        Future<Object[][]> run = running;
        if (run == null) {
            throw new IllegalStateException("no batch is running");
        }
        try {
            Object[][] cells = run.get(limit.toMillis(), TimeUnit.MILLISECONDS);
            running = null;
            return cells;
        } catch (ExecutionException e) {
            running = null;
            Throwable cause = e.getCause();
            if (cause instanceof Error error) {
                throw error;
            }
            throw cause instanceof RuntimeException failure ? failure : new IllegalStateException("the run failed", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the model ran", e);
        } catch (java.util.concurrent.TimeoutException e) {
            throw new IllegalStateException("the model did not answer a batch within " + limit.toSeconds() + " s", e);
        }
    }

    /**
     * Ends the thread, waiting for a run that nobody wants any more: TensorFlow cannot be stopped within.
     *
     * @return false if it did not end in the run's limit and a minute
     */
    boolean end() {
        executor.shutdown();
        boolean interrupted = Thread.interrupted();
        long deadline = System.nanoTime() + limit.toNanos();
        boolean ended = false;
        while (!ended && System.nanoTime() < deadline) {
            try {
                ended = executor.awaitTermination(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) {
                interrupted = true; // the memory that the run reads is freed next: it has to end first
            }
        }
        if (!ended) {
            log.warn("a run of the model did not end within {}; its memory is not freed", limit);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return ended;
    }
}
