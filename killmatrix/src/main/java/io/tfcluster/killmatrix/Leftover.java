package io.tfcluster.killmatrix;

import io.tfcluster.tests.harness.Leftovers;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Waits until nothing of a case is left, and ends what stays, so that the next case is none the worse. */
final class Leftover {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final Pattern PID = Pattern.compile("^(?:process|port): pid (\\d+) ");

    private Leftover() {}

    /**
     * Returns what stays.
     *
     * @param spared processes that may: executors are Spark's
     */
    static List<String> since(Leftovers.Snapshot before, Supplier<Set<Long>> spared) {
        long end = System.nanoTime() + LIMIT.toNanos();
        List<String> left = now(before, spared.get());
        while (!left.isEmpty() && System.nanoTime() < end) {
            try {
                TimeUnit.MILLISECONDS.sleep(100);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return left;
            }
            left = now(before, spared.get());
        }
        for (String line : left) {
            Matcher matcher = PID.matcher(line);
            if (line.startsWith("process") && matcher.find()) {
                Signals.send("KILL", Long.parseLong(matcher.group(1)));
            }
        }
        return left;
    }

    private static List<String> now(Leftovers.Snapshot before, Set<Long> spared) {
        return Leftovers.since(before).stream()
                .filter(line -> {
                    Matcher matcher = PID.matcher(line);
                    return !matcher.find() || !spared.contains(Long.valueOf(matcher.group(1)));
                })
                .toList();
    }
}
