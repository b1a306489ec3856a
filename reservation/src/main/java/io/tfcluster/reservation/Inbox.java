package io.tfcluster.reservation;

import io.netty.util.concurrent.FastThreadLocalThread;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls a node's handlers on one thread of their own, in order, so that a slow one holds up neither the connection nor the heartbeats.
 * What comes before there is a handler is kept for it.
 */
final class Inbox {
    private static final Logger log = LoggerFactory.getLogger(Inbox.class);
    private static final int LIMIT = 10_000;

    private final ThreadPoolExecutor thread;
    private final Queue<Message.Notice> waiting = new ArrayDeque<>();
    private @Nullable BiConsumer<String, Map<String, String>> noticeHandler;
    private @Nullable Consumer<String> stopHandler;
    private @Nullable Runnable disconnectHandler;
    private @Nullable String stopReason;
    private boolean gone;
    private boolean quiet;
    private volatile @Nullable Thread running;

    Inbox(String name) {
        thread = new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(LIMIT), runnable -> {
            Thread made = new FastThreadLocalThread(runnable, name);
            made.setDaemon(true);
            running = made;
            return made;
        });
    }

    synchronized void onNotice(BiConsumer<String, Map<String, String>> handler) {
        noticeHandler = handler;
        while (!waiting.isEmpty()) {
            Message.Notice notice = waiting.remove();
            call(() -> handler.accept(notice.topic(), notice.details()));
        }
    }

    synchronized void onStop(Consumer<String> handler) {
        stopHandler = handler;
        String reason = stopReason;
        if (reason != null) {
            call(() -> handler.accept(reason));
        }
    }

    synchronized void onDisconnect(Runnable handler) {
        disconnectHandler = handler;
        if (gone && !quiet) {
            call(handler);
        }
    }

    /** From now on a connection that ends is no news. */
    synchronized void expectDisconnect() {
        quiet = true;
    }

    synchronized void notice(Message.Notice notice) {
        BiConsumer<String, Map<String, String>> handler = noticeHandler;
        if (handler != null) {
            call(() -> handler.accept(notice.topic(), notice.details()));
        } else if (waiting.size() < LIMIT) {
            waiting.add(notice);
        } else {
            throw new IllegalStateException(LIMIT + " notices came and nobody wants them");
        }
    }

    synchronized void stop(String reason) {
        Consumer<String> handler = stopHandler;
        if (handler != null && stopReason == null) {
            call(() -> handler.accept(reason));
        }
        stopReason = reason;
    }

    synchronized void disconnected() {
        gone = true;
        if (disconnectHandler != null && !quiet) {
            call(disconnectHandler);
        }
    }

    private void call(Runnable handler) {
        try {
            thread.execute(() -> {
                try {
                    handler.run();
                } catch (RuntimeException e) {
                    log.warn("a handler of the control connection threw", e);
                }
            });
        } catch (RejectedExecutionException e) {
            if (!thread.isShutdown()) {
                throw new IllegalStateException("the handlers are " + LIMIT + " notices behind", e);
            }
        }
    }

    /** Ends the thread; waits for a running handler at most this long, and not at all if it is the one that calls this. */
    void close(long limitMillis) {
        thread.shutdown();
        if (Thread.currentThread() == running) {
            return;
        }
        try {
            if (!thread.awaitTermination(limitMillis, TimeUnit.MILLISECONDS)) {
                log.warn("a handler of the control connection still runs after {} ms; it is interrupted", limitMillis);
                thread.shutdownNow();
            }
        } catch (InterruptedException e) {
            thread.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}
