package io.tfcluster;

import io.tfcluster.feeding.FeedConfig;
import io.tfcluster.feeding.FeedPosition;
import io.tfcluster.feeding.FeedServer;
import io.tfcluster.feeding.FeedServerConfig;
import io.tfcluster.feeding.FeedStats;
import io.tfcluster.feeding.tensor.DataFeed;
import io.tfcluster.reservation.FeedProgress;
import io.tfcluster.reservation.NodeWait;
import io.tfcluster.transport.ChannelException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The feeds of a node that trains: one server for all of them, and what the driver says of their ends. */
final class NodeFeeds implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(NodeFeeds.class);

    private final String name;
    private final FeedServer server;
    private final Map<String, FeedConfig> configs;
    private final Map<String, DataFeed> feeds = new ConcurrentHashMap<>();

    private volatile BiConsumer<String, Map<String, String>> driver = (topic, details) -> {};

    private NodeFeeds(String name, FeedServer server, Map<String, FeedConfig> configs) {
        this.name = name;
        this.server = server;
        this.configs = configs;
    }

    /** Listens on a Unix-domain socket in the node's folder and on TCP; on TCP only where the socket cannot be made. */
    static NodeFeeds start(NodeOrder order) {
        try {
            return new NodeFeeds(
                    order.name(),
                    FeedServer.start(
                            config(order).unix(Path.of(order.folder(), "feed")).build()),
                    order.plan().feeds());
        } catch (ChannelException e) {
            log.warn("{} takes rows over TCP only", order.name(), e);
            return new NodeFeeds(
                    order.name(),
                    FeedServer.start(config(order).build()),
                    order.plan().feeds());
        }
    }

    private static FeedServerConfig.Builder config(NodeOrder order) {
        LaunchPlan plan = order.plan();
        FeedServerConfig.Builder config = FeedServerConfig.builder(order.name(), plan.secret())
                .feeds(plan.feeds())
                .tcp(order.host(), plan.nodePorts())
                .feedTimeout(plan.feedTimeout());
        plan.tlsPeer().ifPresent(config::tls);
        return config;
    }

    /** Returns where feeders reach this node, by endpoint name. */
    Map<String, String> endpoints() {
        return server.endpoints();
    }

    /** Sets who tells the driver that a feed was ended early here, and how far it is. */
    void onNotice(BiConsumer<String, Map<String, String>> notice) {
        driver = notice;
        server.onTerminated(feed -> tellTerminated(feed, false));
        server.onEpochTaken(
                (feed, epoch) -> tell(Notices.EPOCH_TAKEN, Map.of("feed", feed, "epoch", Long.toString(epoch))));
    }

    private void tell(String topic, Map<String, String> details) {
        try {
            driver.accept(topic, details);
        } catch (ChannelException e) {
            log.debug("the driver is gone and cannot be told {} {}", topic, details, e);
        }
    }

    private void tellTerminated(String feed, boolean asked) {
        if (server.feeds().contains(feed)) {
            String rows = Long.toString(stats(feed).rows());
            tell(Notices.FEED_TERMINATED, Map.of("feed", feed, "rows", rows, "asked", Boolean.toString(asked)));
        }
    }

    private void keep(String feed, Map<String, String> details) {
        if (details.getOrDefault("node", "").equals(name)) {
            server.resume(FeedPosition.parse(details.getOrDefault("position", "")));
            tell(Notices.POSITION_KEPT, Map.of("feed", feed, "message", details.getOrDefault("message", "0")));
        }
    }

    /** Returns the figures of the one who reads, who may have batches made ahead; of the feed itself while nobody does. */
    private FeedStats stats(String name) {
        DataFeed read = feeds.get(name);
        return read == null ? server.reader(name).stats() : read.stats();
    }

    /** Returns what each feed does, for the driver. */
    Map<String, FeedProgress> progress() {
        Map<String, FeedProgress> all = new TreeMap<>();
        configs.forEach((name, config) -> {
            FeedStats stats = stats(name);
            all.put(
                    name,
                    new FeedProgress(
                            stats.epoch(),
                            stats.epochRows(),
                            stats.rows(),
                            stats.waited(),
                            stats.bufferedBytes(),
                            stats.bufferLimit(),
                            stats.shuffleRows(),
                            stats.shuffleBytes(),
                            config.shuffleRows() > 0 ? config.shuffleBytes() : 0,
                            stats.prefetchedRows(),
                            stats.connections()));
        });
        return all;
    }

    /** Returns the feeds that somebody waits for now. */
    List<NodeWait> waits() {
        List<NodeWait> waits = new ArrayList<>();
        for (String feed : configs.keySet()) {
            Duration waiting = stats(feed).waiting();
            if (!waiting.isZero()) {
                waits.add(new NodeWait(NodeWait.Kind.FEED, List.of(feed), waiting));
            }
        }
        return waits;
    }

    /** Hears a notice of the driver. */
    void notice(String topic, Map<String, String> details) {
        String feed = details.getOrDefault("feed", "");
        switch (topic) {
            case Notices.EPOCH_ENDED -> server.endEpoch(feed, number(details, "epoch"));
            case Notices.FEED_SETTLED -> server.settle(feed, number(details, "epoch"), number(details, "below"));
            case Notices.FEED_ENDED -> server.endFeed(feed);
            case Notices.FEED_TERMINATE -> {
                server.terminateFeed(feed);
                tellTerminated(feed, true);
            }
            case Notices.FEED_POSITION -> keep(feed, details);
            case Notices.EPOCH_OVER -> server.epochOver(feed, number(details, "epoch"));
            default -> log.debug("unknown notice {} {}", topic, details);
        }
    }

    private static long number(Map<String, String> details, String name) {
        return Long.parseLong(details.getOrDefault(name, "0"));
    }

    /** Returns a feed, the same object each time. */
    DataFeed feed(String name) {
        if (!server.feeds().contains(name)) {
            throw new IllegalArgumentException("no feed \"" + name + "\", only " + new TreeSet<>(server.feeds())
                    + "; declare it with ClusterConfig.builder(…).feed(\"" + name + "\", schema)");
        }
        return feeds.computeIfAbsent(name, feed -> DataFeed.of(server, feed));
    }

    /** Breaks all feeds: whoever waits for rows gets this. */
    void fail(RuntimeException reason) {
        server.fail(reason);
    }

    @Override
    public void close() {
        server.close();
    }
}
