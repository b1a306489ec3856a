package io.tfcluster;

/** What driver and nodes tell each other beside what every cluster has, on the control connection. */
final class Notices {
    /** Driver to nodes: all rows of an epoch have been taken; details {@code feed} and {@code epoch}. */
    static final String EPOCH_ENDED = "feed.epochEnded";
    /** Driver to nodes: nothing more comes on a feed; details {@code feed}. */
    static final String FEED_ENDED = "feed.ended";

    private Notices() {}
}
