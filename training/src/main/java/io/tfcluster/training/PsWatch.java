package io.tfcluster.training;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds parameter servers that are still connected but do not answer: frozen, hanging or cut off.
 *
 * <p>It asks all of them again and again. When one has not answered for stepTimeout, all sessions that were {@link #add}ed fail with an
 * error that names it, whatever they wait for and however long they may. A server that died is another matter: its connections break,
 * and it may come back, see {@link PsConnection}.
 */
final class PsWatch implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(PsWatch.class);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

    private final ParameterServers servers;
    private final Duration limit;
    private final Duration pause;
    private final Thread thread;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final List<Consumer<IllegalStateException>> sessions = new ArrayList<>();
    private long asked;
    private long answered;
    private boolean reached;
    private boolean hurry;
    private volatile @Nullable IllegalStateException verdict;

    private PsWatch(ParameterServers servers, Duration limit) {
        this.servers = servers;
        this.limit = limit;
        Duration share = limit.dividedBy(8);
        this.pause = share.compareTo(LONGEST_PAUSE) < 0 ? share : LONGEST_PAUSE;
        this.thread = new Thread(this::work, "ps-watch-" + servers.task());
        thread.setDaemon(true);
    }

    /** Starts the thread. */
    static PsWatch start(ParameterServers servers, Duration limit) {
        PsWatch watch = new PsWatch(servers, limit);
        watch.thread.start();
        return watch;
    }

    /** Tells this one too, at once if a server was found silent already. */
    void add(Consumer<IllegalStateException> session) {
        IllegalStateException found;
        lock.lock();
        try {
            sessions.add(session);
            found = verdict;
        } finally {
            lock.unlock();
        }
        if (found != null) {
            session.accept(found);
        }
    }

    void remove(Consumer<IllegalStateException> session) {
        lock.lock();
        try {
            sessions.remove(session);
        } finally {
            lock.unlock();
        }
    }

    /** Returns the error that a run's timeout comes from, if a server is silent: asks at once, and waits for what is found. */
    Optional<IllegalStateException> verdict() {
        long left = pause.plus(Duration.ofSeconds(1)).toNanos();
        lock.lock();
        try {
            long wanted = asked + 1;
            hurry = true;
            changed.signalAll();
            while (verdict == null && reached && answered < wanted && left > 0 && thread.isAlive()) {
                left = changed.awaitNanos(left);
            }
            return Optional.ofNullable(verdict);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        } finally {
            lock.unlock();
        }
    }

    /** Whether a server was found silent. */
    boolean isSilent() {
        return verdict != null;
    }

    private void work() {
        PsProbe probe = new PsProbe(servers, PsProbe.all(servers), limit.multipliedBy(2));
        try {
            while (verdict == null) {
                if (!look(probe)) {
                    probe.close();
                    probe = new PsProbe(servers, PsProbe.all(servers), limit.multipliedBy(2));
                }
                pause();
            }
        } catch (InterruptedException e) {
            log.debug("{} watches the parameter servers no longer", servers.task()); // closed
        } finally {
            probe.close();
        }
    }

    /** Asks once; returns false if the session is of no use any more. */
    private boolean look(PsProbe probe) throws InterruptedException {
        long begun = System.nanoTime();
        note(() -> {
            asked++;
            hurry = false;
        });
        CompletableFuture<Void> answer = probe.ask();
        if (PsProbe.answered(answer, begun + limit.toNanos() / 2)) {
            note(() -> told(!answer.isCompletedExceptionally()));
            return true;
        }
        if (!reached) { // it has not started yet, or died and is waited for
            while (!PsProbe.answered(answer, System.nanoTime() + limit.toNanos())) {
                log.debug("{} cannot reach all parameter servers", servers.task());
            }
            note(() -> told(!answer.isCompletedExceptionally()));
            return true;
        }
        List<Integer> silent = PsProbe.silent(servers, limit.dividedBy(2));
        if (answer.isDone()) {
            note(() -> told(!answer.isCompletedExceptionally()));
            return true;
        }
        if (silent.isEmpty()) {
            note(() -> told(false));
            return false;
        }
        declare(silent);
        return true;
    }

    private void told(boolean all) {
        answered = asked;
        reached = all;
    }

    private void declare(List<Integer> silent) {
        String names = silent.stream().map(ps -> "ps:" + ps).collect(Collectors.joining(", "));
        IllegalStateException found = new IllegalStateException("parameter server " + names + " did not answer "
                + servers.task() + " for stepTimeout " + limit
                + " though still connected: its process is frozen, or its machine hangs or is cut off. This trainer is"
                + " spent; end that process or let it go on, then train again with a new one, from the newest"
                + " checkpoint if variables were lost. Raise stepTimeout if such pauses are to be waited for.");
        List<Consumer<IllegalStateException>> tell = new ArrayList<>();
        note(() -> {
            verdict = found;
            tell.addAll(sessions);
        });
        tell.forEach(session -> session.accept(found));
    }

    private void note(Runnable what) {
        lock.lock();
        try {
            what.run();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void pause() throws InterruptedException {
        long left = pause.toNanos();
        lock.lock();
        try {
            while (!hurry && left > 0 && verdict == null) {
                left = changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Ends the thread; takes at most a second. */
    @Override
    public void close() {
        thread.interrupt();
        try {
            thread.join(TimeUnit.SECONDS.toMillis(1));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
