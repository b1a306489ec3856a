package io.tfcluster;

import static java.util.Objects.requireNonNull;

import io.tfcluster.feeding.FeedConfig;
import io.tfcluster.feeding.FeedSchema;
import io.tfcluster.reservation.ClusterTemplate;
import io.tfcluster.transport.PortRange;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How a cluster is made: how many nodes, which roles, how they are fed, and every limit.
 *
 * <pre>{@code
 * ClusterConfig config = ClusterConfig.builder(4)
 *         .ps(1)
 *         .feed("train", FeedSchema.builder().float32("x", 784).int64("label").build())
 *         .reservationTimeout(Duration.ofMinutes(5))
 *         .build();
 * }</pre>
 *
 * <p>The parameters are those of TensorFlowOnSpark's {@code TFCluster.run} under the same names in camel case, and what it lacked.
 */
public final class ClusterConfig {
    private final ClusterSettings values;
    private final ClusterTemplate template;

    private ClusterConfig(ClusterSettings values, ClusterTemplate template) {
        this.values = values;
        this.template = template;
    }

    /**
     * Starts a configuration.
     *
     * @param nodes number of processes in all: ps, chief, evaluator and workers
     */
    public static Builder builder(int nodes) {
        return new Builder(nodes);
    }

    /** Returns the roles by ordinal: ps, chief, evaluator, workers. */
    public ClusterTemplate template() {
        return template;
    }

    /** Returns the number of processes in all. */
    public int nodes() {
        return values.nodes;
    }

    /** Returns the number of parameter servers. */
    public int ps() {
        return values.ps;
    }

    /** Returns whether parameter servers run beside the driver instead of on executors. */
    public boolean parameterServersOnDriver() {
        return values.parameterServersOnDriver;
    }

    /** Returns who reads the rows. */
    public InputMode inputMode() {
        return values.inputMode;
    }

    /** Returns whether a TensorBoard process is to run on the chief or first worker. */
    public boolean tensorboard() {
        return values.tensorboard;
    }

    /** Returns the folder for event files, if one was given. */
    public Optional<String> logDir() {
        return Optional.ofNullable(values.logDir);
    }

    /** Returns whether a node's TensorFlow port is let go before the main function starts. */
    public boolean releasePort() {
        return values.releasePort;
    }

    /** Returns the limit for all nodes to register. */
    public Duration reservationTimeout() {
        return values.reservationTimeout;
    }

    /** Returns the limit for a feed without movement. */
    public Duration feedTimeout() {
        return values.feedTimeout;
    }

    /** Returns how often a node reports. */
    public Duration heartbeatInterval() {
        return values.heartbeatInterval;
    }

    /** Returns after which silence a connected node counts as lost. */
    public Duration heartbeatLimit() {
        return values.heartbeatLimit;
    }

    /** Returns after which time without progress the driver warns. */
    public Duration stallWarning() {
        return values.stallWarning;
    }

    /** Returns after which time without progress the cluster ends; zero if never. */
    public Duration stallLimit() {
        return values.stallLimit;
    }

    /** Returns what happens when a node fails. */
    public RestartPolicy restarts() {
        return values.restarts;
    }

    /** Returns the roles of a cluster of the same kind with another number of nodes. */
    ClusterTemplate template(int nodes) {
        return values.template(nodes);
    }

    /** Returns the host name or address of the reservation server, if one was given. */
    public Optional<String> serverHost() {
        return Optional.ofNullable(values.serverHost);
    }

    /** Returns the ports of the reservation server. */
    public Optional<PortRange> serverPorts() {
        return Optional.ofNullable(values.serverPorts);
    }

    /** Returns the ports that nodes may listen on, for TensorFlow, feed and ring alike. */
    public PortRange nodePorts() {
        return values.nodePorts;
    }

    /** Returns the feeds by name. */
    public Map<String, FeedConfig> feeds() {
        return values.allFeeds();
    }

    /** Returns how many bytes of rows a node buffers per feed. */
    public long feedBufferBytes() {
        return values.feedBufferBytes;
    }

    /** Returns the heap limit of a node's JVM, in JVM notation. */
    public String nodeMemory() {
        return values.nodeMemory;
    }

    /** Returns TensorFlow's threads for one operation; 0 leaves it to {@code spark.task.cpus}. */
    public int intraOpThreads() {
        return values.intraOpThreads;
    }

    /** Returns TensorFlow's threads for operations side by side. */
    public int interOpThreads() {
        return values.interOpThreads;
    }

    /** Returns further options of the node JVMs. */
    public List<String> jvmOptions() {
        return List.copyOf(values.jvmOptions);
    }

    /** Returns environment variables of the node processes, on top of the executor's own. */
    public Map<String, String> environment() {
        return Map.copyOf(values.environment);
    }

