package io.tfcluster.estimator;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntSupplier;
import java.util.stream.Collectors;
import org.apache.spark.SparkContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives the task slots of one application to clusters, whole ones, in the order in which they asked.
 *
 * <p>A search over parameters starts several clusters at once. Spark would give each some of the slots that it needs, and all would wait for
 * the rest. Here a cluster starts when there are slots for all its processes beside those of the clusters that stand, and holds them to
 * its end: its feed tasks run in them. Who asked first is served first, a large cluster is not passed by small ones. If nobody holds
 * slots, the first one goes, however many there are: executors may still be coming, and the cluster says by itself what it lacks.
 *
 * <p>There is one queue for each SparkContext of the JVM, in a static map, since a search makes copies of its estimators that know
 * nothing of each other but the context.
 */
final class SlotQueue {
    private static final Logger log = LoggerFactory.getLogger(SlotQueue.class);
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);
    private static final Map<SparkContext, SlotQueue> QUEUES = new WeakHashMap<>();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<Held> waiting = new ArrayDeque<>();
    private final Map<Held, Integer> holders = new LinkedHashMap<>();

    /** Slots that are held until this is closed. */
    final class Held implements AutoCloseable {
        private final String name;
        private final AtomicBoolean closed = new AtomicBoolean();

        private Held(String name) {
            this.name = name;
        }

        @Override
        public void close() {
            if (closed.compareAndSet(false, true)) {
                release(this);
            }
        }
    }

    /** Returns the queue of an application. */
    static SlotQueue of(SparkContext sc) {
        synchronized (QUEUES) {
            return QUEUES.computeIfAbsent(sc, key -> new SlotQueue());
        }
    }

    /**
     * Returns when the slots are there.
     *
     * @param name who asks, for the log
     * @param slots how many, 0 or more
     * @param total how many the application has, asked again while waiting
     * @throws IllegalStateException if others held them for too long, or the thread was interrupted
     */
    Held acquire(String name, int slots, IntSupplier total, Duration limit) {
        Held held = new Held(name);
        long deadline = System.nanoTime() + limit.toNanos();
        lock.lock();
        try {
            waiting.add(held);
            boolean told = false;
            while (waiting.peek() != held || !free(slots, total)) {
                if (!told) {
                    log.info(
                            "{} waits for {} of {} task slots, up to {}; {}",
                            name,
                            slots,
                            total.getAsInt(),
                            limit,
                            state());
                    told = true;
                }
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    throw new IllegalStateException(
                            name + " needs " + slots + " of " + total.getAsInt()
                                    + " task slots and did not get them within " + limit + "; " + state()
                                    + ". Lower the parallelism or clusterSize, give the application more cores, or raise reservationTimeout.");
                }
                changed.await(Math.min(left, LOOK_AGAIN.toNanos()), TimeUnit.NANOSECONDS);
            }
            holders.put(held, slots);
            return held;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(name + " was interrupted while it waited for task slots", e);
        } finally {
            waiting.remove(held);
            changed.signalAll();
            lock.unlock();
        }
    }

    private boolean free(int slots, IntSupplier total) {
        int taken = holders.values().stream().mapToInt(Integer::intValue).sum();
        return taken == 0 || taken + slots <= total.getAsInt();
    }

    /** Returns how many wait. */
    int waiting() {
        lock.lock();
        try {
            return waiting.size();
        } finally {
            lock.unlock();
        }
    }

    private String state() {
        String held = holders.entrySet().stream()
                .map(holder -> holder.getKey().name + " holds " + holder.getValue())
                .collect(Collectors.joining(", "));
        return (held.isEmpty() ? "none is held" : held) + ", " + waiting.size() + " in the queue";
    }

    private void release(Held held) {
        lock.lock();
        try {
            holders.remove(held);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
