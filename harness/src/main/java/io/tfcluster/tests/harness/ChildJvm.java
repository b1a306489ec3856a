package io.tfcluster.tests.harness;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.apache.spark.launcher.JavaModuleOptions;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A child JVM on the test class path that cannot outlive this one (see {@link Lifeline}).
 *
 * <p>Its stdout and stderr are drained into one list of last lines; {@link #awaitLines} waits for what it says. {@link #close()} ends
 * it by the end of its stdin, after 10 s by force.
 */
public final class ChildJvm implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ChildJvm.class);
    private static final int KEPT_LINES = 400;
    private static final Duration GRACE = Duration.ofSeconds(10);

    private final String name;
    private final Process process;
    private final Thread drain;
    private final Deque<String> lines = new ArrayDeque<>();

    private ChildJvm(String name, Process process) {
        this.name = name;
        this.process = process;
        this.drain = new Thread(this::drain, "child-" + name + "-output");
        this.drain.setDaemon(true);
    }

    /**
     * Starts a main class.
     *
     * @param name tells it from others in messages
     * @param environment added to this JVM's
     * @param jvmOptions heap, system properties; Spark's add-opens and this JVM's temporary folder are there already
     */
    public static ChildJvm start(
            String name,
            Class<?> mainClass,
            List<String> jvmOptions,
            Map<String, String> environment,
            Path workFolder,
            String... arguments) {
        return start(List.of(), name, mainClass, jvmOptions, environment, workFolder, arguments);
    }

    /**
     * As {@link #start(String, Class, List, Map, Path, String...)}, by another program.
     *
     * @param within the program with its arguments, which must become the one it is told, as nsenter does
     */
    public static ChildJvm start(
            List<String> within,
            String name,
            Class<?> mainClass,
            List<String> jvmOptions,
            Map<String, String> environment,
            Path workFolder,
            String... arguments) {
        List<String> command = new ArrayList<>(within);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(JavaModuleOptions.defaultModuleOptions().split(" +")));
        command.add(temporaryFolder());
        command.addAll(jvmOptions);
        command.add(Lifeline.class.getName());
        command.add(mainClass.getName());
        command.addAll(Arrays.asList(arguments));
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(workFolder.toFile()).redirectErrorStream(true);
        builder.environment().put("CLASSPATH", SparkHome.classPath());
        builder.environment().putAll(environment);
        try {
            ChildJvm child = new ChildJvm(name, builder.start());
            child.drain.start();
            return child;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start " + name + ": " + command, e);
        }
    }

    /** The option that gives another JVM this one's temporary folder, the only one where {@link Leftovers} looks. */
    static String temporaryFolder() {
        return "-Djava.io.tmpdir=" + System.getProperty("java.io.tmpdir");
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** The last lines it has written, at most 400. */
    public List<String> lastLines() {
        synchronized (lines) {
            return List.copyOf(lines);
        }
    }

    /**
     * Waits until so many of its last lines match, and returns the matches.
     *
     * @throws IllegalStateException with the last lines, when it ends before or says too little in time
     */
    public List<MatchResult> awaitLines(Pattern pattern, int count, Duration limit) {
        try {
            Awaitility.await()
                    .atMost(limit)
                    .pollInterval(Duration.ofMillis(50))
                    .until(() -> matches(pattern).size() >= count || !process.isAlive());
        } catch (ConditionTimeoutException e) {
            throw new IllegalStateException(
                    "%s wrote %d of %d lines like \"%s\" within %s; last output:%n%s"
                            .formatted(name, matches(pattern).size(), count, pattern, limit, output()),
                    e);
        }
        List<MatchResult> found = matches(pattern);
        if (found.size() < count) {
            throw new IllegalStateException("%s exited with code %d before it wrote \"%s\"; last output:%n%s"
                    .formatted(name, process.exitValue(), pattern, output()));
        }
        return found;
    }

    private List<MatchResult> matches(Pattern pattern) {
        return lastLines().stream()
                .flatMap(line -> pattern.matcher(line).results())
                .toList();
    }

    private String output() {
        return String.join("\n", lastLines());
    }

    private void drain() {
        try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                synchronized (lines) {
                    lines.addLast(line);
                    if (lines.size() > KEPT_LINES) {
                        lines.removeFirst();
                    }
                }
            }
        } catch (IOException e) {
            log.debug("output of {} ended: {}", name, e.toString());
        }
    }

    @Override
    public void close() {
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            log.debug("stdin of {} was closed already: {}", name, e.toString());
        }
        try {
            if (!process.waitFor(GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
                log.warn("{} (pid {}) still alive {} after the end of its stdin; killing it", name, pid(), GRACE);
                process.destroyForcibly().waitFor(GRACE.toMillis(), TimeUnit.MILLISECONDS);
            }
            drain.join(GRACE.toMillis());
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
