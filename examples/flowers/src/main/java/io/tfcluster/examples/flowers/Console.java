package io.tfcluster.examples.flowers;

import java.io.PrintStream;
import java.util.List;

/**
 * Where a run speaks to a person: lines of at most 80 columns. On a terminal a few lines at the bottom live, one for each node, and are
 * written over; elsewhere they are left out.
 */
final class Console {

    private final PrintStream out;
    private final boolean terminal;
    private int liveLines;

    @SuppressWarnings("SystemConsoleNull") // Java 17 only: null where input or output is no terminal
    Console(PrintStream out) {
        this(out, System.console() != null);
    }

    Console(PrintStream out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    boolean isTerminal() {
        return terminal;
    }

    synchronized void say(String line) {
        eraseLive();
        out.println(line);
        out.flush();
    }

    /** Shows these below everything, in the place of the ones before. */
    synchronized void live(List<String> lines) {
        if (!terminal) {
            return;
        }
        eraseLive();
        lines.forEach(out::println);
        out.flush();
        liveLines = lines.size();
    }

    ProgressBar progress(String title, long total) {
        return new ProgressBar(out, title, total, terminal);
    }

    private void eraseLive() {
        if (liveLines > 0) {
            out.print("\u001b[" + liveLines + "A\u001b[J"); // up so many lines, and clear from there
            liveLines = 0;
        }
    }
}
