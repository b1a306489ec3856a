package io.tfcluster;

import io.tfcluster.reservation.ClusterTemplate;
import io.tfcluster.reservation.NodeFailure;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The generations of a cluster, one after the other: notices that one has failed, ends it wholly, and starts the next, as often as the
 * {@link RestartPolicy} allows.
 *
 * <pre>
 *  STARTING ──▶ RUNNING ──▶ ENDING ──▶ STOPPED
 *     │          │    ▲                   ▲
 *     │          ▼    │                   │
 *     │       RESTARTING ──▶ FAILED ──────┤
 *     └───────────────────────────────────┘
 * </pre>
 *
 * <p>The first generation is started by the caller's thread, the others by a thread {@code tfcluster-restart-ID}. Those who need a generation
 * wait in {@link #running()} meanwhile.
 */
final class Generations {
    private static final Logger log = LoggerFactory.getLogger(Generations.class);
    private static final long LOOK_MILLIS = 1_000;
    private static final long DECISION_MILLIS = 10_000;
    private static final Duration FAILURE_LIMIT = Duration.ofSeconds(2);

    private enum State {
        STARTING,
        RUNNING,
        RESTARTING,
        ENDING,
        FAILED,
        STOPPED
    }

    private final Blueprint blueprint;
    private final RestartPolicy policy;
    private final ClusterFeeder feeder;
    private final Assembly assembly;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final RestartBudget budget;
    private final RestartHistory history = new RestartHistory();
    private State state = State.STARTING;
    private @Nullable Generation latest;
    private @Nullable Generation standing;
    private @Nullable RuntimeException fatal;

    Generations(Blueprint blueprint) {
        this.blueprint = blueprint;
        this.policy = blueprint.config().restarts();
        this.budget = new RestartBudget(policy);
        this.feeder = new ClusterFeeder(blueprint.config(), blueprint.jobs("input", 0), this);
        this.assembly = new Assembly(blueprint, this::open);
    }

    ClusterFeeder feeder() {
        return feeder;
    }

    /** Starts the first generation, or one more where that fails and the policy allows it; returns when its nodes know each other. */
    void start() {
        try {
            bringUp(0);
        } catch (RuntimeException e) {
            stop(State.STOPPED, e, "the cluster could not start");
            throw e;
        }
    }

    private void bringUp(int first) {
        int number = first;
        while (true) {
            NodeExitException cause;
            Generation next = null;
            try {
                next = assembly.standing(number);
                if (stands(next)) {
                    feeder.replay(next);
                    return;
                }
                cause = next.failure(FAILURE_LIMIT).orElseThrow();
            } catch (NodeExitException e) {
                cause = e;
            }
            Generation failed = latest().orElseThrow();
            Duration pause = takeRestart();
            if (pause == null) {
                throw explained(cause);
            }
            restart(failed, cause.first(), pause);
            number = failed.number() + 1;
        }
    }

    /** Returns the pause before a restart, or null if there is to be none. */
    private @Nullable Duration takeRestart() {
        if (policy.maxRestarts() > 0 && feeder.hasStream()) {
            log.warn(
                    "cluster {} is fed by a stream, whose rows nobody can feed again; it is not started again",
                    blueprint.id());
            return null;
        }
        lock.lock();
        try {
            return budget.take(System.nanoTime()).orElse(null);
        } finally {
            lock.unlock();
        }
    }

    private Generation open(int number, ClusterTemplate template) {
        CheckpointFolders.Newest newest = number == 0 ? CheckpointFolders.Newest.NONE : feeder.newestCheckpoints();
        Generation next = Generation.open(blueprint, number, template, feeder, newest, this::failed);
        lock.lock();
        try {
            if (state == State.STOPPED) {
                next.release();
                throw new IllegalStateException("the cluster was closed while it was started");
            }
            latest = next;
        } finally {
            lock.unlock();
        }
        next.launch();
        return next;
    }

    /** Makes a generation the one that runs; returns false if it has failed meanwhile. */
    private boolean stands(Generation next) {
        lock.lock();
        try {
            if (state == State.STOPPED) {
                throw new IllegalStateException("the cluster was closed while it was started");
            }
            if (next.hasFailed()) {
                return false;
            }
            feeder.begin(next.number());
            standing = next;
            state = State.RUNNING;
            changed.signalAll();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /**
     * First failure of a node of a generation. Called on the thread of the server's events, which must go on to hear of the consequences, so
     * that the waiting is left to another one.
     */
    private void failed(Generation generation, NodeFailure failure) {
        lock.lock();
        try {
            if (state != State.RUNNING || latest != generation) {
                return; // whoever starts or ends it looks for himself
            }
            Duration pause = takeRestart();
            state = pause == null ? State.FAILED : State.RESTARTING;
            log.warn("cluster {} {}: {}", blueprint.id(), pause == null ? "ends" : "fails", failure.describe());
            changed.signalAll();
            Thread thread = new Thread(
                    () -> {
                        if (pause == null) {
                            generation.events().awaitSettled(); // exit codes come over connections that this closes
                            release(failure.node() + " failed");
                        } else {
                            recover(generation, failure, pause);
                        }
                    },
                    (pause == null ? "tfcluster-fail-" : "tfcluster-restart-") + blueprint.id());
            thread.setDaemon(true);
            thread.start();
        } finally {
            lock.unlock();
        }
        generation.cease(failure.node() + " failed");
    }

    private void recover(Generation old, NodeFailure failure, Duration pause) {
        try {
            NodeFailure cause =
                    old.failure(FAILURE_LIMIT).map(NodeExitException::first).orElse(failure);
            restart(old, cause, pause);
            bringUp(old.number() + 1);
        } catch (Throwable e) {
            // Spark throws checked exceptions undeclared; whatever it is, callers wait for the outcome.
            RuntimeException error = e instanceof RuntimeException known
                    ? known
                    : new IllegalStateException("the cluster could not be started again: " + e, e);
            stop(State.FAILED, error, "the cluster could not be started again");
        }
    }

    /** Ends a generation that failed, and lets the pause pass. */
    private void restart(Generation old, NodeFailure cause, Duration pause) {
        int next = old.number() + 1;
        history.add(next, cause);
        String why = cause.describe();
        log.warn("cluster {} starts again as generation {} in {} because {}", blueprint.id(), next, pause, why);
        old.events().announce(listener -> listener.restarting(cause, next));
        old.end(cause.node() + " failed");
        lock.lock();
        try {
            long left = pause.toNanos();
            while (left > 0 && state != State.STOPPED) {
                left = changed.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted before the cluster was started again", e);
        } finally {
            lock.unlock();
        }
    }

    /** Fails the cluster for something else than a node, if that generation runs. */
    void fail(Generation now, RuntimeException error) {
        lock.lock();
        try {
            if (state != State.RUNNING || latest != now) {
                return;
            }
        } finally {
            lock.unlock();
        }
        log.warn("cluster {} ends: what had been fed cannot be fed again", blueprint.id(), error);
        stop(State.FAILED, error, "feeding failed");
    }

    private void stop(State last, RuntimeException error, String reason) {
        lock.lock();
        try {
            if (state != State.STOPPED) {
                state = last;
                fatal = fatal == null ? explained(error) : fatal;
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        release(reason);
    }

    private void release(String reason) {
        latest().ifPresent(now -> now.abandon(reason));
        feeder.close();
    }

    /** Returns the generation that runs, after waiting for it if one is being started; that has its limit. */
    Generation running() {
        lock.lock();
        try {
            while (state == State.RESTARTING || state == State.STARTING) {
                changed.await(LOOK_MILLIS, TimeUnit.MILLISECONDS);
            }
            Generation now = latest;
            if (now != null && (state == State.RUNNING || state == State.ENDING)) {
                return now;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the cluster starts again", e);
        } finally {
            lock.unlock();
        }
        throwIfFailed();
        throw new IllegalStateException("the cluster has been shut down");
    }

    /** Returns whether a generation has failed and another one takes, or has taken, its place. */
    boolean restarts(Generation generation) {
        if (!generation.hasFailed()) {
            return false;
        }
        lock.lock();
        try {
            long left = TimeUnit.MILLISECONDS.toNanos(DECISION_MILLIS);
            while (state == State.RUNNING && latest == generation && left > 0) {
                left = changed.awaitNanos(left); // the failure was noted, what becomes of it is decided now
            }
            return state == State.RESTARTING
                    || ((state == State.RUNNING || state == State.ENDING) && latest != generation);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    /** From here on nodes may go without being missed; returns false if the generation has failed or is not the last one any more. */
    boolean ending(Generation generation) {
        lock.lock();
        try {
            if (state != State.RUNNING || latest != generation || generation.hasFailed()) {
                return false;
            }
            state = State.ENDING;
            return true;
        } finally {
            lock.unlock();
        }
    }

    boolean isStopped() {
        lock.lock();
        try {
            return state == State.STOPPED;
        } finally {
            lock.unlock();
        }
    }

    /** Throws what the cluster has failed with, if it has; while it is being started again it has not. */
    void throwIfFailed() {
        RuntimeException error;
        Generation now;
        lock.lock();
        try {
            error = fatal;
            now = state == State.RESTARTING || state == State.STARTING ? null : latest;
        } finally {
            lock.unlock();
        }
        if (error != null) {
            throw error;
        }
        if (now != null && now.hasFailed() && !restarts(now)) {
            now.failure(Duration.ZERO).ifPresent(failure -> {
                throw explained(failure);
            });
        }
    }

    /** Returns an exception that tells of the restarts before it, too. */
    RuntimeException explained(RuntimeException error) {
        return history.explained(error);
    }

    List<TrainingReport.Restart> restarts() {
        return history.restarts();
    }

    /** Returns the generation that runs or ran last. */
    Optional<Generation> latest() {
        lock.lock();
        try {
            return Optional.ofNullable(latest);
        } finally {
            lock.unlock();
        }
    }

    /** Returns the last generation whose nodes have all come, whatever became of them. */
    Generation standing() {
        lock.lock();
        try {
            return Objects.requireNonNull(standing, "no generation has stood yet");
        } finally {
            lock.unlock();
        }
    }

    /** Notes that the cluster has come to its end in order, and lets go of what is left of it. */
    void stopped() {
        noteStopped();
        feeder.close();
        latest().ifPresent(Generation::release);
    }

    /** Stops everything at once. */
    void abandon(String reason) {
        noteStopped();
        release(reason);
    }

    private void noteStopped() {
        lock.lock();
        try {
            state = State.STOPPED;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
