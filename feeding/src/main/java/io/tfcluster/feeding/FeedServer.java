package io.tfcluster.feeding;

import java.nio.file.Path;
import java.util.Optional;

/** Node side. */
@SuppressWarnings("DoNotCallSuggester")
public final class FeedServer implements AutoCloseable {
    FeedServer() {}

    /** Starts. */
    public static FeedServer start(FeedServerConfig config) {
        throw new UnsupportedOperationException();
    }

    /** Returns the TCP port, or empty when TCP is off. */
    public Optional<Integer> tcpPort() {
        throw new UnsupportedOperationException();
    }

    /** Returns the socket file, or empty when there is none. */
    public Optional<Path> unixFile() {
        throw new UnsupportedOperationException();
    }

    /** Returns the reading end of a feed. */
    public FeedReader reader(String feed) {
        throw new UnsupportedOperationException();
    }

    /** Ends epoch. */
    public void endEpoch(String feed, long epoch) {
        throw new UnsupportedOperationException();
    }

    /** Ends feed. */
    public void endFeed(String feed) {
        throw new UnsupportedOperationException();
    }

    /** Fails all feeds. */
    public void fail(RuntimeException cause) {
        throw new UnsupportedOperationException();
    }

    /** Returns dropped peers. */
    public int rejected() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}
