package io.tfcluster.benchmarks.fuzz;

import java.io.File;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.util.Locale;

/** What this process holds: bytes of heap and of direct memory, threads, files. */
record Usage(long heap, long direct, int threads, int files) {
    static Usage now() {
        System.gc(); // twice: what the first makes unreachable, channels say, lets go of more
        System.gc();
        long direct = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
        String[] files = new File("/proc/self/fd").list();
        return new Usage(
                ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed(),
                direct,
                ManagementFactory.getThreadMXBean().getThreadCount(),
                files == null ? 0 : files.length);
    }

    /** Whether this holds not more than before, within what a running JVM varies by. */
    boolean isNoMoreThan(Usage before) {
        return heap <= before.heap + (12L << 20)
                && direct <= before.direct + (4L << 20)
                && threads <= before.threads
                && files <= before.files + 8;
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%.1f MiB heap, %.1f MiB direct, %d threads, %d files",
                heap / 1048576.0,
                direct / 1048576.0,
                threads,
                files);
    }
}
