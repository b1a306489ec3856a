package io.tfcluster;

/** What driver and nodes tell each other beside what every cluster has, on the control connection. */
final class Notices {
    /** Driver to nodes: all rows of an epoch have been taken; details {@code feed} and {@code epoch}. */
    static final String EPOCH_ENDED = "feed.epochEnded";
    /** Driver to nodes: nothing more comes on a feed; details {@code feed}. */
    static final String FEED_ENDED = "feed.ended";

    /** Driver to nodes: partitions of an endless epoch are done for good; details {@code feed}, {@code epoch} and {@code below}, a number. */
    static final String FEED_SETTLED = "feed.settled";
    /** Driver to nodes: drop a feed's rows, somebody has ended it early; details {@code feed}. */
    static final String FEED_TERMINATE = "feed.terminate";
    /**
     * Node to driver: a feed is terminated here; details {@code feed}, {@code rows} handed out since the start, and {@code asked}, whether the
     * driver wanted it.
     */
    static final String FEED_TERMINATED = "feed.terminated";

    /**
     * Driver to nodes: what was handed out before, which one of them keeps, because the feed is resumed or an epoch begins; details {@code
     * feed}, {@code node}, {@code position}, a FeedPosition's text, and {@code message}, a number.
     */
    static final String FEED_POSITION = "feed.position";
    /** Node to driver: it has done so; details {@code feed} and {@code message}. */
    static final String POSITION_KEPT = "feed.positionKept";
    /** Node to driver: all rows of an ended epoch, and of those before, were handed out here; details {@code feed} and {@code epoch}. */
    static final String EPOCH_TAKEN = "feed.epochTaken";
    /** Driver to nodes: all nodes have said so; details {@code feed} and {@code epoch}. */
    static final String EPOCH_OVER = "feed.epochOver";

    /** Node to driver: a trainer keeps its checkpoints there; detail {@code folder}. */
    static final String CHECKPOINTS = "checkpoint.folder";
    /** Driver to node: what are your threads doing? */
    static final String THREADS = "node.threads";
    /** Node to driver: this; details {@code text}. */
    static final String THREAD_DUMP = "node.threadDump";
    /** Node to driver: TensorFlow's own server listens here now; no details. */
    static final String SERVER_STARTED = "tensorflow.serverStarted";

    private Notices() {}
}
