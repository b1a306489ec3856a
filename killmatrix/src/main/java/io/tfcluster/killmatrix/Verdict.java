package io.tfcluster.killmatrix;

import io.tfcluster.NodeExitException;
import io.tfcluster.reservation.ReservationTimeoutException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Puts the end of a training into the matrix's words. */
final class Verdict {
    private static final Duration KILL_LIMIT = Duration.ofSeconds(10);
    /** What a limit that has passed takes to arrive, and what lies in buffers takes to be used up before it begins. */
    private static final Duration AFTER_LIMIT = Duration.ofSeconds(15);

    private Verdict() {}

    /** How it ended: normally, perhaps with something wrong in the ledger, or not. */
    record End(Optional<String> wrong, @Nullable Throwable error, int restarts) {}

    static String of(Case of, End end, Set<String> culprits, double seconds) {
        Throwable error = end.error();
        if (error == null) {
            if (end.wrong().isPresent()) {
                return "wrong: " + end.wrong().get();
            }
            boolean retried = of.who() == Who.FEED_TASK && of.how() == How.EXCEPTION;
            return (end.restarts() > 0 || retried ? Expected.RECOVERED : Expected.UNAFFECTED).toString();
        }
        String blamed = blamed(of, error, culprits);
        if (!blamed.isEmpty()) {
            return blamed;
        }
        double limit = limit(of).toMillis() / 1e3;
        return seconds > limit
                ? "known after %.0f s, limit %.0f s".formatted(seconds, limit)
                : Expected.FAILED.toString();
    }

    /** Returns what is wrong with the cause, empty if nothing is. */
    private static String blamed(Case of, Throwable error, Set<String> culprits) {
        if (of.who() == Who.MONGODB) {
            String text = causes(error);
            return text.contains("ongo") ? "" : "the cause does not name MongoDB: " + firstLine(text);
        }
        if (error instanceof NodeExitException failure) {
            return culprits.contains(failure.first().node())
                    ? ""
                    : "blames " + failure.first().node() + " instead of " + culprits;
        }
        if (error instanceof ReservationTimeoutException && of.phase() == Phase.REGISTERING) {
            String text = String.valueOf(error.getMessage());
            return culprits.stream().anyMatch(text::contains) ? "" : "does not name " + culprits;
        }
        return "threw " + error.getClass().getSimpleName();
    }

    private static Duration limit(Case of) {
        if (!of.how().isSilent()) {
            return KILL_LIMIT;
        }
        if (of.who() == Who.MONGODB) {
            return MongoScene.FROZEN_LIMIT;
        }
        if (of.phase() == Phase.REGISTERING) {
            return ClusterRun.REGISTER_LIMIT_IF_FROZEN.plus(AFTER_LIMIT);
        }
        return (of.who().isNode() ? ClusterRun.HEARTBEAT_LIMIT.multipliedBy(2) : ClusterRun.FEED_LIMIT)
                .plus(AFTER_LIMIT);
    }

    /** Returns the first line of what the driver was told. */
    static String firstCause(@Nullable Throwable error) {
        if (error == null) {
            return "";
        }
        return firstLine(error instanceof NodeExitException ? String.valueOf(error.getMessage()) : causes(error));
    }

    private static String causes(Throwable error) {
        StringBuilder text = new StringBuilder(String.valueOf(error.getMessage()));
        for (Throwable cause = error.getCause(); cause != null; cause = cause.getCause()) {
            text.append("; ").append(cause.getMessage());
        }
        return text.toString();
    }

    private static String firstLine(String text) {
        return text.lines().findFirst().orElse("");
    }
}
