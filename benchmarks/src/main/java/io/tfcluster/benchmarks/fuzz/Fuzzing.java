package io.tfcluster.benchmarks.fuzz;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Sends so many hostile frames to one socket, and looks at what it holds before and after. */
final class Fuzzing {
    private static final int THREADS = 4;
    private static final int MAX_FAULTS = 20;
    private static final long SEED = 17;
    private static final int INSIDER_EACH = 4;
    private static final long SETTLE_SECONDS = 30;

    private final Victim victim;
    private final long frames;
    private final Consumer<String> progress;
    private final AtomicLong next = new AtomicLong();
    private final AtomicLong strangers = new AtomicLong();
    private final AtomicLong insiders = new AtomicLong();
    private final ConcurrentLinkedQueue<String> faults = new ConcurrentLinkedQueue<>();

    private Fuzzing(Victim victim, long frames, Consumer<String> progress) {
        this.victim = victim;
        this.frames = frames;
        this.progress = progress;
    }

    /**
     * Fuzzes one socket; a twentieth of the frames comes first, so that what a JVM allocates once is not taken for growth.
     *
     * @param progress told from time to time how far it is
     */
    static FuzzResult run(Supplier<Victim> start, long frames, Consumer<String> progress) {
        try (Victim victim = start.get()) {
            new Fuzzing(victim, Math.max(200, frames / 20), text -> {}).attack(SEED);
            victim.check(3);
            Usage before = settled(Usage.now());
            long exchanges = victim.exchanges();
            long begin = System.nanoTime();
            Fuzzing fuzzing = new Fuzzing(victim, frames, progress);
            fuzzing.attack(SEED + THREADS);
            double seconds = (System.nanoTime() - begin) / 1e9;
            fuzzing.checkHonest();
            Usage after = settled(before);
            if (!after.isNoMoreThan(before)) {
                fuzzing.fault("more is held than before");
            }
            return new FuzzResult(
                    victim.name(),
                    fuzzing.strangers.get(),
                    fuzzing.insiders.get(),
                    seconds,
                    victim.exchanges() - exchanges,
                    before,
                    after,
                    List.copyOf(fuzzing.faults));
        }
    }

    /** The last connections' ends take a moment; returns what is held when it is no more than that, or after 30 s. */
    private static Usage settled(Usage goal) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SETTLE_SECONDS);
        Usage now = Usage.now();
        while (!now.isNoMoreThan(goal) && System.nanoTime() < deadline) {
            Thread.onSpinWait();
            now = Usage.now();
        }
        return now;
    }

    private void attack(long seed) {
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            Mutator mutator = new Mutator(seed + i, victim.secret(), victim.purpose());
            boolean first = i == 0;
            Thread thread = new Thread(() -> attack(mutator, first), "fuzz-" + victim.name() + "-" + i);
            thread.setDaemon(true);
            thread.start();
            threads.add(thread);
        }
        try {
            for (Thread thread : threads) {
                thread.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while fuzzing " + victim.name(), e);
        }
    }

    private void attack(Mutator mutator, boolean first) {
        try (HostilePeer peer = new HostilePeer(victim, mutator, this::fault)) {
            for (long i = next.getAndIncrement(); i < frames; i = next.getAndIncrement()) {
                if (i % INSIDER_EACH == 0) {
                    peer.insider();
                    insiders.incrementAndGet();
                } else {
                    stranger(peer);
                }
                if (i > 0 && i % 50_000 == 0) {
                    progress.accept(victim.name() + ": " + i + " of " + frames);
                    checkHonest();
                }
            }
            if (first) {
                insiders.addAndGet(victim.more(frames / INSIDER_EACH, mutator));
            }
        } catch (IOException | RuntimeException e) {
            fault(Thread.currentThread().getName() + " ended: " + e);
        }
    }

    private void stranger(HostilePeer peer) {
        try {
            peer.stranger();
        } catch (IOException e) {
            // dropped in the middle of it, as it may be; that honest peers are served is seen elsewhere
        }
        strangers.incrementAndGet();
    }

    private void checkHonest() {
        try {
            victim.check(1);
        } catch (IllegalStateException e) {
            fault(String.valueOf(e.getMessage()));
        }
    }

    private void fault(String text) {
        if (faults.size() < MAX_FAULTS) {
            faults.add(text);
        }
    }
}
