package io.tfcluster;

import io.tfcluster.feeding.tensor.Batch;
import io.tfcluster.feeding.tensor.DataFeed;
import io.tfcluster.reservation.ClusterSpec;
import io.tfcluster.reservation.Role;
import io.tfcluster.training.BatchSource;
import io.tfcluster.training.InputSpec;
import io.tfcluster.training.ModelFunction;
import io.tfcluster.training.SummaryWriter;
import io.tfcluster.training.Trainer;
import io.tfcluster.training.TrainerConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tensorflow.Graph;
import org.tensorflow.Server;
import org.tensorflow.Session;
import org.tensorflow.Tensor;

/**
 * One node's place in its cluster, given to the user's {@link TFMain}.
 *
 * <p>Belongs to the node's main thread. What it hands out, feeds, trainers and servers, ends with the node; only what the user opens himself
 * must he close.
 */
public interface NodeContext {
    /** Returns this node's role. */
    Role role();

    /** Returns this node's index within its role, from 0. */
    int index();

    /** Returns the job name in the ClusterSpec: {@code ps}, {@code worker}, {@code evaluator}, {@code chief} or {@code master}. */
    String jobName();

    /** Returns whether this node does what only one may do: the chief, or worker 0 of a cluster without one. */
    boolean isChief();

    /**
     * Returns this node's number among those that train, from 0: the chief's is 0 if there is one.
     *
     * @throws IllegalStateException on a ps or evaluator
     */
    int rank();

    /** Returns how often the cluster was started again after a failure, 0 the first time. */
    int generation();

    /** Returns how many nodes train: workers and chief together. */
    int numWorkers();

    /** Returns the addresses of all nodes, as TensorFlow reads them. */
    ClusterSpec clusterSpec();

    /** Returns the TF_CONFIG text for this node, for programs that expect one. */
    String tfConfig();

    /** Returns the driver's default file system, {@code hdfs://namenode:8020} or {@code file:///}. */
    String defaultFs();

    /**
     * Completes a path: one with a scheme stays as it is, an absolute one gets the default file system, a relative one lies below the
     * user's home (on HDFS and the like) or the executor's working folder.
     */
    String absolutePath(String path);

    /** Returns where a file that was added to the application ({@code --files}, {@code SparkContext.addFile}) lies on this host. */
    Path addedFile(String name);

    /** Returns the folder for event files that the configuration names, if it names one. */
    Optional<String> logDir();

    /**
     * Opens an event file in a folder of this name below {@link #logDir()}, on any of Hadoop's file systems: a run of its own in TensorBoard.
     * Trainers write {@code train} and {@code validation} by themselves; {@code eval} is the evaluator's name by custom. It is closed with the
     * node, if not before.
     *
     * @throws IllegalStateException if the configuration names no folder
     */
    SummaryWriter summaryWriter(String name);

    /**
     * Returns the feed {@code train}, or the only one if there is just one.
     *
     * @throws IllegalStateException if the cluster has no such feed
     */
    DataFeed dataFeed();

    /**
     * Returns a feed by its name; the same object each time.
     *
     * @throws IllegalArgumentException if it was not declared in {@link ClusterConfig.Builder#feed}
     */
    DataFeed dataFeed(String name);

    /** Returns the batches of a feed in the form a {@link Trainer} reads them. */
    BatchSource batches(String feed);

    /**
     * Makes a trainer over this cluster: all-reduce among the training nodes, or updates on parameter servers if the cluster has any,
     * asynchronous unless the config says {@code synchronousServers}. Inputs are the columns of the feed {@code train}; progress goes to the driver with each heartbeat.
     *
     * @throws IllegalStateException on a ps or evaluator, or if there is no feed {@code train}
     * @throws IllegalArgumentException if the model does not fit the feed
     */
    Trainer trainer(ModelFunction model, TrainerConfig config);

    /**
     * As {@link #trainer(ModelFunction, TrainerConfig)}, for main functions that read their own rows, in {@link InputMode#TENSORFLOW} for example.
     *
     * @param inputs what the batches bring that they make
     * @throws IllegalStateException on a ps or evaluator
     * @throws IllegalArgumentException if the model does not fit the inputs
     */
    Trainer trainer(ModelFunction model, List<InputSpec> inputs, TrainerConfig config);

    /**
     * Answers a feed with a trainer's predictions until the feed ends: one result for each row, a column for each prediction.
     *
     * @param batchSize most rows to predict at once
     */
    default void answer(String feed, Trainer trainer, int batchSize) {
        DataFeed rows = dataFeed(feed);
        while (!rows.shouldStop()) {
            try (Batch batch = rows.nextBatch(batchSize)) {
                if (batch.rows() > 0) {
                    Map<String, Tensor> predictions = trainer.predict(batch.tensors());
                    try {
                        rows.batchResults(predictions);
                    } finally {
                        predictions.values().forEach(Tensor::close);
                    }
                }
            }
        }
    }

    /**
     * Starts this node's TensorFlow gRPC server on the port it announced; the same server each time. It listens on all interfaces, without
     * any authentication: that is TensorFlow's, not ours to change.
     */
    Server startServer();

    /**
     * Opens a session over a graph on this node's server, which is started if need be. The caller closes it.
     *
     * <p>Operations run on the node that their device names, so a graph may lie over several nodes whose servers run:
     * {@code tf.withDevice(DeviceSpec.newBuilder().job("worker").task(1).build())}. Gradients that {@code Graph.addGradients} adds have no
     * device and land on the first one by name; to train a network placed over several nodes use {@link #trainer} with
     * {@link io.tfcluster.training.ModelBuilder#withDevice}, which puts them beside the operations they derive from.
     *
     * @param deviceFilters which tasks the session is to see, such as {@code /job:ps}; with none TensorFlow waits until the servers of all
     *     nodes answer
     */
    Session session(Graph graph, String... deviceFilters);

    /** Starts the server and returns when the cluster stops: all that a ps has to do. */
    void serveUntilStopped();

    /** Waits until the driver stops the cluster; for evaluators. */
    void awaitStop();

    /** Returns whether the driver has asked this node to stop. */
    boolean stopping();

    /** Lets the announced TensorFlow port go, for a main function that starts a server of its own on it. */
    void releasePort();

    /** Leaves a value for the driver: it is in {@link TrainingReport.Node#result()} after the node's farewell. */
    void result(String key, String value);

    /** Reports values to the driver with the next heartbeat, for main functions that train without a {@link Trainer}. */
    void report(long epoch, long step, long rows, Map<String, Double> metrics);
}
