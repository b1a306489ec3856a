package io.tfcluster.training;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tensorflow.PartialRun;
import org.tensorflow.Tensor;
import org.tensorflow.types.TFloat32;

/**
 * Computes gradients bucket by bucket: while the caller sends one round the ring, TensorFlow computes the next.
 *
 * <pre>
 *  TensorFlow's threads        forward ───────▶ backward: last layers ───▶ … ───▶ first layers
 *  thread gradients-RANK           takes ▼ tail         ▼ bucket 1      ▼ bucket 2         ▼ bucket 3
 *  the thread that trains           ring: tail      ring: bucket 1  ring: bucket 2     ring: bucket 3  update
 * </pre>
 *
 * One step at a time. What fails on one side does not leave the other behind: an error of TensorFlow comes to the caller with the next
 * vector, and the caller's, such as a lost peer, closes the step, which waits for TensorFlow to finish it, for the limit of a run. After
 * that the session is aborted.
 */
final class GradientPipeline implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(GradientPipeline.class);

    private final TrainSession session;
    private final List<String> fetches;
    private final Duration limit;
    private final ExecutorService taker;

    /** {@code fetches} are the vectors in the order in which they will be ready. */
    GradientPipeline(TrainSession session, List<String> fetches, Duration limit, int rank) {
        this.session = session;
        this.fetches = List.copyOf(fetches);
        this.limit = limit;
        this.taker = Executors.newSingleThreadExecutor(task -> {
            Thread thread = new Thread(task, "gradients-" + rank);
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Has TensorFlow begin with a step; the feeds may be closed when this returns. */
    FusedGradient begin(String doing, Map<String, ? extends Tensor> feeds) {
        Step step = new Step(doing, TrainSession.describe(feeds));
        PartialRun run = session.partialRun(doing, feeds, fetches);
        try {
            step.taking = taker.submit(() -> step.take(run));
        } catch (RejectedExecutionException e) {
            run.close();
            throw new IllegalStateException(doing + " did not begin, the trainer is closed", e);
        }
        return step;
    }

    /** Ends the thread, which ends with the session; takes {@link TrainSession#CLOSE_LIMIT} at most. */
    @Override
    public void close() {
        taker.shutdown();
        try {
            if (!taker.awaitTermination(TrainSession.CLOSE_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                log.warn("TensorFlow did not end a step within {}", TrainSession.CLOSE_LIMIT);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private final class Step implements FusedGradient {
        final String doing;
        final String inputs;
        final long deadline = System.nanoTime() + limit.toNanos();
        final List<CompletableFuture<TFloat32>> vectors = Stream.generate(CompletableFuture<TFloat32>::new)
                .limit(fetches.size())
                .toList();
        Future<?> taking = CompletableFuture.completedFuture(null);

        Step(String doing, String inputs) {
            this.doing = doing;
            this.inputs = inputs;
        }

        /** On the pipeline's thread: takes all, wanted or not, since TensorFlow keeps what was not taken. */
        void take(PartialRun run) {
            try (run) {
                for (CompletableFuture<TFloat32> vector : vectors) {
                    vector.complete((TFloat32) run.next());
                }
            } catch (RuntimeException e) {
                vectors.forEach(vector -> vector.completeExceptionally(e)); // no change to those that were taken
            }
        }

        @Override
        public TFloat32 vector(int bucket) {
            try {
                return vectors.get(bucket).get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
            } catch (ExecutionException e) {
                if (e.getCause() instanceof RuntimeException cause) {
                    throw TensorFlowErrors.inRun(doing, cause, limit, inputs);
                }
                throw new IllegalStateException(doing + " failed", e.getCause());
            } catch (TimeoutException e) {
                throw new IllegalStateException(
                        doing + " took longer than stepTimeout " + limit + "; raise it if the step is that slow", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(doing + " was interrupted", e);
            }
        }

        @Override
        public void close() {
            if (!awaitTaken(deadline)) {
                session.abort();
                if (!awaitTaken(System.nanoTime() + TrainSession.CLOSE_LIMIT.toNanos())) {
                    log.warn("{} does not end; its memory is freed with the process", doing);
                }
            }
            for (CompletableFuture<TFloat32> vector : vectors) {
                if (vector.isDone() && !vector.isCompletedExceptionally()) {
                    vector.join().close();
                }
            }
        }

        /** An interrupt is kept, but does not shorten the wait: TensorFlow must not go on beside the next run. */
        private boolean awaitTaken(long until) {
            boolean interrupted = false;
            try {
                while (true) {
                    try {
                        taking.get(until - System.nanoTime(), TimeUnit.NANOSECONDS);
                        return true;
                    } catch (InterruptedException e) {
                        interrupted = true;
                    } catch (TimeoutException e) {
                        return false;
                    } catch (ExecutionException e) {
                        throw new IllegalStateException(doing + " failed", e.getCause());
                    }
                }
            } finally {
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }
}
