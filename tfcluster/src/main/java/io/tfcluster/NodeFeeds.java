package io.tfcluster;

import io.tfcluster.feeding.FeedServer;
import io.tfcluster.feeding.FeedServerConfig;
import io.tfcluster.feeding.tensor.DataFeed;
import io.tfcluster.transport.ChannelException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The feeds of a node that trains: one server for all of them, and what the driver says of their ends. */
final class NodeFeeds implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(NodeFeeds.class);

    private final FeedServer server;
    private final Map<String, DataFeed> feeds = new HashMap<>();

    private NodeFeeds(FeedServer server) {
        this.server = server;
    }

    /** Listens on a Unix-domain socket in the node's folder and on TCP; on TCP only where the socket cannot be made. */
    static NodeFeeds start(NodeOrder order) {
        try {
            return new NodeFeeds(FeedServer.start(
                    config(order).unix(Path.of(order.folder(), "feed")).build()));
        } catch (ChannelException e) {
            log.warn("{} takes rows over TCP only", order.name(), e);
            return new NodeFeeds(FeedServer.start(config(order).build()));
        }
    }

    private static FeedServerConfig.Builder config(NodeOrder order) {
        LaunchPlan plan = order.plan();
        return FeedServerConfig.builder(order.name(), plan.secret())
                .feeds(plan.feeds())
                .tcp(order.host(), plan.nodePorts())
                .feedTimeout(plan.feedTimeout());
    }

    /** Returns where feeders reach this node, by endpoint name. */
    Map<String, String> endpoints() {
        return server.endpoints();
    }

    /** Hears a notice of the driver. */
    void notice(String topic, Map<String, String> details) {
        String feed = details.getOrDefault("feed", "");
        switch (topic) {
            case Notices.EPOCH_ENDED -> server.endEpoch(feed, Long.parseLong(details.getOrDefault("epoch", "0")));
            case Notices.FEED_ENDED -> server.endFeed(feed);
            default -> log.debug("unknown notice {} {}", topic, details);
        }
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
