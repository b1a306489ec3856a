package io.tfcluster.benchmarks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Looks at the resident memory of some processes again and again, from {@link #start} to {@link #close()}, which takes 5 s at most. */
final class ResidentMemory implements AutoCloseable {
    private static final int CLOSE_SECONDS = 5;

    private final Map<String, Long> pids;
    private final List<Double> seconds = new ArrayList<>();
    private final Map<String, List<Double>> megabytes = new LinkedHashMap<>();
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "benchmark-memory");
        thread.setDaemon(true);
        return thread;
    });
    private final long start = System.nanoTime();

    private ResidentMemory(Map<String, Long> pids) {
        this.pids = new LinkedHashMap<>(pids);
        pids.keySet().forEach(name -> megabytes.put(name, new ArrayList<>()));
    }

    /** Starts to look. */
    @SuppressWarnings("FutureReturnValueIgnored") // its errors show as missing points, which curves() tells
    static ResidentMemory start(Map<String, Long> pids, long everyMillis) {
        ResidentMemory memory = new ResidentMemory(pids);
        memory.clock.scheduleAtFixedRate(memory::look, 0, everyMillis, TimeUnit.MILLISECONDS);
        return memory;
    }

    /** Returns where on the curves a {@link System#nanoTime()} lies. */
    double secondsAt(long nanoTime) {
        return (nanoTime - start) / 1e9;
    }

    private synchronized void look() {
        Map<String, Long> now = new LinkedHashMap<>();
        pids.forEach((name, pid) -> now.put(name, Machine.resident(pid)));
        if (now.values().stream().allMatch(bytes -> bytes > 0)) { // else one is ending
            seconds.add((System.nanoTime() - start) / 1e9);
            now.forEach((name, bytes) -> megabytes.getOrDefault(name, List.of()).add(bytes / 1e6));
        }
    }

    /**
     * Returns megabytes over seconds, a curve for each process.
     *
     * @throws IllegalStateException if there was nothing to see
     */
    synchronized List<Curve> curves() {
        if (seconds.isEmpty()) {
            throw new IllegalStateException("no resident memory of the processes " + pids + "; is there a /proc?");
        }
        List<Curve> curves = new ArrayList<>();
        megabytes.forEach((name, values) -> curves.add(new Curve(name, seconds, values)));
        return curves;
    }

    @Override
    public void close() {
        clock.shutdownNow();
        try {
            if (!clock.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException("reading /proc takes more than " + CLOSE_SECONDS + " s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
