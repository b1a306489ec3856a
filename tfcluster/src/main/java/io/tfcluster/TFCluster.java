package io.tfcluster;

import io.tfcluster.feeding.RowEncoder;
import java.io.Serializable;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * A cluster of TensorFlow processes on the executors of a Spark application.
 *
 * <p>{@link #run} makes it, {@link #shutdown()} ends it; both, and everything between, belong to the driver program's thread. Several clusters
 * may stand side by side in one application as long as it has the slots. The SparkContext is never stopped, and only the cluster's own jobs
 * are ever cancelled. A node's failure ends the cluster: the call that is under way, and every later one, throws a
 * {@link NodeExitException}.
 *
 * <pre>{@code
 * ClusterConfig config = ClusterConfig.builder(2).feed("train", schema).feed("inference", schema).build();
 * try (TFCluster cluster = TFCluster.run(spark, MyModel::main, options, config)) {
 *     cluster.train(rows, encoder, 5);
 *     cluster.inference(others, encoder).collect();
 *     cluster.shutdown();
 * }
 * }</pre>
 */
public final class TFCluster implements AutoCloseable {
    private static final Duration DEFAULT_SHUTDOWN_LIMIT = Duration.ofDays(3);
    private static final String TRAIN = "train";
    private static final String INFERENCE = "inference";

    private final ClusterDriver driver;

    private TFCluster(ClusterDriver driver) {
        this.driver = driver;
    }

    /**
     * Starts a cluster and returns when all its nodes know each other and their main functions start.
     *
     * <p>Needs one free slot of the application for each node at that moment; in {@link InputMode#SPARK} the slots are free again
     * afterwards, for feed tasks.
     *
     * @param spark the application; stays the caller's
     * @param main what each node runs
     * @param args what each node is given
     * @throws IllegalArgumentException if the application can never have that many slots, or the main function cannot be serialized
     * @throws io.tfcluster.reservation.ReservationTimeoutException if not all nodes came within the reservation timeout; it names who is
     *     missing and what their tasks are doing
     * @throws NodeExitException if a node failed while starting
     */
    public static <A extends Serializable> TFCluster run(
            SparkSession spark, TFMain<A> main, A args, ClusterConfig config) {
        return new TFCluster(ClusterDriver.start(spark, main, args, config, false));
    }

    /**
     * Feeds rows to the nodes' feed {@code train}, each row to exactly one of them, and ends that feed. Returns when the nodes have taken
     * all rows; they may still be computing.
     *
     * @param epochs how many times; 0 means until a node terminates the feed
     * @return what each epoch did, in order
     * @throws NodeExitException if a node failed
     */
    public <T> List<EpochReport> train(JavaRDD<T> rows, RowEncoder<? super T> encoder, int epochs) {
        return driver.feeder("train").train(TRAIN, rows, encoder, epochs);
    }

    /** Feeds rows whose cells are in the order of the feed's columns, or, if they have a schema, are called like them. */
    public List<EpochReport> train(JavaRDD<Row> rows, int epochs) {
        return train(rows, driver.feeder("train").rowEncoder(TRAIN), epochs);
    }

    /**
     * Feeds the columns of a DataFrame that are called like those of the feed.
     *
     * @throws IllegalArgumentException before anything is fed, if a column is missing or of a wrong type
     */
    public List<EpochReport> train(Dataset<Row> rows, int epochs) {
        driver.feeder("train").check(TRAIN, rows.schema());
        return train(rows.javaRDD(), epochs);
    }

    /**
     * Returns each row with what the nodes answered on their feed {@code inference}: one result per row, in the order of the rows,
     * partition by partition. Nothing is computed until an action asks for it, and again with each action: persist it if need be.
     *
     * @return results as Rows whose columns are the outputs' names; a cell with a shape is a flat array, row-major
     */
    public <T> JavaPairRDD<T, Row> inference(JavaRDD<T> rows, RowEncoder<? super T> encoder) {
        return driver.feeder("infer").infer(INFERENCE, rows, encoder);
    }

    /** Returns only the results, for rows whose cells are in the order of the feed's columns or called like them. */
    public JavaRDD<Row> inference(JavaRDD<Row> rows) {
        return inference(rows, driver.feeder("infer").rowEncoder(INFERENCE)).values();
    }

    /** Returns only the results, for the columns of a DataFrame that are called like those of the feed. */
    public JavaRDD<Row> inference(Dataset<Row> rows) {
        driver.feeder("infer").check(INFERENCE, rows.schema());
        return inference(rows.javaRDD());
    }

    /** Returns where TensorBoard can be seen, if it was asked for and the node's host has it. */
    public Optional<String> tensorboardUrl() {
        return driver.endpoint("tensorboard");
    }

    /** Ends the cluster in order, waiting up to 3 days for the nodes' main functions to return. */
    public TrainingReport shutdown() {
        return shutdown(true, DEFAULT_SHUTDOWN_LIMIT);
    }

    /**
     * Ends the cluster: all feeds end, the training nodes' main functions return, then parameter servers and evaluators are stopped. A
     * second call returns the same report.
     *
     * @param graceful false stops all nodes at once, whatever they are doing
     * @param timeout limit for the main functions to return
     * @throws NodeExitException if a node failed, also after the last row, in an export for example
     * @throws IllegalStateException if a main function did not return in time; all nodes have been ended then
     */
    public TrainingReport shutdown(boolean graceful, Duration timeout) {
        return driver.shutdown(graceful, timeout);
    }

    /** Stops the cluster at once, unless it has been shut down; never throws for a node's failure, which another call has reported. */
    @Override
    public void close() {
        driver.close();
    }
}
