package io.tfcluster.training;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Result;
import org.tensorflow.exceptions.TensorFlowException;

/**
 * Runs of a session on a server, on a thread of their own.
 *
 * <p>Neither a run's time limit nor closing its session ends one that waits for a frozen server to take in its graph. The caller leaves
 * such a run behind; the thread, a daemon, ends when TensorFlow comes back, if ever, and frees what it got.
 */
final class RunThread {
    /** What TensorFlow's own limit gets before the caller stops waiting: its error is the better one. */
    private static final Duration GRACE = Duration.ofMillis(500);

    private final ExecutorService thread;
    private volatile CompletableFuture<Result> running = new CompletableFuture<>();
    private volatile @Nullable RuntimeException spent;

    RunThread(String name) {
        this.thread = Executors.newSingleThreadExecutor(work -> {
            Thread made = new Thread(work, name);
            made.setDaemon(true);
            return made;
        });
    }

    /** Runs, for {@code limit} and a little more at most. */
    Result run(Supplier<Result> work, Duration limit) {
        CompletableFuture<Result> result = new CompletableFuture<>();
        running = result;
        RuntimeException over = spent;
        if (over != null) {
            throw over;
        }
        thread.execute(() -> {
            try {
                Result made = work.get();
                if (!result.complete(made)) {
                    made.close();
                }
            } catch (RuntimeException | Error e) {
                result.completeExceptionally(e);
            }
        });
        try {
            return result.get(limit.plus(GRACE).toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException("a TensorFlow run failed", e);
        } catch (TimeoutException e) {
            fail(new TensorFlowException("TensorFlow did not come back at the deadline; the session is spent"));
            throw new TensorFlowException("TensorFlow did not come back at the deadline; the session is spent");
        } catch (InterruptedException e) {
            fail(new IllegalStateException("the thread that ran was interrupted; the session is spent", e));
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while TensorFlow ran; the session is spent", e);
        }
    }

    /** Ends the wait for the run that is under way, and refuses others, with this error. */
    void fail(RuntimeException e) {
        if (spent == null) {
            spent = e;
        }
        running.completeExceptionally(e);
    }

    /** Lets the thread end after the run that is under way. */
    void close() {
        thread.shutdown();
    }
}
