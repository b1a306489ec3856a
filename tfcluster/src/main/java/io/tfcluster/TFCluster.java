package io.tfcluster;

import io.tfcluster.feeding.RowEncoder;
import java.io.Serializable;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.DataStreamWriter;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.streaming.api.java.JavaDStream;

/**
 * A cluster of TensorFlow processes on the executors of a Spark application.
 *
 * <p>{@link #run} makes it, {@link #shutdown()} ends it; both belong to the driver program's thread. Rows may be fed by several threads, each
 * into another feed. An <em>epoch</em> is one pass over an input, a <em>feed</em> a named queue of rows on every training node, a
 * <em>partition</em> Spark's. Several clusters may stand side by side in one application as long as it has the slots. The SparkContext is never stopped, and only the cluster's own jobs
 * are ever cancelled. A node's failure ends the cluster: the call that is under way, and every later one, throws a
 * {@link NodeExitException}; unless {@link ClusterConfig.Builder#maxRestarts} lets it start again and go on.
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
    static final String VALIDATION = "validation";
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

    /** Looks whether a cluster would run, as {@link #check(SparkSession, ClusterConfig, CheckOptions)}, with nothing added. */
    public static Diagnosis check(SparkSession spark, ClusterConfig config) {
        return check(spark, config, CheckOptions.none());
    }

    /**
     * Looks whether such a cluster would run: slots, memory, class path, Java, temporary files, ports, folders, clocks and TensorFlow's natives,
     * on the driver and every executor, and what the options add. Starts one task on each executor and one process on each host, which
     * takes about 10 s; every wait is bounded. Nothing stays behind, and what is wrong is a finding, never an
     * exception.
     *
     * @throws IllegalArgumentException if the options have a model but the configuration no feed {@code train}
     */
    public static Diagnosis check(SparkSession spark, ClusterConfig config, CheckOptions options) {
        return new Doctor(spark, config, options, Clock.systemUTC()).examine();
    }

    /**
     * Feeds rows to the nodes' feed {@code train}, each row to exactly one of them, and ends that feed. Returns when the nodes have taken
     * all rows; they may still be computing. If a node ends the feed early, with {@code DataFeed.terminate()} or at a trainer's last step, this
     * returns within a second.
     *
     * @param epochs how many times; 0 means until a node terminates the feed
     * @return what each epoch did, in order
     * @throws NodeExitException if a node failed
     * @throws IllegalStateException if the feed has ended, or another thread is feeding it
     */
    public <T> List<EpochReport> train(JavaRDD<T> rows, RowEncoder<? super T> encoder, int epochs) {
        return train(FeedInput.of(rows, encoder), epochs);
    }

    /** Feeds rows whose cells are in the order of the feed's columns, or, if they have a schema, are called like them. */
    public List<EpochReport> train(JavaRDD<Row> rows, int epochs) {
        return train(FeedInput.of(rows), epochs);
    }

    /**
     * Feeds the columns of a DataFrame that are called like those of the feed.
     *
     * @throws IllegalArgumentException before anything is fed, if a column is missing or of a wrong type
     */
    public List<EpochReport> train(Dataset<Row> rows, int epochs) {
        return train(FeedInput.of(rows), epochs);
    }

    /**
     * Feeds columns of a DataFrame under the names of the feed's columns.
     *
     * @param inputMapping DataFrame column to feed column
     * @throws IllegalArgumentException before anything is fed, if the mapping names a column that is not there, or a column is missing or of a
     *     wrong type
     */
    public List<EpochReport> train(Dataset<Row> rows, Map<String, String> inputMapping, int epochs) {
        return train(FeedInput.of(rows, inputMapping), epochs);
    }

    /** As {@link #train(JavaRDD, RowEncoder, int)}, for any input: one that is kept for later epochs for example. */
    public List<EpochReport> train(FeedInput rows, int epochs) {
        return driver.feeder("train").train(TRAIN, rows, epochs);
    }

    /**
     * Feeds the feed {@code train}, and after each of its epochs the feed {@code validation} once, as an epoch of the same number, side by side
     * with the next epoch of training. Both feeds end.
     *
     * <p>Main functions read {@code validation} in a thread of their own, or after each epoch of {@code train}. An epoch of {@code train} that a
     * node ends early is followed by no validation.
     *
     * @return what each epoch of {@code train} did; those of {@code validation} are in {@link #ledger()} and {@link TrainingReport#epochs()}
     */
    public List<EpochReport> train(FeedInput rows, FeedInput validation, int epochs) {
        return driver.feeder("train").train(TRAIN, rows, VALIDATION, validation, epochs);
    }

    /**
     * Feeds any feed by its name, and leaves it open: another call may follow, whose epochs are numbered on. Different feeds may be fed at
     * the same time, by as many threads.
     *
     * @param epochs how many times; 0 means until a node terminates the feed
     * @throws IllegalArgumentException if there is no such feed
     * @throws IllegalStateException if the feed has ended, or another thread is feeding it
     */
    public List<EpochReport> feed(String feed, FeedInput rows, int epochs) {
        return driver.feeder("feed").feed(feed, rows, epochs);
    }

    /**
     * Feeds a piece of a stream: its rows follow those before, and neither an epoch nor the feed ends. Returns when the nodes have taken
     * them, so that whoever produces rows is held up by nodes that are slow. A feed is fed either in epochs or in such pieces.
     *
     * @return false if a node has ended the feed: nothing more is wanted
     * @throws IllegalArgumentException if the rows are to be {@linkplain FeedInput#resume resumed}, which pieces cannot be
     * @throws IllegalStateException if the feed has ended, or is being fed by another call
     */
    public boolean feedMore(String feed, FeedInput rows) {
        return driver.feeder("feed").feedMore(feed, rows);
    }

    /**
     * Ends a feed: nodes hand out what they have, then {@code shouldStop()} is true there.
     *
     * @throws IllegalStateException if another thread is feeding it
     */
    public void endFeed(String feed) {
        driver.feeder("end a feed").endFeed(feed);
    }

    /**
     * Feeds the feed {@code train} from Structured Streaming, as {@link #trainStream(DataStreamWriter, Map)}, with the writer's defaults.
     *
     * @throws IllegalArgumentException if the columns do not fit the feed
     */
    public StreamingQuery trainStream(Dataset<Row> rows, Map<String, String> inputMapping) {
        ClusterFeeder feeder = driver.feeder("train");
        feeder.check(TRAIN, rows, inputMapping);
        return feeder.streams().start(TRAIN, rows.writeStream(), inputMapping);
    }

    /**
     * Starts a query that feeds the feed {@code train}, micro-batch by micro-batch, until it is stopped; then the feed ends. A micro-batch ends
     * when nodes have taken its rows, so that the query reads as fast as they do. If a node ends the feed, the query is stopped. So it is by
     * {@link #shutdown()}, in the middle of a micro-batch perhaps: stop it first.
     *
     * @param writer with trigger and checkpoint location as wanted; its sink is set here
     * @param inputMapping DataFrame column to feed column; empty if they are called the same
     */
    public StreamingQuery trainStream(DataStreamWriter<Row> writer, Map<String, String> inputMapping) {
        return driver.feeder("train").streams().start(TRAIN, writer, inputMapping);
    }

    /**
     * Feeds the feed {@code train} from a DStream until its context is stopped; then the feed ends. Call it before the context starts, which
     * stays the caller's. A batch ends when nodes have taken its rows: with {@code spark.streaming.backpressure.enabled} the source
     * is slowed down to what they take. If a node ends the feed, the context is stopped, without the SparkContext. The context must not be
     * checkpointed.
     */
    public <T> void trainDStream(JavaDStream<T> rows, RowEncoder<? super T> encoder) {
        driver.feeder("train").streams().follow(TRAIN, rows, encoder);
    }

    /** Returns which rows were fed and who took them, now; also after the end, and while another thread feeds. */
    public Ledger ledger() {
        return driver.ledger();
    }

    /**
     * Returns each row with what the nodes answered on their feed {@code inference}: one result per row, in the order of the rows,
     * partition by partition. Nothing is computed until an action asks for it, and again with each action: persist it if need be. An action
     * that is under way when a node fails does so, too; if the cluster starts again, another one finds the new nodes.
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
        driver.feeder("infer").check(INFERENCE, rows, Map.of());
        return inference(rows.javaRDD());
    }

    /**
     * Returns where TensorBoard can be seen, if it was asked for and the chief's host has it; it answers some seconds after the cluster stands.
     * If the host has it not, the driver's log says what to install.
     */
    public Optional<String> tensorboardUrl() {
        return driver.endpoint(TensorBoardProcess.ENDPOINT);
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