    /** Returns who hears of the cluster's events. */
    public List<ClusterListener> listeners() {
        return List.copyOf(values.listeners);
    }

    /** Collects the settings; {@link #build()} checks how they go together. */
    public static final class Builder {
        private final ClusterSettings settings;

        private Builder(int nodes) {
            this.settings = new ClusterSettings(nodes);
        }

        /** Makes the first nodes parameter servers; default 0, which means all-reduce. */
        public Builder ps(int count) {
            settings.ps = count;
            return this;
        }

        /**
         * Runs the parameter servers on the driver's host, as child processes of the driver; they take no executor slot then. They count
         * among the nodes all the same (as in TensorFlowOnSpark, driver_ps_nodes).
         */
        public Builder parameterServersOnDriver(boolean onDriver) {
            settings.parameterServersOnDriver = onDriver;
            return this;
        }

        /** Makes one node an evaluator, which gets no training rows; default false. */
        public Builder evaluator(boolean wanted) {
            settings.evaluator = wanted;
            return this;
        }

        /**
         * Gives the first training node a job of its own with this name, {@code chief} or {@code master}; without it all training nodes
         * are workers, and worker 0 does the chief's duties.
         */
        public Builder chiefName(String name) {
            settings.chiefName = requireNonNull(name, "chiefName");
            return this;
        }

        /** Says who reads the rows; default {@link InputMode#SPARK}. */
        public Builder inputMode(InputMode mode) {
            settings.inputMode = requireNonNull(mode, "inputMode");
            return this;
        }

        /**
         * Starts the {@code tensorboard} program beside the chief or first worker, over {@link #logDir}; default false. It is
         * $TENSORBOARD_PROGRAM or, without that, the one on the PATH of the node, and listens on the node's address and $TENSORBOARD_PORT or any
         * free port; {@link #environment} can set all three. Where there is none, the cluster goes on without it and says so.
         */
        public Builder tensorboard(boolean wanted) {
            settings.tensorboard = wanted;
            return this;
        }

        /**
         * Sets the folder of event files, for which see {@link io.tfcluster.training.Summaries}: a path of the nodes' hosts, or one with a
         * scheme on any of Hadoop's file systems. A path without a scheme is local; with nodes on several hosts that must be one they share, or
         * each has its own.
         */
        public Builder logDir(String path) {
            settings.logDir = requireNonNull(path, "logDir");
            return this;
        }

        /**
         * Lets each node's reserved TensorFlow port go before the main function starts, for mains that start their own server on it.
         * By default it is held until {@link NodeContext#startServer()} or {@link NodeContext#releasePort()}, so that no other process
         * can take it.
         */
        public Builder releasePort(boolean beforeMain) {
            settings.releasePort = beforeMain;
            return this;
        }

        /** Limits the wait for all nodes to register; default 600 s. */
        public Builder reservationTimeout(Duration timeout) {
            settings.reservationTimeout = ClusterSettings.positive(timeout, "reservationTimeout");
            return this;
        }

        /** Limits the time a feed may stand still, on either side; default 600 s. */
        public Builder feedTimeout(Duration timeout) {
            settings.feedTimeout = ClusterSettings.positive(timeout, "feedTimeout");
            return this;
        }

        /**
         * Sets how often nodes report progress, and after which silence a connected node counts as lost; default 1 s and 60 s.
         */
        public Builder heartbeat(Duration interval, Duration limit) {
            settings.heartbeatInterval = ClusterSettings.positive(interval, "heartbeat interval");
            settings.heartbeatLimit = ClusterSettings.positive(limit, "heartbeat limit");
            return this;
        }

        /**
         * Sets after which time without progress the driver warns, default 60 s: a training node has made no step, taken no row and changed no
         * phase although it is fed, or a node says nothing. The warning tells who waits for whom, the state of all nodes and the threads of those
         * that stand still. Raise it above the longest step.
         */
        public Builder stallWarning(Duration time) {
            settings.stallWarning = ClusterSettings.positive(time, "stallWarning");
            return this;
        }

        /**
         * Sets after which time without progress the cluster ends, with the node at the root of the waiting as the first cause; zero, the
         * default, means never. Waiting for rows, peers and parameter servers has limits of its own, and so has a node's silence; only the main
         * function's own code has none, and how long that may take only its author knows.
         */
        public Builder stallLimit(Duration time) {
            if (time.isNegative()) {
                throw new IllegalArgumentException("stallLimit must be positive, or zero for never, got " + time);
            }
            settings.stallLimit = time;
            return this;
        }

