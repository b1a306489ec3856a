package io.tfcluster;

import io.tfcluster.reservation.ClusterSpec;
import io.tfcluster.reservation.Role;
import io.tfcluster.training.ParameterServers;
import io.tfcluster.training.TensorFlowServer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Graph;
import org.tensorflow.RemoteSession;
import org.tensorflow.Server;
import org.tensorflow.Session;
import org.tensorflow.proto.ConfigProto;

/** A node's TensorFlow server and the sessions on it; the server starts when somebody first needs it. */
final class NodeTensorFlow implements AutoCloseable {
    private final ClusterSpec spec;
    private final String job;
    private final int index;
    private final PortHolder port;
    private final Runnable onServer;
    private final List<RemoteSession> sessions = new ArrayList<>();
    private @Nullable TensorFlowServer server;

    /** Starts nothing yet; {@code onServer} is called when the server has been started. */
    NodeTensorFlow(ClusterSpec spec, String job, int index, PortHolder port, Runnable onServer) {
        this.spec = spec;
        this.job = job;
        this.index = index;
        this.port = port;
        this.onServer = onServer;
    }

    Server server() {
        return started().server();
    }

    private TensorFlowServer started() {
        if (server == null) {
            port.close();
            server = TensorFlowServer.start(spec.jobs(), job, index);
            onServer.run();
        }
        return server;
    }

    Session session(Graph graph, List<String> deviceFilters) {
        ConfigProto config =
                ConfigProto.newBuilder().addAllDeviceFilters(deviceFilters).build();
        RemoteSession session = RemoteSession.open(graph, started().target(), config);
        sessions.add(session);
        return session.session();
    }

    /** Returns this node's place among the parameter servers' workers; starts the server. */
    ParameterServers parameterServers(int rank, int workers) {
        return new ParameterServers(
                started().target(), spec.tasks(Role.PS.jobName()).size(), job, index, rank, workers);
    }

    /** Cuts the sessions' runs; the server ends with the process only. */
    @Override
    public void close() {
        sessions.forEach(RemoteSession::abort);
    }
}
