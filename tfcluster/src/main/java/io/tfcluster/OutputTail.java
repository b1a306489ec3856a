package io.tfcluster;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Drains a child's output for as long as it lives: a full pipe would stop the child.
 *
 * <p>Each line goes into the executor's log with the node's name in front; the last {@value #KEPT} stay at hand for the error message. A
 * line equal to the marker is not output but the child's word that the cluster stands.
 */
final class OutputTail {
    private static final Logger log = LoggerFactory.getLogger("io.tfcluster.node");
    static final int KEPT = 100;
    private static final int LONGEST_LINE = 4_000;

    private final String name;
    private final String marker;
    private final Deque<String> lines = new ArrayDeque<>();
    private final CountDownLatch marked = new CountDownLatch(1);
    private final Thread drainer;

    OutputTail(String name, String marker, InputStream output) {
        this.name = name;
        this.marker = marker;
        this.drainer = new Thread(() -> drain(output), "node-output-" + name);
        this.drainer.setDaemon(true);
        this.drainer.start();
    }

    private void drain(InputStream output) {
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(output, StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                if (line.equals(marker)) {
                    marked.countDown();
                } else {
                    keep(line.length() > LONGEST_LINE ? line.substring(0, LONGEST_LINE) + "…" : line);
                }
            }
        } catch (IOException e) {
            log.debug("[{}] output ended", name, e); // the pipe of a killed child breaks; its exit code tells the story
        }
    }

    private void keep(String line) {
        log.info("[{}] {}", name, line);
        synchronized (lines) {
            if (lines.size() == KEPT) {
                lines.removeFirst();
            }
            lines.addLast(line);
        }
    }

    /** Returns whether the marker has come within the limit. */
    boolean awaitMarker(long millis) throws InterruptedException {
        return marked.await(millis, TimeUnit.MILLISECONDS);
    }

    /** Waits for the end of the output, at most the limit: the last lines of a dead child may still be in the pipe. */
    void join(long millis) throws InterruptedException {
        drainer.join(millis);
    }

    /** Returns the last lines, oldest first. */
    List<String> lastLines() {
        synchronized (lines) {
            return List.copyOf(lines);
        }
    }
}
