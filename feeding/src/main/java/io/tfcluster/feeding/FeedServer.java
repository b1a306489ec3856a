package io.tfcluster.feeding;

import io.tfcluster.transport.ChannelException;
import io.tfcluster.transport.SecureChannel;
import io.tfcluster.transport.SecureListener;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The node's end of all feeds: takes blocks from feed tasks over a Unix-domain socket, TCP or both, and buffers them within bounds.
 *
 * <p>The node starts one before it registers, announces its addresses, and closes it when its main function is done. Each connection has a
 * thread of its own, {@code feed-conn-…}, which ends with it. All methods may be called from any thread.
 *
 * <pre>{@code
 * try (FeedServer server = FeedServer.start(FeedServerConfig.builder("worker:0", secret)
 *         .feed("train", schema).tcp("127.0.0.1", PortRange.ANY).build())) {
 *     DataFeed feed = DataFeed.of(server, "train");
 * }
 * }</pre>
 */
public final class FeedServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(FeedServer.class);
    private static final int TOLD_EACH = 16;
    private static final Duration JOIN_LIMIT = Duration.ofSeconds(2);

    private final FeedServerConfig config;
    private final Map<String, FeedQueue> feeds = new LinkedHashMap<>();
    private final Map<String, FeedReader> readers = new LinkedHashMap<>();
    private final List<SecureListener> listeners = new ArrayList<>();
    private final Map<SecureChannel, Thread> connections = new ConcurrentHashMap<>();
    private final AtomicInteger protocolErrors = new AtomicInteger();
    private final AtomicInteger connectionNumber = new AtomicInteger();
    private final AtomicBoolean closed = new AtomicBoolean();

    private FeedServer(FeedServerConfig config) {
        this.config = config;
        config.feeds().forEach((name, feed) -> {
            FeedQueue queue = new FeedQueue(name, feed, config.feedTimeout());
            feeds.put(name, queue);
            readers.put(name, new FeedReader(queue, config.node()));
        });
    }

    /**
     * Starts listening.
     *
     * @throws ChannelException if an address cannot be listened on
     */
    public static FeedServer start(FeedServerConfig config) {
        FeedServer server = new FeedServer(config);
        try {
            config.unixFile()
                    .ifPresent(file ->
                            server.listeners.add(SecureListener.unix(file, config.secret(), "feed", server::accept)));
            config.host()
                    .ifPresent(host -> server.listeners.add(SecureListener.tcp(
                            host, config.ports(), config.secret(), "feed", config.tls(), server::accept)));
            return server;
        } catch (RuntimeException e) {
            server.close();
            throw e;
        }
    }

    private void accept(SecureChannel channel) {
        Thread thread = new Thread(
                () -> serve(channel), "feed-conn-" + config.node() + "-" + connectionNumber.incrementAndGet());
        thread.setDaemon(true);
        connections.put(channel, thread);
        if (closed.get()) { // before it starts: close() tells those that have
            connections.remove(channel);
            channel.close();
            return;
        }
        thread.start();
    }

    private void serve(SecureChannel channel) {
        try {
            FeedConnection.serve(channel, feeds);
        } catch (WireException e) {
            int count = protocolErrors.incrementAndGet();
            if (count <= TOLD_EACH || Integer.bitCount(count) == 1) { // 16, 32, 64, …: a flood must not fill the log
                log.warn(
                        "{} dropped a feeder at {} ({} so far): {}",
                        config.node(),
                        channel.peer(),
                        count,
                        e.getMessage());
            }
        } catch (ChannelException e) {
            log.debug("{}: a connection from {} ended", config.node(), channel.peer(), e);
        } finally {
            connections.remove(channel);
        }
    }

    /** Returns the TCP port, or empty without TCP. */
    public Optional<Integer> tcpPort() {
        return listeners.stream().flatMap(listener -> listener.port().stream()).findFirst();
    }

    /** Returns the file of the Unix-domain socket, or empty without one. */
    public Optional<Path> unixFile() {
        return config.unixFile();
    }

    /** Returns what the node announces: {@code feed.tcp} and {@code feed.unix}, as {@link FeedTarget#of} reads them. */
    public Map<String, String> endpoints() {
        Map<String, String> endpoints = new LinkedHashMap<>();
        tcpPort().ifPresent(port -> endpoints.put("feed.tcp", config.host().orElseThrow() + ":" + port));
        unixFile()
                .ifPresent(
                        file -> endpoints.put("feed.unix", file.toAbsolutePath().toString()));
        return endpoints;
    }

    /** Returns the names of the feeds. */
    public Set<String> feeds() {
        return Set.copyOf(feeds.keySet());
    }

    /**
     * Returns the reading end of a feed, the same one each time.
     *
     * @throws IllegalArgumentException if there is no such feed
     */
    public FeedReader reader(String feed) {
        FeedReader reader = readers.get(feed);
        if (reader == null) {
            throw new IllegalArgumentException(
                    "no feed " + feed + " on " + config.node() + "; it has " + feeds.keySet());
        }
        return reader;
    }

    /**
     * Notes that no more rows of an epoch will come: what is left of it is handed out, and its ledger is forgotten. Called when the epoch's
     * feed job has ended. Unknown feeds and epochs that ended already are no error.
     */
    public void endEpoch(String feed, long epoch) {
        FeedQueue queue = feeds.get(feed);
        if (queue != null) {
            queue.endEpoch(epoch);
        }
    }

    /**
     * Forgets the ledger of all epochs before this one, and of this one's partitions below a number: nobody will feed them again. For feeds
     * without end, whose epoch goes on.
     */
    public void settle(String feed, long epoch, long belowPartition) {
        FeedQueue queue = feeds.get(feed);
        if (queue != null) {
            queue.settle(epoch, belowPartition);
            queue.handedOut().stream();
        }
    }

    /**
     * Tells a feed what nodes had handed out before this run, so that its position has that, too; and of a deterministic feed the batches that
     * this node is to drop when it gets them again. Before rows come.
     *
     * @throws IllegalArgumentException if there is no such feed
     */
    public void resume(FeedPosition before) {
        FeedQueue queue = feeds.get(before.feed());
        if (queue == null) {
            throw new IllegalArgumentException(
                    "no feed " + before.feed() + " on " + config.node() + "; it has " + feeds.keySet());
        }
        queue.handedOut().resume(before);
    }

    /** Sets who is told, by the feed's name, that all rows of an epoch and of those before were handed out on this node; any thread calls. */
    public void onEpochTaken(BiConsumer<String, Long> listener) {
        feeds.forEach((name, queue) -> queue.handedOut().onTaken(epoch -> listener.accept(name, epoch)));
    }

    /** Forgets which rows of an epoch and of those before were handed out: all nodes have told {@link #onEpochTaken}. */
    public void epochOver(String feed, long epoch) {
        FeedQueue queue = feeds.get(feed);
        if (queue != null) {
            queue.handedOut().over(epoch);
        }
    }

    /** Notes that no more rows will come: what is left is handed out, then {@code shouldStop()}. New feeders are refused. */
    public void endFeed(String feed) {
        FeedQueue queue = feeds.get(feed);
        if (queue != null) {
            queue.endFeed();
        }
    }

    /** Ends a feed early, as {@link FeedReader#terminate} does, without telling {@link #onTerminated}. Unknown feeds are no error. */
    public void terminateFeed(String feed) {
        FeedQueue queue = feeds.get(feed);
        if (queue != null) {
            queue.terminate();
        }
    }

    /** Sets who is told, by its name, that this node's reader ended a feed early; called once per feed, on the reader's thread. */
    public void onTerminated(Consumer<String> listener) {
        readers.forEach((name, reader) -> reader.onTerminated(() -> listener.accept(name)));
    }

    /** Fails all feeds: readers and feeders get the error. Later failures are ignored. */
    public void fail(RuntimeException cause) {
        feeds.values().forEach(queue -> queue.fail(cause));
    }

    /** Returns how many peers were dropped: strangers without the secret, and feeders that broke the protocol. */
    public int rejected() {
        return protocolErrors.get()
                + listeners.stream().mapToInt(SecureListener::rejected).sum();
    }

    /**
     * Stops listening and drops every connection; feeders whose rows were not all consumed get an error. Takes at most 2 s per connection
     * that does not end, usually none.
     */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        RuntimeException first = null;
        for (SecureListener listener : listeners) {
            try {
                listener.close();
            } catch (RuntimeException e) {
                first = e;
            }
        }
        fail(new IllegalStateException(
                "node " + config.node() + " closed its feeds: its main function ended before them"));
        Map<SecureChannel, Thread> left = Map.copyOf(connections);
        long deadline = System.nanoTime() + JOIN_LIMIT.toNanos();
        left.values().forEach(thread -> join(thread, deadline)); // they read on until their feeders have heard why
        left.forEach((channel, thread) -> {
            channel.close();
            join(thread, System.nanoTime() + JOIN_LIMIT.toNanos());
            if (thread.isAlive()) {
                log.warn("{} still runs {} after its connection was closed", thread.getName(), JOIN_LIMIT);
            }
        });
        if (first != null) {
            throw first;
        }
    }

    private static void join(Thread thread, long deadline) {
        try {
            thread.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime())));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
