package io.tfcluster.feeding;

import java.time.Duration;

/** Nothing moved on a feed for its feed timeout. */
public final class FeedTimeoutException extends FeedException {
    private static final long serialVersionUID = 1L;

    private final Duration timeout;

    FeedTimeoutException(String feed, Duration timeout, String message) {
        super(feed, message);
        this.timeout = timeout;
    }

    /** Returns the limit that passed. */
    public Duration timeout() {
        return timeout;
    }
}
