package io.tfcluster.feeding;

/** A row cannot be fed: it cannot be read, does not fit the feed's columns, or is too large. No node has part in it. */
public final class RowException extends FeedException {
    private static final long serialVersionUID = 1L;

    RowException(String feed, String message) {
        super(feed, message);
    }

    RowException(String feed, String message, Throwable cause) {
        super(feed, message, cause);
    }
}
