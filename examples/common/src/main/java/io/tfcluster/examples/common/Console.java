package io.tfcluster.examples.common;

import java.io.PrintStream;
import java.util.List;

/**
 * Where a run speaks to a person: lines of at most 80 columns. On a terminal a few lines at the bottom live, one for each node, and are
 * written over; elsewhere they are left out.
 */
public final class Console {

    private final PrintStream out;
    private final boolean terminal;
    private int liveLines;

    /** Writes there; it is taken for a terminal if this process has one. */
    @SuppressWarnings("SystemConsoleNull") // Java 17 only: null where input or output is no terminal
    public Console(PrintStream out) {
        this(out, System.console() != null);
    }

    /** Writes there, to a terminal or to something else. */
    public Console(PrintStream out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    /** Returns whether lines can be written over. */
    public boolean isTerminal() {
        return terminal;
    }

    /** Prints a line, which stays. */
    public synchronized void say(String line) {
        eraseLive();
        out.println(line);
        out.flush();
    }

    /** Shows these below everything, in the place of the ones before. */
    public synchronized void live(List<String> lines) {
        if (!terminal) {
            return;
        }
        eraseLive();
        lines.forEach(out::println);
        out.flush();
        liveLines = lines.size();
    }

    /** Returns a bar for so many things. */
    public ProgressBar progress(String title, long total) {
        return new ProgressBar(out, title, total, terminal);
    }

    private void eraseLive() {
        if (liveLines > 0) {
            out.print("\u001b[" + liveLines + "A\u001b[J"); // up so many lines, and clear from there
            liveLines = 0;
        }
    }
}
