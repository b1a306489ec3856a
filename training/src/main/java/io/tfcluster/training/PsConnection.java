package io.tfcluster.training;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongPredicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/**
 * A session to the parameter servers, opened again when one of them died and came back.
 *
 * <p>One thread runs; {@link #release()} may come from another one. TensorFlow's sessions never recover from a server that was started
 * again, so a new one is opened on the same graph; then {@link PsMarks} tell whether the variables are still there.
 */
final class PsConnection {
    private static final Logger log = LoggerFactory.getLogger(PsConnection.class);
    private static final long POLL_MILLIS = 100;
    /** How long a server may take to answer when somebody is to be blamed. */
    private static final Duration ASK = Duration.ofSeconds(1);

    private final TrainGraph graph;
    private final Graph placed;
    private final TrainerConfig config;
    private final ParameterServers servers;
    private final PsWatch watch;
    private final String self;
    private volatile TrainSession session;
    private volatile boolean closed;
    private volatile Supplier<Optional<SavedState>> newest = Optional::empty;
    private volatile CompletableFuture<TrainSession> opening = new CompletableFuture<>();
    /** Threads that close sessions which lost a server. */
    private final List<Thread> leaving = new CopyOnWriteArrayList<>();

    private boolean attached;
    private long mark;

    /** Waits up to peerTimeout for all servers to answer. */
    PsConnection(TrainGraph graph, Graph placed, TrainerConfig config, ParameterServers servers, PsWatch watch) {
        this.graph = graph;
        this.placed = placed;
        this.config = config;
        this.servers = servers;
        this.watch = watch;
        this.self = servers.task();
        this.session = open(System.nanoTime() + config.peerTimeout().toNanos());
    }

    /** Returns a connection of another thread to the same graph. */
    PsConnection another() {
        PsConnection other = new PsConnection(graph, placed, config, servers, watch);
        other.mark = mark;
        return other;
    }

