package io.tfcluster.examples.common;

import java.io.PrintStream;
import java.util.Locale;

/** One line of at most 79 columns that is written over; on something that is no terminal, a line every tenth. */
public final class ProgressBar {

    private static final int WIDTH = 30;

    private final PrintStream out;
    private final String title;
    private final long total;
    private final boolean terminal;
    private final long start = System.nanoTime();
    private long shownNanos;
    private long shownTenth = -1;

    /** Makes one that starts now. */
    public ProgressBar(PrintStream out, String title, long total, boolean terminal) {
        this.out = out;
        this.title = title;
        this.total = total;
        this.terminal = terminal;
    }

    /** Shows that so many are done; the last one ends the line. */
    public void at(long done) {
        long now = System.nanoTime();
        long tenth = total == 0 ? 10 : done * 10 / total;
        boolean last = done >= total;
        if (terminal ? !last && now - shownNanos < 100_000_000L : tenth == shownTenth) {
            return;
        }
        shownNanos = now;
        shownTenth = tenth;
        out.print((terminal ? "\r" : "") + line(done, (now - start) / 1e9) + (terminal && !last ? "" : "\n"));
        out.flush();
    }

    String line(long done, double seconds) {
        int full = total == 0 ? WIDTH : (int) (done * WIDTH / total);
        String rate = seconds > 0 ? String.format(Locale.ROOT, "%,.0f/s", done / seconds) : "";
        String line = String.format(
                Locale.ROOT,
                "%-12.12s [%s%s] %,d/%,d %s",
                title,
                "#".repeat(full),
                ".".repeat(WIDTH - full),
                done,
                total,
                rate);
        return String.format("%-79.79s", line);
    }
}
