package io.tfcluster.feeding;

import io.tfcluster.transport.ClusterSecret;
import io.tfcluster.transport.PortRange;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Where a {@link FeedServer} listens and what it takes.
 *
 * <pre>{@code
 * FeedServerConfig.builder("worker:0", secret).feed("train", schema).tcp("127.0.0.1", PortRange.ANY).unix(folder.resolve("feed")).build()
 * }</pre>
 */
public final class FeedServerConfig {
    private final String node;
    private final ClusterSecret secret;
    private final Map<String, FeedConfig> feeds;
    private final @Nullable String host;
    private final PortRange ports;
    private final @Nullable Path unixFile;
    private final @Nullable SSLContext tls;
    private final Duration feedTimeout;

    private FeedServerConfig(Builder builder) {
        this.node = builder.node;
        this.secret = builder.secret;
        this.feeds = new LinkedHashMap<>(builder.feeds);
        this.host = builder.host;
        this.ports = builder.ports;
        this.unixFile = builder.unixFile;
        this.tls = builder.tls;
        this.feedTimeout = builder.feedTimeout;
    }

    /**
     * Starts a configuration.
     *
     * @param node the node's name, {@code worker:0} for example, for messages
     */
    public static Builder builder(String node, ClusterSecret secret) {
        return new Builder(node, secret);
    }

    String node() {
        return node;
    }

    ClusterSecret secret() {
        return secret;
    }

    Map<String, FeedConfig> feeds() {
        return feeds;
    }

    Optional<String> host() {
        return Optional.ofNullable(host);
    }

    PortRange ports() {
        return ports;
    }

    Optional<Path> unixFile() {
        return Optional.ofNullable(unixFile);
    }

    Optional<SSLContext> tls() {
        return Optional.ofNullable(tls);
    }

    Duration feedTimeout() {
        return feedTimeout;
    }

    /** Collects the settings; at least one feed and one address are needed. */
    public static final class Builder {
        private final String node;
        private final ClusterSecret secret;
        private final Map<String, FeedConfig> feeds = new LinkedHashMap<>();
        private @Nullable String host;
        private PortRange ports = PortRange.ANY;
        private @Nullable Path unixFile;
        private @Nullable SSLContext tls;
        private Duration feedTimeout = Duration.ofMinutes(10);

        private Builder(String node, ClusterSecret secret) {
            this.node = node;
            this.secret = secret;
        }

        /** Adds a feed with the defaults of {@link FeedConfig#of}. */
        public Builder feed(String name, FeedSchema schema) {
            return feed(name, FeedConfig.of(schema));
        }

        /** Adds a feed. */
        public Builder feed(String name, FeedConfig config) {
            if (name.isBlank() || feeds.put(name, config) != null) {
                throw new IllegalArgumentException(
                        "feeds need different names that are not blank, got \"" + name + "\"");
            }
            return this;
        }

        /** Adds feeds by name. */
        public Builder feeds(Map<String, FeedConfig> configs) {
            configs.forEach(this::feed);
            return this;
        }

        /** Listens on TCP, on the address that is announced to feeders. */
        public Builder tcp(String address, PortRange range) {
            this.host = address;
            this.ports = range;
            return this;
        }

        /** Listens on a Unix-domain socket: a file that does not exist yet in a folder that only the owner may enter. */
        public Builder unix(Path file) {
            this.unixFile = file;
            return this;
        }

        /** Encrypts connections over TCP, with the key of this context; feeders must do the same. */
        public Builder tls(SSLContext context) {
            this.tls = context;
            return this;
        }

        /** Sets how long a call for a batch waits for the next row (default 600 s). */
        public Builder feedTimeout(Duration limit) {
            if (limit.isNegative() || limit.isZero()) {
                throw new IllegalArgumentException("feedTimeout must be positive, got " + limit);
            }
            this.feedTimeout = limit;
            return this;
        }

        /** Checks the combination. */
        public FeedServerConfig build() {
            if (feeds.isEmpty()) {
                throw new IllegalArgumentException("the feed server of " + node + " has no feed");
            }
            if (host == null && unixFile == null) {
                throw new IllegalArgumentException(
                        "the feed server of " + node + " has no address; give it tcp(...), unix(...) or both");
            }
            return new FeedServerConfig(this);
        }
    }
}
