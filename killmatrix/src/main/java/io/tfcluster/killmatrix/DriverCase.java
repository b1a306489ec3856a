package io.tfcluster.killmatrix;

import io.tfcluster.tests.harness.ChildJvm;
import io.tfcluster.tests.harness.Leftovers;
import io.tfcluster.tests.harness.LocalSpark;
import io.tfcluster.tests.harness.Processes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * A case whose victim is the driver: its nodes must end within five seconds of it, and another driver that is given the same model folder, here the
 * matrix's own, must come to an exact end.
 */
final class DriverCase {
    private static final Duration REACH_LIMIT = Duration.ofMinutes(2);
    private static final Duration END_LIMIT = Duration.ofMinutes(2);
    private static final double NODES_LIMIT_SECONDS = 5;
    private static final Duration NODES_WAIT = Duration.ofSeconds(30);
    private static final long PAUSE_SECONDS = 2;
    private static final Pattern NODE = Pattern.compile("^" + DriverMain.NODE + "(\\d+)$");
    private static final Pattern ENDED = Pattern.compile("^" + DriverMain.ENDED + "(.*)$");

    private final Case of;
    private final LocalSpark spark;

    DriverCase(Case of, LocalSpark spark) {
        this.of = of;
        this.spark = spark;
    }

    Result run() {
        Leftovers.Snapshot before = Leftovers.snapshot();
        try (Folder folder = Folder.make()) {
            Plan plan = new Plan(
                    of.who(),
                    of.phase(),
                    of.how(),
                    folder.path().toString(),
                    folder.path().toString(),
                    0);
            Path work = makeFolder(folder.path().resolve("driver"));
            Result result;
            try (ChildJvm driver = ChildJvm.start(
                    "driver",
                    DriverMain.class,
                    List.of(
                            "-Xmx512m",
                            "-XX:+UseSerialGC",
                            "-XX:+ExitOnOutOfMemoryError",
                            "-Djava.io.tmpdir=" + work,
                            "-Dlog4j2.configurationFile=killmatrix-log4j2.properties"),
                    Map.of(),
                    work,
                    DriverMain.words(of, folder.path()).toArray(String[]::new))) {
                result = run(plan, driver);
            }
            return new Result(
                    of,
                    result.outcome(),
                    result.seconds(),
                    result.firstCause(),
                    Leftover.since(before, spark::executorPids));
        }
    }

    private static Path makeFolder(Path folder) {
        try {
            return Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make " + folder, e);
        }
    }

    private Result run(Plan plan, ChildJvm driver) {
        if (!plan.marks().await(Marks.REACHED, REACH_LIMIT)) {
            return result("the phase was never reached", 0, lastLine(driver));
        }
        double damaged = System.nanoTime() / 1e9;
        if (of.how() == How.PAUSE) {
            Signals.pause(driver.pid(), PAUSE_SECONDS);
            plan.marks().set(Marks.DONE, "");
            String end = driver.awaitLines(ENDED, 1, END_LIMIT).get(0).group(1);
            double seconds = System.nanoTime() / 1e9 - damaged;
            return result(end.equals(DriverMain.EXACT) ? Expected.UNAFFECTED.toString() : "wrong: " + end, seconds, "");
        }
        if (!of.how().isOwn()) {
            Signals.send("KILL", driver.pid());
        }
        List<Long> nodes = driver.lastLines().stream()
                .flatMap(line -> NODE.matcher(line).results())
                .map(match -> Long.valueOf(match.group(1)))
                .toList();
        double seconds = awaitEnd(nodes, damaged);
        plan.marks().set(Marks.DONE, "");
        String cause = of.how().isOwn() ? lastLine(driver) : "the driver was killed";
        if (seconds > NODES_LIMIT_SECONDS) {
            return result("nodes lived %.1f s longer than the driver".formatted(seconds), seconds, cause);
        }
        Optional<String> wrong = again(plan);
        return result(
                wrong.map(what -> "resumed wrongly: " + what).orElse(Expected.RECOVERED.toString()), seconds, cause);
    }

    /** Another driver, the same folder. */
    private Optional<String> again(Plan plan) {
        try {
            return new ClusterRun(plan, 0, new Watch(node -> {}))
                    .run(
                            spark.session(),
                            new NumberedRows(plan).input(spark.context()).resume(plan.checkpoints()),
                            cluster -> {});
        } catch (RuntimeException e) {
            e.printStackTrace();
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    private static double awaitEnd(List<Long> pids, double since) {
        long limit = System.nanoTime() + NODES_WAIT.toNanos();
        while (System.nanoTime() < limit
                && pids.stream()
                        .anyMatch(pid -> ProcessHandle.of(pid)
                                .filter(Processes::isRunning)
                                .isPresent())) {
            try {
                TimeUnit.MILLISECONDS.sleep(10);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        return System.nanoTime() / 1e9 - since;
    }

    private static String lastLine(ChildJvm driver) {
        List<String> lines = driver.lastLines();
        return lines.stream()
                .filter(line -> line.contains(Damage.SAYS) || line.contains("OutOfMemoryError"))
                .findFirst()
                .orElse(lines.isEmpty() ? "" : lines.get(lines.size() - 1));
    }

    private Result result(String outcome, double seconds, String cause) {
        return new Result(of, outcome, seconds, cause, List.of());
    }
}
