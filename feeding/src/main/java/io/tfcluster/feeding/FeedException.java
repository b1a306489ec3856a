package io.tfcluster.feeding;

/** Rows could not be handed over: a node failed, refused them, or broke the protocol; or rows could not be encoded. */
public class FeedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String feed;

    /** Makes one for a feed. */
    public FeedException(String feed, String message) {
        super(message);
        this.feed = feed;
    }

    /** Makes one for a feed, with its cause. */
    public FeedException(String feed, String message, Throwable cause) {
        super(message, cause);
        this.feed = feed;
    }

    /** Returns the name of the feed. */
    public String feed() {
        return feed;
    }
}
