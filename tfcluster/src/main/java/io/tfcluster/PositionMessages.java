package io.tfcluster;

import io.tfcluster.feeding.FeedPosition;
import java.time.Duration;
import java.util.Map;

/** Tells nodes, on the control connection, where a feed begins, so that their own positions are complete. */
final class PositionMessages {
    /** One message has 1 MiB at most. */
    private static final int MOST_RANGES = 20_000;

    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(30);
    private static final long LOOK_MILLIS = 500;

    private final FeedParts parts;
    private final FeedLine line;

    PositionMessages(FeedParts parts, FeedLine line) {
        this.parts = parts;
        this.line = line;
    }

    /** Tells one node how many partitions an epoch has; what matters is only that it hears it some time. */
    void begin(long epoch, int partitions) {
        parts.trainers().stream()
                .findFirst()
                .ifPresent(node -> send(node, FeedPosition.start(line.name, epoch, partitions)));
    }

    /**
     * Tells nodes what was done before; returns when they know it.
     *
     * @throws IllegalStateException if one does not answer within 30 s
     */
    void resume(ResumePoint point) {
        for (Map.Entry<String, FeedPosition> each : point.kept(parts.trainers()).entrySet()) {
            long last = 0;
            for (FeedPosition part : each.getValue().split(MOST_RANGES)) {
                last = send(each.getKey(), part);
            }
            await(each.getKey(), last);
        }
    }

    private long send(String node, FeedPosition position) {
        long message = line.positions().nextMessage();
        parts.server()
                .broadcast(
                        Notices.FEED_POSITION,
                        Map.of(
                                "feed",
                                line.name,
                                "node",
                                node,
                                "message",
                                Long.toString(message),
                                "position",
                                position.text()));
        return message;
    }

    private void await(String node, long message) {
        long deadline = System.nanoTime() + ANSWER_LIMIT.toNanos();
        try {
            while (!line.positions().awaitKept(node, message, LOOK_MILLIS)) {
                parts.events().throwIfFailed(Duration.ZERO);
                if (System.nanoTime() > deadline) {
                    throw new IllegalStateException(node + " did not confirm within " + ANSWER_LIMIT
                            + " where the feed \"" + line.name + "\" resumes; look at its log");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while resuming the feed \"" + line.name + "\"", e);
        }
    }
}
