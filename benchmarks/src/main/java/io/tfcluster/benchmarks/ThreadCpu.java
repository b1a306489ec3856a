package io.tfcluster.benchmarks;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.util.HashMap;
import java.util.Map;

/**
 * Processor time of all threads whose names begin alike, those that have ended included: looked at every 20 ms, so that little is lost of
 * the ones that end. For one thread.
 */
final class ThreadCpu {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final long LOOK_NANOS = 20_000_000;

    private final String prefix;
    private final Map<Long, Long> nanos = new HashMap<>();
    private long lastLook = System.nanoTime() - LOOK_NANOS;

    ThreadCpu(String prefix) {
        this.prefix = prefix;
    }

    /** Returns the processor time that the calling thread has had, in nanoseconds. */
    static long ofThisThread() {
        return THREADS.getCurrentThreadCpuTime();
    }

    /** Returns the sum in nanoseconds, at most 20 ms old; call it often. */
    long nanos() {
        long now = System.nanoTime();
        if (now - lastLook >= LOOK_NANOS) {
            lastLook = now;
            for (ThreadInfo thread : THREADS.getThreadInfo(THREADS.getAllThreadIds())) {
                if (thread != null && thread.getThreadName().startsWith(prefix)) {
                    nanos.merge(thread.getThreadId(), THREADS.getThreadCpuTime(thread.getThreadId()), Math::max);
                }
            }
        }
        return nanos.values().stream().mapToLong(Long::longValue).sum();
    }
}
