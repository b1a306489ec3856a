package io.tfcluster.killmatrix;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.TimeUnit;

/** Sends signals with the program that every Unix has: Java knows only two of them. */
final class Signals {
    private static final int SECONDS = 10;

    private Signals() {}

    static void send(String signal, long pid) {
        try {
            Process process = new ProcessBuilder("kill", "-" + signal, Long.toString(pid))
                    .redirectErrorStream(true)
                    .start();
            if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IllegalStateException("kill -" + signal + " " + pid + " does not end");
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot run kill", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Freezes a process for so long. */
    static void pause(long pid, long seconds) {
        send("STOP", pid);
        try {
            TimeUnit.SECONDS.sleep(seconds);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            send("CONT", pid);
        }
    }
}
