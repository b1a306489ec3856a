package io.tfcluster.reservation;

import io.netty.util.concurrent.FastThreadLocalThread;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The one thread on which listeners are called, in the order of the events. */
final class Events {
    private static final Logger log = LoggerFactory.getLogger(Events.class);

    /** From here on progress and log lines are left out. */
    private static final int SOFT_LIMIT = 10_000;

    /** Bounds what nodes can pile up here by sending notices. */
    private static final int HARD_LIMIT = 200_000;

    private final List<ReservationListener> listeners;
    private final ThreadPoolExecutor thread;

    Events(String name, List<ReservationListener> listeners) {
        this.listeners = listeners;
        thread = new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(HARD_LIMIT), runnable -> {
            Thread made = new FastThreadLocalThread(runnable, name);
            made.setDaemon(true);
            return made;
        });
    }

    /** Calls the listeners soon. */
    void emit(Consumer<ReservationListener> event) {
        try {
            thread.execute(() -> listeners.forEach(listener -> call(listener, event)));
        } catch (RejectedExecutionException e) {
            if (!thread.isShutdown()) {
                log.warn("a listener is {} events behind; one event is left out", HARD_LIMIT);
            }
        }
    }

    /** Calls the listeners soon, unless they are far behind: what this says will be said again, or is for reading along. */
    void emitIfKeepingUp(Consumer<ReservationListener> event) {
        if (thread.getQueue().size() < SOFT_LIMIT) {
            emit(event);
        }
    }

    private static void call(ReservationListener listener, Consumer<ReservationListener> event) {
        try {
            event.accept(listener);
        } catch (RuntimeException e) {
            log.warn("{} threw at an event and will hear the next ones all the same", listener.getClass(), e);
        }
    }

    /** Lets the events that happened so far be heard and ends the thread; waits at most this long. */
    void close(long limitMillis) {
        thread.shutdown();
        try {
            if (!thread.awaitTermination(limitMillis, TimeUnit.MILLISECONDS)) {
                log.warn("a listener still runs after {} ms; it is interrupted", limitMillis);
                thread.shutdownNow();
            }
        } catch (InterruptedException e) {
            thread.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}
