package io.tfcluster;

import io.tfcluster.feeding.FeedConfig;
import io.tfcluster.reservation.ClusterTemplate;
import io.tfcluster.transport.ClusterSecret;
import io.tfcluster.transport.PortRange;
import io.tfcluster.transport.TlsSource;
import java.io.Serializable;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * All that a node needs to know of its cluster; made on the driver, carried by Spark's task data and the child's standard input.
 *
 * @param secret of this generation alone
 * @param tls how connections are encrypted, or null
 * @param independent whether each node is a cluster of its own, as {@code TFParallel} wants it
 * @param defaultFs the driver's default file system, as a URI
 * @param logDir folder of event files, or null
 * @param checkpoints by folder, the step of the checkpoint that a trainer goes on from, 0 for none; empty the first time, when each decides itself
 * @param main the user's main function and its arguments, serialized
 */
record LaunchPlan(
        String clusterId,
        int generation,
        String serverHost,
        int serverPort,
        ClusterSecret secret,
        @Nullable TlsSettings tls,
        ClusterTemplate template,
        InputMode inputMode,
        boolean independent,
        Map<String, FeedConfig> feeds,
        Duration feedTimeout,
        Duration reservationTimeout,
        Duration heartbeatInterval,
        Duration heartbeatLimit,
        PortRange nodePorts,
        boolean releasePort,
        boolean tensorboard,
        @Nullable String logDir,
        String defaultFs,
        Map<String, Long> checkpoints,
        NodeSettings settings,
        UserMain main)
        implements Serializable {
    LaunchPlan {
        feeds = Map.copyOf(feeds);
        checkpoints = Map.copyOf(checkpoints);
    }

    InetSocketAddress server() {
        return new InetSocketAddress(serverHost, serverPort);
    }

    /** Returns TLS for the connecting side of a control connection. */
    Optional<SSLContext> tlsClient() {
        return Optional.ofNullable(tls).flatMap(TlsSettings::client);
    }

    /** Returns TLS for nodes that listen for rows and for each other. */
    Optional<SSLContext> tlsPeer() {
        return Optional.ofNullable(tls).filter(TlsSettings::data).map(TlsSettings::peer);
    }

    /** Returns TLS for tasks that connect to nodes. */
    TlsSource tlsFeeder() {
        return tls == null || !tls.data() ? TlsSource.NONE : tls;
    }

    Optional<String> eventFolder() {
        return Optional.ofNullable(logDir);
    }
}
