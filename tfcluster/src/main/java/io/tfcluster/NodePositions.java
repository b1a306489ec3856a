package io.tfcluster;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** What nodes have said of their positions in one feed. Any thread may call. */
final class NodePositions {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Map<String, Long> taken = new HashMap<>();
    private final Map<String, Long> kept = new HashMap<>();
    private long over = -1;
    private long messages;

    /**
     * Notes that a node has handed out all rows of an epoch and of those before.
     *
     * @return the latest epoch that all nodes have handed out, if that is news, or -1
     */
    long taken(String node, long epoch, Collection<String> all) {
        lock.lock();
        try {
            taken.merge(node, epoch, Math::max);
            long least = all.stream()
                    .mapToLong(each -> taken.getOrDefault(each, -1L))
                    .min()
                    .orElse(-1);
            boolean news = least > over;
            over = Math.max(over, least);
            return news ? least : -1;
        } finally {
            lock.unlock();
        }
    }

    /** Returns a number for a message that a node is to answer, higher than those before. */
    long nextMessage() {
        lock.lock();
        try {
            messages++;
            return messages;
        } finally {
            lock.unlock();
        }
    }

    /** Notes the answer. */
    void kept(String node, long message) {
        lock.lock();
        try {
            kept.merge(node, message, Math::max);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits for the answer; returns whether it is there. */
    boolean awaitKept(String node, long message, long millis) throws InterruptedException {
        lock.lock();
        try {
            long left = TimeUnit.MILLISECONDS.toNanos(millis);
            while (kept.getOrDefault(node, 0L) < message && left > 0) {
                left = changed.awaitNanos(left);
            }
            return kept.getOrDefault(node, 0L) >= message;
        } finally {
            lock.unlock();
        }
    }
}
