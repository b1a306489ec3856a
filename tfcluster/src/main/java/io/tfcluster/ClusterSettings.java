package io.tfcluster;

import io.tfcluster.feeding.FeedConfig;
import io.tfcluster.feeding.FeedSchema;
import io.tfcluster.reservation.ClusterTemplate;
import io.tfcluster.transport.PortRange;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The values behind a {@link ClusterConfig} and its builder, and how they go together. */
final class ClusterSettings {
    final int nodes;
    int ps;
    boolean parameterServersOnDriver;
    boolean evaluator;

    @Nullable
    String chiefName;

    InputMode inputMode = InputMode.SPARK;
    boolean tensorboard;

    @Nullable
    String logDir;

    boolean releasePort;
    Duration reservationTimeout = Duration.ofMinutes(10);
    Duration feedTimeout = Duration.ofMinutes(10);
    Duration heartbeatInterval = Duration.ofSeconds(1);
    Duration heartbeatLimit = Duration.ofMinutes(1);
    RestartPolicy restarts = RestartPolicy.NONE;
    Duration stallWarning = Duration.ofMinutes(1);
    Duration stallLimit = Duration.ZERO;

    @Nullable
    String serverHost;

    @Nullable
    PortRange serverPorts;

    PortRange nodePorts = PortRange.ANY;
    final Map<String, FeedConfig> feeds = new LinkedHashMap<>();
    final Map<String, FeedSchema> schemas = new LinkedHashMap<>();
    long feedBufferBytes = FeedConfig.DEFAULT_BUFFER_BYTES;
    String nodeMemory = "1g";
    int intraOpThreads;
    int interOpThreads = 1;
    final List<String> jvmOptions = new ArrayList<>();
    final Map<String, String> environment = new LinkedHashMap<>();
    final List<ClusterListener> listeners = new ArrayList<>();

    ClusterSettings(int nodes) {
        this.nodes = nodes;
    }

    ClusterSettings copy() {
        ClusterSettings copy = new ClusterSettings(nodes);
        copy.ps = ps;
        copy.parameterServersOnDriver = parameterServersOnDriver;
        copy.evaluator = evaluator;
        copy.chiefName = chiefName;
        copy.inputMode = inputMode;
        copy.tensorboard = tensorboard;
        copy.logDir = logDir;
        copy.releasePort = releasePort;
        copy.reservationTimeout = reservationTimeout;
        copy.feedTimeout = feedTimeout;
        copy.heartbeatInterval = heartbeatInterval;
        copy.heartbeatLimit = heartbeatLimit;
        copy.restarts = restarts;
        copy.stallWarning = stallWarning;
        copy.stallLimit = stallLimit;
        copy.serverHost = serverHost;
        copy.serverPorts = serverPorts;
        copy.nodePorts = nodePorts;
        copy.feeds.putAll(feeds);
        copy.schemas.putAll(schemas);
        copy.feedBufferBytes = feedBufferBytes;
        copy.nodeMemory = nodeMemory;
        copy.intraOpThreads = intraOpThreads;
        copy.interOpThreads = interOpThreads;
        copy.jvmOptions.addAll(jvmOptions);
        copy.environment.putAll(environment);
        copy.listeners.addAll(listeners);
        return copy;
    }

    Map<String, FeedConfig> allFeeds() {
        Map<String, FeedConfig> all = new LinkedHashMap<>(feeds);
        schemas.forEach((name, schema) -> all.put(name, FeedConfig.of(schema).buffer(feedBufferBytes)));
        return all;
    }

    /** Returns the roles of so many nodes. */
    ClusterTemplate template(int size) {
        return ClusterTemplate.of(size, ps, evaluator, Optional.ofNullable(chiefName));
    }

    /** Returns the roles, or throws if settings contradict each other; the text says which and how to mend it. */
    ClusterTemplate check() {
        ClusterTemplate template = template(nodes);
        check(!parameterServersOnDriver || ps > 0, "parameterServersOnDriver is set but ps=0; set ps to 1 or more");
        check(
                inputMode == InputMode.TENSORFLOW || !feeds.isEmpty() || !schemas.isEmpty(),
                "inputMode SPARK needs a feed; declare one with feed(\"train\", schema), or set inputMode(TENSORFLOW)");
        check(
                inputMode == InputMode.SPARK || (feeds.isEmpty() && schemas.isEmpty()),
                "inputMode TENSORFLOW takes no feed, but " + schemas.keySet() + feeds.keySet()
                        + " are declared; remove them or set inputMode(SPARK)");
        check(
                heartbeatLimit.compareTo(heartbeatInterval.multipliedBy(2)) >= 0,
                "the heartbeat limit " + heartbeatLimit + " must be twice the interval " + heartbeatInterval
                        + " or more");
        check(feedBufferBytes >= 1 << 20, "feedBufferBytes must be 1 MiB or more, got " + feedBufferBytes);
        check(
                nodeMemory.matches("[1-9][0-9]*[kKmMgG]"),
                "nodeMemory must look like 512m or 2g, got \"" + nodeMemory + "\"");
        check(
                intraOpThreads >= 0 && interOpThreads >= 1,
                "threads must be positive, got " + intraOpThreads + " and " + interOpThreads);
        int trainers = nodes - ps - (evaluator ? 1 : 0);
        check(
                restarts.minWorkers() <= trainers,
                "minWorkers is " + restarts.minWorkers() + ", but only " + trainers + " nodes train; lower it");
        check(
                restarts.minWorkers() == 0
                        || restarts.minWorkers() == trainers
                        || allFeeds().values().stream().noneMatch(FeedConfig::deterministic),
                "minWorkers lets the cluster go on with fewer nodes, which a deterministic feed cannot: its batches come only"
                        + " to the same nodes; remove one of the two");
        check(!tensorboard || logDir != null, "tensorboard is set but logDir is not; say where the event files are");
        return template;
    }

    private static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalArgumentException(otherwise);
        }
    }

    static Duration positive(Duration value, String name) {
        check(!value.isNegative() && !value.isZero(), name + " must be positive, got " + value);
        return value;
    }
}
