package io.tfcluster.examples.objectfeatures;

import io.tfcluster.examples.common.Console;
import io.tfcluster.examples.objectfeatures.StageCounts.Stage;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** On a terminal a line for each stage, written over once a second; elsewhere nothing, and the batches tell. Ends with {@link #close()}. */
final class Progress implements AutoCloseable {

    private static final int BAR = 30;
    private static final long END_SECONDS = 2;

    private final Console console;
    private final StageCounts counts;
    private final long total;
    private final AtomicLong written = new AtomicLong();
    private final long start = System.nanoTime();
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "objectfeatures-progress");
        thread.setDaemon(true);
        return thread;
    });

    private Progress(Console console, StageCounts counts, long total) {
        this.console = console;
        this.counts = counts;
        this.total = total;
    }

    static Progress start(Console console, StageCounts counts, long total) {
        Progress progress = new Progress(console, counts, total);
        if (console.isTerminal()) {
            ScheduledFuture<?> unused = progress.clock.scheduleAtFixedRate(progress::show, 1, 1, TimeUnit.SECONDS);
        }
        return progress;
    }

    void written(long pictures) {
        written.addAndGet(pictures);
    }

    private void show() {
        console.live(lines((System.nanoTime() - start) / 1e9));
    }

    /** A line for each stage, of at most 79 columns. */
    List<String> lines(double seconds) {
        List<String> lines = new ArrayList<>();
        lines.add(line("read", counts.of(Stage.READ), ""));
        lines.add(line("decode", counts.of(Stage.DECODED), ""));
        lines.add(line(
                "detect",
                counts.of(Stage.SEARCHED),
                String.format(Locale.ROOT, "%,d with an object", counts.of(Stage.FOUND))));
        long featured = counts.of(Stage.FEATURED);
        lines.add(line("features", featured, String.format(Locale.ROOT, "%,.1f/s", featured / Math.max(1, seconds))));
        lines.add(line("written", written.get(), ""));
        return lines;
    }

    private String line(String stage, long done, String more) {
        int full = total == 0 ? BAR : (int) Math.min(BAR, done * BAR / total);
        String line = String.format(
                Locale.ROOT,
                "  %-9s[%s%s] %,d/%,d  %s",
                stage,
                "#".repeat(full),
                ".".repeat(BAR - full),
                Math.min(done, total),
                total,
                more);
        return line.length() > 79 ? line.substring(0, 79) : line;
    }

    @Override
    public void close() {
        clock.shutdownNow();
        try {
            clock.awaitTermination(END_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        console.live(List.of());
    }
}
