package io.tfcluster.training;

import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tensorflow.Server;
import org.tensorflow.proto.ClusterDef;
import org.tensorflow.proto.JobDef;
import org.tensorflow.proto.ServerDef;

/**
 * TensorFlow's own gRPC server in this process, for parameter servers and for graphs placed over several processes.
 *
 * <p>Once started it runs until the process ends: TensorFlow cannot stop a server, and frees its port and threads with the process
 * only. It listens on all interfaces, without authentication or encryption; that too is TensorFlow's.
 */
public final class TensorFlowServer {
    private static final Logger log = LoggerFactory.getLogger(TensorFlowServer.class);

    private final Server server;
    private final String target;

    private TensorFlowServer(Server server, String target) {
        this.server = server;
        this.target = target;
    }

    /**
     * Starts the server of one task.
     *
     * @param jobs the ClusterSpec: job name to addresses in task order
     * @param job name of this process's job
     * @param index this process's task
     * @throws RuntimeException TensorFlow's, if the port is taken
     */
    public static TensorFlowServer start(Map<String, List<String>> jobs, String job, int index) {
        List<String> tasks = jobs.getOrDefault(job, List.of());
        if (index < 0 || index >= tasks.size()) {
            throw new IllegalArgumentException("task " + job + ":" + index + " is not in the cluster " + jobs);
        }
        ClusterDef.Builder cluster = ClusterDef.newBuilder();
        jobs.forEach((name, addresses) -> {
            JobDef.Builder def = JobDef.newBuilder().setName(name);
            for (int task = 0; task < addresses.size(); task++) {
                def.putTasks(task, addresses.get(task));
            }
            cluster.addJob(def);
        });
        Server server = new Server(ServerDef.newBuilder()
                .setCluster(cluster)
                .setJobName(job)
                .setTaskIndex(index)
                .setProtocol("grpc")
                .build());
        server.start();
        log.info("TensorFlow server of {}:{} listens at {}", job, index, tasks.get(index));
        return new TensorFlowServer(server, "grpc://" + tasks.get(index));
    }

    /** Returns what a session is opened on: {@code grpc://host:port}. */
    public String target() {
        return target;
    }

    /** Returns TensorFlow's server, which must stay reachable while it is needed. */
    public Server server() {
        return server;
    }
}
