package io.tfcluster.tests.harness;

import io.tfcluster.tests.harness.ListeningSockets.Listener;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * Tells what a test has left behind: processes, files, listening ports and threads that were not there before.
 *
 * <p>Processes are the descendants of this JVM, and every process that carries this checkout's mark in its environment or command
 * line: an orphan whose parent was killed is no descendant any more, but has inherited the environment. Outside Maven, where the mark
 * is not set, orphans are not seen.
 *
 * <pre>{@code
 * Leftovers.Snapshot before = Leftovers.snapshot();
 * …
 * Leftovers.assertNothingLeftSince(before);
 * }</pre>
 */
public final class Leftovers {
    /** Names our files and sockets begin with, wherever temporary files lie. */
    static final List<String> FILE_PATTERNS = List.of("tfcluster*", "tfc-*", "tfos*");

    /** What our threads' names begin with. */
    static final List<String> THREAD_PREFIXES = List.of(
            "tfcluster", "transport", "reservation", "control", "heartbeat", "feed", "node", "ring", "train", "child-");

    private static final List<Path> FOLDERS =
            List.of(Path.of(System.getProperty("java.io.tmpdir")), Path.of("/dev/shm"));
    private static final Duration LIMIT = Duration.ofSeconds(15);

    /** What there was at one moment. */
    public record Snapshot(Set<Long> pids, Set<Path> files, Set<Listener> listeners, Set<Long> threads) {
        public Snapshot {
            pids = Set.copyOf(pids);
            files = Set.copyOf(files);
            listeners = Set.copyOf(listeners);
            threads = Set.copyOf(threads);
        }
    }

    private Leftovers() {}

    /** What there is now. */
    public static Snapshot snapshot() {
        Set<Long> pids = pids();
        Set<Long> threads = threads().stream().map(Thread::getId).collect(Collectors.toCollection(TreeSet::new));
        return new Snapshot(pids, files(), listeners(pids), threads);
    }

    /**
     * Waits, 15 s at most, until nothing is there that was not there at the snapshot.
     *
     * @throws AssertionError that lists what stayed
     */
    public static void assertNothingLeftSince(Snapshot before) {
        assertNothingLeftSince(before, LIMIT);
    }

    /**
     * Waits until nothing is there that was not there at the snapshot.
     *
     * @throws AssertionError that lists what stayed
     */
    public static void assertNothingLeftSince(Snapshot before, Duration limit) {
        try {
            Awaitility.await()
                    .atMost(limit)
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(100))
                    .until(() -> since(before).isEmpty());
        } catch (ConditionTimeoutException e) {
            List<String> left = since(before);
            if (!left.isEmpty()) {
                throw new AssertionError("left behind after " + limit + ":\n  " + String.join("\n  ", left), e);
            }
        }
    }

    /** What is there now and was not there at the snapshot, one line each. */
    public static List<String> since(Snapshot before) {
        Set<Long> pids = pids();
        List<String> left = new ArrayList<>();
        pids.stream()
                .filter(pid -> !before.pids().contains(pid))
                .forEach(pid -> left.add("process: " + Processes.describe(pid)));
        files().stream().filter(file -> !before.files().contains(file)).forEach(file -> left.add("file: " + file));
        listeners(pids).stream()
                .filter(listener -> !before.listeners().contains(listener))
                .forEach(listener -> left.add("port: " + listener));
        threads().stream()
                .filter(thread -> !before.threads().contains(thread.getId()))
                .forEach(thread -> left.add("thread: " + thread.getName() + " (" + thread.getState() + ")"));
        return left;
    }

    /** This JVM's descendants and this checkout's orphans. */
    private static Set<Long> pids() {
        Set<Long> pids = new TreeSet<>();
        ProcessHandle.current().descendants().filter(Processes::isRunning).forEach(child -> pids.add(child.pid()));
        Processes.run().ifPresent(run -> {
            String variable = Processes.RUN_VARIABLE + "=" + run;
            ProcessHandle.allProcesses()
                    .filter(process -> Processes.environment(process.pid()).contains(variable))
                    .filter(Processes::isRunning)
                    .forEach(process -> pids.add(process.pid()));
            Processes.withWord("-D" + variable).forEach(process -> pids.add(process.pid()));
        });
        pids.remove(ProcessHandle.current().pid());
        return pids;
    }

    private static Set<Listener> listeners(Set<Long> pids) {
        Set<Long> withSelf = new TreeSet<>(pids);
        withSelf.add(ProcessHandle.current().pid());
        return ListeningSockets.of(withSelf);
    }

    private static Set<Path> files() {
        Set<Path> found = new TreeSet<>();
        for (String pattern : FILE_PATTERNS) {
            PathMatcher matcher = FileSystems.getDefault().getPathMatcher("glob:" + pattern);
            for (Path folder : FOLDERS) {
                if (Files.isDirectory(folder)) {
                    try (Stream<Path> files = Files.list(folder)) {
                        files.filter(file -> matcher.matches(file.getFileName()))
                                .forEach(found::add);
                    } catch (IOException e) {
                        throw new UncheckedIOException("cannot list " + folder, e);
                    }
                }
            }
        }
        return found;
    }

    private static List<Thread> threads() {
        Thread[] threads = new Thread[Thread.activeCount() * 2 + 64];
        int count = Thread.enumerate(threads);
        return Stream.of(threads)
                .limit(count)
                .filter(Objects::nonNull)
                .filter(thread -> THREAD_PREFIXES.stream().anyMatch(thread.getName()::startsWith))
                .toList();
    }
}
