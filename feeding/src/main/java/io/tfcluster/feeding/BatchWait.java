package io.tfcluster.feeding;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** How long one batch waits for more rows; for one call, under the queue's lock. */
final class BatchWait {
    /** How long a batch that should make do waits for feeders that are connected and have not ended. */
    static final Duration MAKE_DO_PATIENCE = Duration.ofMillis(20);

    /** How long an inference batch waits for more rows when none come. */
    static final Duration RESULT_PATIENCE = Duration.ofMillis(50);

    /** How often a waiting batch asks whether it should make do. */
    private static final long ASK_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    /** What {@link #nanos} returns if the feed timeout is over. */
    static final long TIMED_OUT = -1;

    private final Duration timeout;
    private final @Nullable BooleanSupplier makeDo;
    private final long start = System.nanoTime();
    private long makeDoSince;

    BatchWait(Duration timeout, @Nullable BooleanSupplier makeDo) {
        this.timeout = timeout;
        this.makeDo = makeDo;
    }

    /** Returns how long to wait for something to change; 0 if the batch is to be handed out as it is. */
    long nanos(FeedState state, long now, long lastArrival) {
        long idle = now - Math.max(start, lastArrival);
        long patience = timeout.toNanos() - idle;
        if (patience <= 0) {
            return TIMED_OUT;
        }
        boolean sending = state.inbox().isAnySending();
        if (state.stage().wantResults()) {
            long left = sending ? RESULT_PATIENCE.toNanos() - idle : 0;
            if (left <= 0) {
                return 0;
            }
            patience = Math.min(patience, left);
        }
        if (makeDo != null && !state.isPlanned()) { // who waits for whom must not change what a planned batch holds
            if (makeDoSince == 0 && makeDo.getAsBoolean()) {
                makeDoSince = now == 0 ? 1 : now;
            }
            if (makeDoSince != 0 && (!sending || now - makeDoSince >= MAKE_DO_PATIENCE.toNanos())) {
                return 0;
            }
            patience = Math.min(patience, ASK_NANOS);
        }
        return patience;
    }
}
