package io.tfcluster.benchmarks.fuzz;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Does the same thing again and again on a thread of its own, counts, and keeps the error if there is one. */
final class HonestSession implements AutoCloseable {
    private static final long LIMIT_SECONDS = 60;

    /** One exchange; throws if what came back is wrong. */
    interface Exchange {
        void run() throws Exception;
    }

    private final String name;
    private final Exchange exchange;
    private final AtomicLong count = new AtomicLong();
    private final AtomicReference<@Nullable Throwable> error = new AtomicReference<>();
    private final Thread thread;
    private volatile boolean ending;

    private HonestSession(String name, Exchange exchange) {
        this.name = name;
        this.exchange = exchange;
        this.thread = new Thread(this::run, "fuzz-honest-" + name);
        this.thread.setDaemon(true);
    }

    static HonestSession start(String name, Exchange exchange) {
        HonestSession session = new HonestSession(name, exchange);
        session.thread.start();
        return session;
    }

    private void run() {
        try {
            while (!ending) {
                exchange.run();
                synchronized (this) {
                    count.incrementAndGet();
                    notifyAll();
                }
            }
        } catch (Throwable e) {
            synchronized (this) {
                if (!ending) {
                    error.set(e);
                }
                notifyAll();
            }
        }
    }

    long count() {
        return count.get();
    }

    void check(long further) {
        long wanted = count.get() + further;
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
        synchronized (this) {
            while (error.get() == null && count.get() < wanted && System.nanoTime() < deadline) {
                try {
                    wait(100);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new IllegalStateException("interrupted while watching the honest session on " + name, e);
                }
            }
        }
        Throwable broke = error.get();
        if (broke != null) {
            throw new IllegalStateException("the honest session on " + name + " broke: " + broke, broke);
        }
        if (count.get() < wanted) {
            throw new IllegalStateException("the honest session on " + name + " stands still: " + count + " of "
                    + wanted + " exchanges within " + LIMIT_SECONDS + " s");
        }
    }

    /** Lets the session end with its exchange, which the owner may break by closing what it uses. */
    void ending() {
        ending = true;
    }

    @Override
    public void close() {
        ending = true;
        thread.interrupt();
        try {
            thread.join(10_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