    /**
     * Opens a session on a thread of its own, since nothing else ends TensorFlow's wait for a server that is not there. The thread that is
     * given up goes on waiting, and lets the session go that it gets.
     */
    private TrainSession open(long deadline) {
        CompletableFuture<TrainSession> opened = new CompletableFuture<>();
        opening = opened;
        Thread opener = new Thread(() -> open(opened), "tensorflow-session-open");
        opener.setDaemon(true);
        opener.start();
        try {
            checkOpen();
            return opened.get(Math.max(1, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException("cannot open a session on " + servers.target(), e);
        } catch (TimeoutException e) {
            opened.cancel(false);
            throw new IllegalStateException(
                    "the parameter servers did not all answer " + self + " within peerTimeout " + config.peerTimeout()
                            + "; " + silent() + " did not. They are not started, dead, frozen or cut off.",
                    e);
        } catch (CancellationException e) {
            throw new IllegalStateException("the trainer of " + self + " is closed", e);
        } catch (InterruptedException e) {
            opened.cancel(false);
            Thread.currentThread().interrupt();
            throw new IllegalStateException(self + " was interrupted while waiting for the parameter servers", e);
        }
    }

    private String silent() {
        try {
            return PsProbe.silent(servers, ASK).stream().map(ps -> "ps:" + ps).collect(Collectors.joining(", "));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "some";
        }
    }

    private void open(CompletableFuture<TrainSession> opened) {
        try {
            TrainSession made = TrainSession.open(placed, servers.target(), options(), config.stepTimeout(), watch);
            try {
                PsMarks.touch(made, config.peerTimeout()); // only now TensorFlow connects
            } catch (RuntimeException e) {
                made.release();
                throw e;
            }
            if (!opened.complete(made)) {
                made.release();
            }
        } catch (RuntimeException e) {
            if (!opened.completeExceptionally(e)) {
                log.debug("{} had given up this session anyway", self, e);
            }
        }
    }

    private ConfigProto options() {
        ConfigProto.Builder options = ConfigProto.newBuilder()
                .setIntraOpParallelismThreads(config.intraOpThreads())
                .setInterOpParallelismThreads(config.interOpThreads())
                .addDeviceFilters("/job:ps")
                .addDeviceFilters(servers.device());
        new TreeSet<>(placed.toGraphDef().getNodeList().stream()
                        .map(NodeDef::getDevice)
                        .map(device -> device.replaceFirst("/device:.*", ""))
                        .filter(device -> !device.startsWith("/job:ps") && !device.equals(servers.device()))
                        .toList())
                .forEach(options::addDeviceFilters); // where the model placed operations
        return options.build();
    }

    TrainSession session() {
        return session;
    }

    /** The number of the initialisation that this connection saw last. */
    long mark() {
        return mark;
    }

    /** Sets what variables are restored from that were lost. */
    void restoreLostFrom(Supplier<Optional<SavedState>> supplier) {
        newest = supplier;
    }

    Result run(String doing, Map<String, ? extends Tensor> fed, Collection<String> fetched, List<String> targets) {
        return session.run(doing + " on " + self, fed, fetched, targets);
    }

    Result run(
            String doing,
            Map<String, ? extends Tensor> fed,
            Collection<String> fetched,
            List<String> targets,
            Duration limit) {
        return session.run(doing + " on " + self, fed, fetched, targets, limit);
    }

    /**
     * Gives the variables their first values, or those of a checkpoint, if this is rank 0 and they have none, or waits until rank 0 has.
     *
     * @return what was restored
     */
    Optional<SavedCheckpoint> initialise(Supplier<Optional<SavedState>> saved, List<String> alsoInitialise) {
        long deadline = System.nanoTime() + config.peerTimeout().toNanos();
        Optional<SavedCheckpoint> restored = Optional.empty();
        attached = PsMarks.read(this) != PsMarks.NONE;
        if (servers.initialises() && !attached) {
            assign(alsoInitialise);
            restored = restore(saved);
            PsMarks.write(this, System.currentTimeMillis());
        }
        awaitMark(deadline, found -> found != PsMarks.NONE);
        return restored;
    }

    private void assign(List<String> alsoInitialise) {
        try (TFloat32 values = Tensor.of(TFloat32.class, Shape.of(graph.elements()))) {
            InitialValues.write(graph, config, values);
            List<String> targets = new ArrayList<>(alsoInitialise);
            targets.addAll(List.of(FlatVariables.ASSIGN, TrainGraph.INITIALISE_SLOTS, TrainGraph.INITIALISE_STEP));
            run("initialising the variables", Map.of(FlatVariables.IN, values), List.of(), targets)
                    .close();
        }
    }

    /** Sets variables, slots and step to those of a checkpoint, if there is one. */
    Optional<SavedCheckpoint> restore(Supplier<Optional<SavedState>> saved) {
        Optional<SavedState> found = saved.get();
        if (found.isEmpty()) {
            return Optional.empty();
        }
        try (SavedState state = found.get()) {
            graph.state().assign(session, state.tensors(), self);
            return Optional.of(state.checkpoint());
        }
    }

    /** Whether the variables had values before this process came. */
    boolean attached() {
        return attached;
    }

    /** Writes another mark: what workers did before it counts no more. */
    void renewMark() {
        mark = Math.max(mark + 1, System.currentTimeMillis());
        PsMarks.write(this, mark);
    }

    /** Reads the mark again, after somebody told that it may be another one. */
    void readMark() {
        awaitMark(System.nanoTime() + config.peerTimeout().toNanos(), found -> found != PsMarks.NONE);
    }

    /**
     * As {@link #restore}, while the variables are in use. Whoever comes when this process died in the middle of it finds them without
     * values, and initialises them anew.
     */
    Optional<SavedCheckpoint> restoreAgain(Supplier<Optional<SavedState>> saved, List<String> targets) {
        Optional<SavedState> found = saved.get();
        if (found.isEmpty()) {
            return Optional.empty();
        }
        PsMarks.write(this, PsMarks.NONE);
        if (!targets.isEmpty()) {
            run("forgetting the update before", Map.of(), List.of(), targets).close();
        }
        Optional<SavedCheckpoint> restored = restore(() -> found);
        PsMarks.write(this, mark);
        return restored;
    }

    long readStep() {
        try (Result result = run("reading the global step", Map.of(), List.of(TrainGraph.STEP), List.of())) {
            return ((TInt64) result.get(0)).getLong();
        }
    }

    /** Whether an error of a run means that a server is gone or was started again, and this connection may be opened again. */
    boolean isLost(RuntimeException e) {
        return !closed && (e instanceof PsLostException || TensorFlowErrors.isLostServer(e));
    }

    /** Whether the servers still answer with the variables they had; asked when somebody else does not answer. */
    boolean isIntact() {
        try {
            return PsMarks.read(this) == mark;
        } catch (IllegalStateException e) {
            log.debug("{} cannot reach the parameter servers", self, e);
            return false;
        }
    }

    /**
     * Opens a new session, waiting for a server that is to come back, and for rank 0 to restore variables that were lost.
     *
     * @param whenLost done when they were
     * @throws IllegalStateException if it takes longer than peerTimeout, or the variables are lost for good
     */
    void reopen(RuntimeException cause, Runnable whenLost) {
        reopen(cause, whenLost, null);
    }

    /**
     * As above, restoring variables that were lost.
     *
     * @param alsoInitialise what else is to be initialised after that
     */
    void reopenAndRestore(RuntimeException cause, List<String> alsoInitialise) {
        reopen(cause, () -> {}, alsoInitialise);
    }

    private void reopen(RuntimeException cause, Runnable whenLost, @Nullable List<String> restoring) {
        log.warn(
                "{} lost a parameter server and waits up to {} for it to come back: {}",
                self,
                config.peerTimeout(),
                cause.getMessage());
        long deadline = System.nanoTime() + config.peerTimeout().toNanos();
        long found;
        while (true) {
            leaving.add(session.releaseLater());
            try {
                session = open(deadline);
                found = PsMarks.read(this);
                break;
            } catch (IllegalStateException e) {
                if (closed || (!isLost(e) && !TensorFlowErrors.isTimeout(e) && System.nanoTime() < deadline)) {
                    throw e;
                }
                if (System.nanoTime() >= deadline) {
                    throw new IllegalStateException(
                            "a parameter server did not come back to " + self + " within peerTimeout "
                                    + config.peerTimeout() + ": " + cause.getMessage(),
                            e);
                }
                pause();
            }
        }
        if (found == PsMarks.NONE) {
            whenLost.run();
            if (restoring != null) {
                restoreLost(restoring);
            }
        }
        awaitMark(deadline, mine -> mine != PsMarks.NONE);
        log.info("{} has the parameter servers again", self);
    }

    private void restoreLost(List<String> alsoInitialise) {
        try {
            assign(alsoInitialise);
            SavedCheckpoint restored = restore(newest)
                    .orElseThrow(() -> new IllegalStateException(
                            "a parameter server died and came back without its variables, and there is no checkpoint to"
                                    + " restore them from; train again, with TrainerConfig.checkpoints"));
            log.info("{} restored what was lost from {}, step {}", self, restored.path(), restored.step());
        } catch (RuntimeException e) {
            if (!isLost(e)) {
                PsMarks.write(this, PsMarks.GIVEN_UP);
            }
            throw e;
        }
        PsMarks.write(this, Math.max(mark + 1, System.currentTimeMillis()));
    }

    private void awaitMark(long deadline, LongPredicate enough) {
        for (long found = PsMarks.read(this); !enough.test(found); found = PsMarks.read(this)) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException(self + " waited " + config.peerTimeout()
                        + " for rank 0 to initialise the variables on the parameter servers");
            }
            pause();
        }
        mark = PsMarks.read(this);
        if (mark == PsMarks.GIVEN_UP) {
            throw new IllegalStateException(
                    "the variables were lost with a parameter server, and rank 0 could not restore them");
        }
    }

    /** There is nothing to wait on: TensorFlow's servers tell nobody that a variable appeared. */
    private void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(self + " was interrupted while waiting for the parameter servers", e);
        }
        checkOpen();
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("the trainer of " + self + " is closed");
        }
    }

    /** Ends what is running, without waiting; {@link #released} does. */
    void release() {
        closed = true;
        opening.cancel(false);
        leaving.add(session.releaseLater());
    }

    /** Returns whether TensorFlow let all sessions go. */
    boolean released(long deadline) {
        return TrainSession.ended(leaving, deadline);
    }
}
