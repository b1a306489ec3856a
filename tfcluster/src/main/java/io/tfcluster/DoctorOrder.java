package io.tfcluster;

import io.tfcluster.transport.ClusterSecret;
import io.tfcluster.transport.PortRange;
import java.io.Serializable;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * What the executors are asked to look at.
 *
 * @param id of this examination, in names of files and as the cluster id
 * @param serverPort 0 if the driver's server could not be started
 * @param tls how control connections are encrypted, or null
 * @param nodesOnHost most nodes that one host will get
 * @param paths shared folders
 * @param defaultFs the driver's default file system, as a URI
 * @param limit for the slowest check, the node's process
 */
record DoctorOrder(
        String id,
        String serverHost,
        int serverPort,
        ClusterSecret secret,
        @Nullable TlsSettings tls,
        PortRange nodePorts,
        NodeSettings settings,
        int nodesOnHost,
        long modelBytes,
        List<DoctorPath> paths,
        String defaultFs,
        List<CheckOptions.Everywhere> everywhere,
        Duration limit)
        implements Serializable {
    DoctorOrder {
        paths = List.copyOf(paths);
        everywhere = List.copyOf(everywhere);
    }

    InetSocketAddress server() {
        return new InetSocketAddress(serverHost, serverPort);
    }

    Optional<SSLContext> tlsClient() {
        return Optional.ofNullable(tls).flatMap(TlsSettings::client);
    }

    /**
     * One executor to look at.
     *
     * @param number of the probe, from 0
     * @param ofHost whether it is the one of its host that starts a node's process
     */
    record Target(String executorId, String host, int number, boolean ofHost) implements Serializable {}

    /**
     * What one executor answered.
     *
     * @param started its clock when it began, in milliseconds since 1970
     * @param ended its clock when it had done
     * @param marked shared folders in which it left a file for the driver to see
     */
    record Answer(
            String executorId,
            String where,
            int number,
            long started,
            long ended,
            List<Finding> findings,
            List<String> marked)
            implements Serializable {
        Answer {
            findings = List.copyOf(findings);
            marked = List.copyOf(marked);
        }
    }
}