        /**
         * Starts the whole cluster again when a node fails, an executor or a host is lost, so many times within {@link #restartWindow};
         * default 0: the first failure ends the cluster.
         *
         * <p>All nodes are launched again, as the next generation, on whatever executors there are; the old ones are ended and locked out. The
         * trainer goes on from its newest checkpoint, and each feed at the row after it, also in calls that had returned, whose
         * inputs are therefore kept in mind. Without a checkpoint all begins again. Calls that are under way on the driver carry on. A
         * cluster that is fed by a stream is not restarted.
         */
        public Builder maxRestarts(int most) {
            settings.restarts = settings.restarts.restarts(most);
            return this;
        }

        /** Sets the pause before a restart, which doubles with each one within the window, and its limit; default 1 s and 1 min. */
        public Builder restartBackoff(Duration first, Duration most) {
            settings.restarts = settings.restarts.backoff(first, most);
            return this;
        }

        /** Sets for how long a restart counts against {@link #maxRestarts}; default 1 h. */
        public Builder restartWindow(Duration window) {
            settings.restarts = settings.restarts.within(window);
            return this;
        }

        /**
         * Lets a restarted cluster go on with fewer nodes that train, chief included, but with so many at least, if there are not slots for all
         * within a minute; default: all are waited for, up to {@link #reservationTimeout}. The next restart asks for all of them again.
         */
        public Builder minWorkers(int count) {
            return minWorkers(count, RestartPolicy.NONE.fullWait());
        }

        /** As {@link #minWorkers(int)}, with another time to wait for all. */
        public Builder minWorkers(int count, Duration wait) {
            settings.restarts = settings.restarts.atLeast(count, wait);
            return this;
        }

        /**
         * Sets the address that the reservation server listens on and announces. Default: the environment variable TFOS_SERVER_HOST, then
         * {@code spark.driver.host}.
         */
        public Builder serverHost(String host) {
            settings.serverHost = requireNonNull(host, "serverHost");
            return this;
        }

        /** Sets the ports of the reservation server. Default: the environment variable TFOS_SERVER_PORT, then any free port. */
        public Builder serverPorts(PortRange ports) {
            settings.serverPorts = requireNonNull(ports, "serverPorts");
            return this;
        }

        /** Sets the ports that nodes may listen on, three for each node; default any free port. */
        public Builder nodePorts(PortRange ports) {
            settings.nodePorts = requireNonNull(ports, "nodePorts");
            return this;
        }

        /**
         * Declares a feed and what its rows look like. {@link TFCluster#train} feeds {@code train}, {@link TFCluster#inference} feeds
         * {@code inference}.
         */
        public Builder feed(String name, FeedSchema schema) {
            settings.schemas.put(requireNonNull(name, "name"), requireNonNull(schema, "schema"));
            settings.feeds.remove(name); // the last word counts
            return this;
        }

        /** Declares a feed with its own buffer, shuffling, prefetching and order. */
        public Builder feed(String name, FeedConfig config) {
            settings.feeds.put(requireNonNull(name, "name"), requireNonNull(config, "config"));
            settings.schemas.remove(name);
            return this;
        }

        /** Limits the bytes of rows that a node holds per feed before its feeders have to wait; default 64 MiB. */
        public Builder feedBufferBytes(long bytes) {
            settings.feedBufferBytes = bytes;
            return this;
        }

        /** Sets the heap limit of each node's JVM, such as {@code 2g}; tensors live outside it. Default {@code 1g}. */
        public Builder nodeMemory(String heap) {
            settings.nodeMemory = requireNonNull(heap, "nodeMemory");
            return this;
        }

        /**
         * Sets TensorFlow's thread pools in each node: threads within one operation (default: {@code spark.task.cpus}) and operations
         * side by side (default 1). With several nodes on a host, their sum should not exceed its cores.
         */
        public Builder threads(int intraOp, int interOp) {
            settings.intraOpThreads = intraOp;
            settings.interOpThreads = interOp;
            return this;
        }

        /** Adds options of the node JVMs, such as {@code -Dkey=value}. */
        public Builder jvmOptions(String... options) {
            settings.jvmOptions.addAll(List.of(options));
            return this;
        }

        /** Sets an environment variable of the node processes. */
        public Builder environment(String name, String value) {
            settings.environment.put(name, value);
            return this;
        }

        /** Adds someone who hears of the cluster's events, on the driver. */
        public Builder listener(ClusterListener listener) {
            settings.listeners.add(requireNonNull(listener, "listener"));
            return this;
        }

        /**
         * Checks the settings against each other.
         *
         * @throws IllegalArgumentException if they contradict each other; the text says which and how to mend it
         */
        public ClusterConfig build() {
            ClusterSettings checked = settings.copy();
            return new ClusterConfig(checked, checked.check());
        }
    }
}
