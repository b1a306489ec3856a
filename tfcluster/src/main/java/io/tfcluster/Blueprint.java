package io.tfcluster;

import io.tfcluster.reservation.ClusterTemplate;
import io.tfcluster.transport.ClusterSecret;
import io.tfcluster.transport.PortRange;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.fs.FileSystem;
import org.apache.spark.SparkContext;
import org.jspecify.annotations.Nullable;

/**
 * What all generations of a cluster have in common.
 *
 * @param id the cluster's name
 * @param secret from which each generation's own follows, so that nodes of an earlier one are strangers on every channel
 * @param tls how control connections are encrypted, or null
 * @param independent whether each node is a cluster of its own
 * @param main the user's main function and its arguments
 */
record Blueprint(
        SparkContext sc,
        ClusterConfig config,
        String id,
        ClusterSecret secret,
        @Nullable TlsSettings tls,
        boolean independent,
        UserMain main) {
    /** Returns the secret of one generation. */
    ClusterSecret secret(int generation) {
        return secret.derive("generation " + generation);
    }

    String serverHost() {
        return serverHost(sc, config);
    }

    /** Returns the address that the driver's server listens on. */
    static String serverHost(SparkContext sc, ClusterConfig config) {
        return config.serverHost()
                .or(() -> Optional.ofNullable(System.getenv("TFOS_SERVER_HOST")))
                .orElseGet(() -> sc.conf().get("spark.driver.host"));
    }

    PortRange serverPorts() {
        return serverPorts(config);
    }

    /** Returns the ports of which the driver's server takes the first free one. */
    static PortRange serverPorts(ClusterConfig config) {
        return config.serverPorts()
                .or(() -> Optional.ofNullable(System.getenv("TFOS_SERVER_PORT")).map(PortRange::parse))
                .orElse(PortRange.ANY);
    }

    /** Returns Spark jobs of this cluster, in a group that others of their kind and generation share. */
    SparkJobs jobs(String kind, int generation) {
        return new SparkJobs(sc, group(kind, generation));
    }

    String group(String kind, int generation) {
        return "tfcluster-" + id + "-" + kind + (generation == 0 ? "" : "-" + generation);
    }

    /**
     * Returns what the nodes of a generation need to know.
     *
     * @param checkpoints step of the checkpoint to go on from, by folder
     */
    LaunchPlan plan(int generation, ClusterTemplate template, InetSocketAddress server, Map<String, Long> checkpoints) {
        int intraOp = config.intraOpThreads() > 0 ? config.intraOpThreads() : Slots.taskCpus(sc.conf());
        return new LaunchPlan(
                id,
                generation,
                server.getHostString(),
                server.getPort(),
                secret(generation),
                tls,
                template,
                config.inputMode(),
                independent,
                config.feeds(),
                config.feedTimeout(),
                config.reservationTimeout(),
                config.heartbeatInterval(),
                config.heartbeatLimit(),
                config.nodePorts(),
                config.releasePort(),
                config.tensorboard(),
                config.logDir().orElse(null),
                FileSystem.getDefaultUri(sc.hadoopConfiguration()).toString(),
                checkpoints,
                new NodeSettings(
                        config.nodeMemory(),
                        intraOp,
                        config.interOpThreads(),
                        config.jvmOptions(),
                        config.environment()),
                main);
    }
}
