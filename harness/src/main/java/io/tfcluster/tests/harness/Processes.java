package io.tfcluster.tests.harness;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Processes as Linux shows them: whole command lines and environments from /proc.
 *
 * <p>{@link ProcessHandle.Info#commandLine()} stops after one page, and our class path alone is longer.
 */
public final class Processes {
    /** Surefire sets it; whatever the tests start inherits it. */
    static final String RUN_VARIABLE = "TFCLUSTER_TESTS_RUN";

    private static final Logger log = LoggerFactory.getLogger(Processes.class);

    private Processes() {}

    /** What marks this checkout's test processes; empty outside Maven. */
    static Optional<String> run() {
        return Optional.ofNullable(System.getenv(RUN_VARIABLE)).filter(value -> !value.isBlank());
    }

    public static List<String> commandLine(long pid) {
        return zeroSeparated(Path.of("/proc", Long.toString(pid), "cmdline"));
    }

    static List<String> environment(long pid) {
        return zeroSeparated(Path.of("/proc", Long.toString(pid), "environ"));
    }

    private static List<String> zeroSeparated(Path file) {
        try {
            return List.of(new String(Files.readAllBytes(file), StandardCharsets.UTF_8).split("\0"));
        } catch (IOException e) {
            return List.of(); // gone meanwhile, or not ours to read
        }
    }

    /** Every living process but this one with the word in its command line. */
    public static List<ProcessHandle> withWord(String word) {
        long self = ProcessHandle.current().pid();
        return ProcessHandle.allProcesses()
                .filter(process -> process.pid() != self && isRunning(process))
                .filter(process -> commandLine(process.pid()).stream().anyMatch(argument -> argument.contains(word)))
                .toList();
    }

    /** A zombie is dead: its parent has only not asked yet. */
    public static boolean isRunning(ProcessHandle process) {
        return process.isAlive() && !commandLine(process.pid()).isEmpty();
    }

    /** The pid, the main class (or program) and the last few arguments, without the class path. */
    public static String describe(long pid) {
        List<String> command = commandLine(pid);
        int main = 1;
        while (main < command.size() && command.get(main).startsWith("-")) {
            main += command.get(main).equals("-cp") || command.get(main).equals("-classpath") ? 2 : 1;
        }
        String program = command.isEmpty() ? "(gone)" : command.get(0);
        String rest = main < command.size() ? String.join(" ", command.subList(main, command.size())) : "";
        return "pid " + pid + " " + program + " " + (rest.length() > 300 ? rest.substring(0, 300) + "…" : rest);
    }

    /** Waits for all of them to end until the limit, then kills what is left, with a warning. */
    static void awaitEnd(List<ProcessHandle> processes, Duration limit) {
        long end = System.nanoTime() + limit.toNanos();
        for (ProcessHandle process : processes) {
            try {
                process.onExit().get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
            } catch (TimeoutException e) {
                log.warn("{} still alive after {}; killing it", describe(process.pid()), limit);
                process.destroyForcibly();
            } catch (InterruptedException e) {
                process.destroyForcibly();
                Thread.currentThread().interrupt();
            } catch (ExecutionException e) {
                throw new IllegalStateException("cannot wait for " + describe(process.pid()), e);
            }
        }
    }
}
