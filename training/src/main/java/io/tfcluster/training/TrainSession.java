package io.tfcluster.training;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tensorflow.Graph;
import org.tensorflow.PartialRun;
import org.tensorflow.RemoteSession;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.RunOptions;

/** A session whose runs all have a limit, and errors that say what was run. */
final class TrainSession implements AutoCloseable {
    static final Duration CLOSE_LIMIT = Duration.ofSeconds(3);
    private static final Logger log = LoggerFactory.getLogger(TrainSession.class);

    private final RemoteSession session;
    private final RunOptions options;
    private final Duration limit;
    private final @Nullable RunThread thread;
    private final @Nullable PsWatch watch;
    private final Consumer<IllegalStateException> silent = this::fail;

    private TrainSession(RemoteSession session, Duration limit, @Nullable PsWatch watch) {
        this.session = session;
        this.limit = limit;
        this.watch = watch;
        this.thread = watch == null ? null : new RunThread("tensorflow-run");
        this.options = RunOptions.newBuilder().setTimeoutInMs(limit.toMillis()).build();
    }

    /** Opens a direct session (target "") or one on a server, and runs what the user's model marked as initialisers. */
    static TrainSession open(Graph graph, String target, ConfigProto config, Duration limit) {
        return open(graph, target, config, limit, null);
    }

    /** As above; its runs fail when {@code watch} finds that a parameter server is silent, and end in time whatever TensorFlow does. */
    static TrainSession open(Graph graph, String target, ConfigProto config, Duration limit, @Nullable PsWatch watch) {
        RemoteSession session = RemoteSession.open(graph, target, config);
        try {
            session.session().initialize();
            TrainSession made = new TrainSession(session, limit, watch);
            if (watch != null) {
                watch.add(made.silent);
            }
            return made;
        } catch (RuntimeException e) {
            session.abort();
            session.close();
            throw e;
        }
    }

    /**
     * Runs.
     *
     * @param doing for the error, such as "step 12 on worker 1"
     * @param feeds by tensor name
     * @return what was fetched, in order; the caller closes it
     */
    Result run(String doing, Map<String, ? extends Tensor> feeds, Collection<String> fetches, List<String> targets) {
        return run(doing, feeds, fetches, targets, limit);
    }

    /** As above, with another limit than the session's. */
    Result run(
            String doing,
            Map<String, ? extends Tensor> feeds,
            Collection<String> fetches,
            List<String> targets,
            Duration within) {
        RunOptions timed = within.equals(limit)
                ? options
                : RunOptions.newBuilder().setTimeoutInMs(within.toMillis()).build();
        Session.Runner runner = session.session().runner().setOptions(timed);
        feeds.forEach(runner::feed);
        fetches.forEach(runner::fetch);
        targets.forEach(runner::addTarget);
        RunThread detached = thread;
        try {
            return detached == null ? runner.run() : detached.run(runner::run, within);
        } catch (RuntimeException e) {
            RuntimeException told = TensorFlowErrors.inRun(doing, e, within, describe(feeds));
            if (watch == null || !TensorFlowErrors.isTimeout(told)) {
                throw told;
            }
            IllegalStateException found = watch.verdict().orElseThrow(() -> told);
            throw new IllegalStateException(doing + " failed: " + found.getMessage(), found);
        }
    }

    private void fail(RuntimeException e) {
        if (thread != null) {
            thread.fail(e);
        }
    }

    /**
     * Begins a run of a direct session whose results come one after the other.
     *
     * @param feeds by tensor name; they may be closed when this returns
     * @param fetches in the order in which they will be taken
     */
    PartialRun partialRun(String doing, Map<String, ? extends Tensor> feeds, List<String> fetches) {
        try {
            return session.partialRun(feeds, fetches);
        } catch (RuntimeException e) {
            throw TensorFlowErrors.inRun(doing, e, limit, describe(feeds));
        }
    }

    /** Ends what is in flight with an error, from any thread; the session is spent. */
    void abort() {
        session.abort();
    }

    static String describe(Map<String, ? extends Tensor> feeds) {
        return feeds.entrySet().stream()
                .map(feed -> feed.getKey() + " " + feed.getValue().dataType() + " "
                        + Shapes.text(feed.getValue().shape()))
                .collect(Collectors.joining(", "));
    }

    /**
     * Ends a run that is in flight and closes the session, within {@link #CLOSE_LIMIT}.
     *
     * <p>On a thread of its own, since TensorFlow's close waits for ever for a server that died.
     *
     * @return false if TensorFlow did not come back: then the session stays, its graph must not be closed, and the process should end
     */
    boolean release() {
        return ended(List.of(releaseLater()), System.nanoTime() + CLOSE_LIMIT.toNanos());
    }

    /** Waits for threads of {@link #releaseLater()}; returns whether all ended. */
    static boolean ended(Collection<Thread> closers, long deadline) {
        boolean ended = true;
        for (Thread closer : closers) {
            try {
                closer.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime())));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            ended &= !closer.isAlive();
        }
        if (!ended) {
            log.warn("a TensorFlow session did not close in time; its memory is freed with the process");
        }
        return ended;
    }

    /** As {@link #release()}, without waiting; returns the thread that does it, which never ends if TensorFlow does not come back. */
    Thread releaseLater() {
        fail(new IllegalStateException("the session was closed"));
        if (watch != null) {
            watch.remove(silent);
        }
        Thread closer = new Thread(
                () -> {
                    session.abort();
                    if (thread != null) {
                        thread.close();
                    }
                    session.close();
                },
                "tensorflow-session-close");
        closer.setDaemon(true);
        closer.start();
        return closer;
    }

    /** As {@link #release()}, for sessions without a server. */
    @Override
    public void close() {
        release();
    }
}
