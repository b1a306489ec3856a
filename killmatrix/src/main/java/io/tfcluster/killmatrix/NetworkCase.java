package io.tfcluster.killmatrix;

import io.tfcluster.tests.harness.ChildJvm;
import io.tfcluster.tests.harness.Leftovers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** A case on three hosts, driver, chief and worker, whose network comes to harm in the middle of the training. */
final class NetworkCase {
    private static final int DRIVER = 1;
    private static final int ONE = 2;
    private static final int OTHER = 3;
    private static final Duration REACH_LIMIT = Duration.ofSeconds(150);
    private static final Duration END_LIMIT = Duration.ofMinutes(3);
    private static final double FAILURE_LIMIT_SECONDS = 30;
    /** Where neither the driver nor a limit of the training tells, the nodes' systems do, which ask for a silent peer for a minute. */
    private static final double SILENCE_LIMIT_SECONDS = 75;

    private static final long SHORT_SECONDS = 2;
    private static final Pattern ENDED =
            Pattern.compile("^(" + DriverMain.ENDED + "|" + DriverMain.FAILED + ")(\\S*) ?(.*)$");

    private final Case of;
    private final Hosts hosts;

    NetworkCase(Case of, Hosts hosts) {
        this.of = of;
        this.hosts = hosts;
    }

    Result run() {
        Leftovers.Snapshot before = Leftovers.snapshot();
        try (Folder folder = Folder.make()) {
            Path home = Files.createDirectories(folder.path().resolve("spark"));
            for (String name : List.of("jars", "launcher/target/scala-2.12", "work", "local")) {
                Files.createDirectories(home.resolve(name));
            }
            Plan plan = new Plan(
                    of.who(),
                    of.phase(),
                    of.how(),
                    folder.path().toString(),
                    folder.path().toString(),
                    0);
            Ending ending;
            try (NetworkSpark spark = NetworkSpark.start(hosts, 2, home);
                    ChildJvm driver = ChildJvm.start(
                            hosts.within(DRIVER, List.of()),
                            "driver",
                            DriverMain.class,
                            List.of(
                                    "-Xmx512m",
                                    "-XX:+UseSerialGC",
                                    "-Djava.io.tmpdir=" + folder.path(),
                                    "-Dlog4j2.configurationFile=killmatrix-log4j2.properties"),
                            Map.of(
                                    "SPARK_LOCAL_IP",
                                    "127.0.0.1"), // what the harness insists on; the settings say where to listen
                            home,
                            of.phase().name(),
                            of.how().name(),
                            folder.path().toString(),
                            spark.master(),
                            Hosts.address(DRIVER))) {
                ending = run(plan, driver);
            }
            return new Result(of, ending.outcome(), ending.seconds(), ending.cause(), Leftover.since(before, Set::of));
        } catch (IOException e) {
            throw new UncheckedIOException("the hosts' network cannot be changed", e);
        }
    }

    private record Ending(String outcome, double seconds, String cause) {}

    private Ending run(Plan plan, ChildJvm driver) throws IOException {
        if (of.how() == How.DELAY || of.how() == How.LOSS) {
            harm();
        }
        try {
            if (!plan.marks().await(Marks.REACHED, REACH_LIMIT)) {
                return new Ending("the phase was never reached", 0, String.join(" | ", driver.lastLines()));
            }
            double damaged = System.nanoTime() / 1e9;
            harm();
            plan.marks().set(Marks.DONE, "");
            MatchResult end = driver.awaitLines(ENDED, 1, END_LIMIT).get(0);
            double seconds = System.nanoTime() / 1e9 - damaged;
            if (end.group(1).equals(DriverMain.ENDED)) {
                boolean exact = end.group(2).equals(DriverMain.EXACT);
                return new Ending(
                        exact ? Expected.UNAFFECTED.toString() : "wrong: " + end.group(2) + " " + end.group(3),
                        seconds,
                        "");
            }
            double limit = of.how() == How.CUT_PAIR && of.phase() == Phase.FEEDING
                    ? SILENCE_LIMIT_SECONDS
                    : FAILURE_LIMIT_SECONDS;
            String outcome = seconds > limit
                    ? "known after %.0f s, limit %.0f s".formatted(seconds, limit)
                    : Expected.FAILED.toString();
            return new Ending(
                    end.group(2).isEmpty() ? "threw " + end.group(3) : outcome,
                    seconds,
                    end.group(2) + " " + end.group(3));
        } finally {
            heal();
        }
    }

    private void harm() throws IOException {
        switch (of.how()) {
            case CUT -> hosts.cut(ONE);
            case CUT_PAIR -> hosts.cut(ONE, OTHER);
            case CUT_SHORTLY -> {
                hosts.cut(ONE);
                try {
                    TimeUnit.SECONDS.sleep(SHORT_SECONDS);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                hosts.mend(ONE);
            }
            case DELAY -> hosts.delay(ONE);
            case LOSS -> hosts.loss(ONE);
            default -> throw new IllegalArgumentException("a network suffers no " + of.how());
        }
    }

    private void heal() throws IOException {
        if (of.how() == How.CUT) {
            hosts.mend(ONE);
        } else if (of.how() == How.CUT_PAIR) {
            hosts.mend(ONE, OTHER);
        }
        hosts.clear(ONE);
    }
}
