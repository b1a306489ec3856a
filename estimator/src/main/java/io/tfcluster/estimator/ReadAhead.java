package io.tfcluster.estimator;

import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.DefaultParamsWritable;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;

/**
 * Frees reading from the number of models: behind this stage few tasks compute, while before it many partitions of the input are read at the
 * same time, and reading and computing overlap.
 *
 * <p>Without it a task reads its partition itself. As many partitions are read at a time as there are tasks, and a model waits whenever its
 * task reads: with a slow database both are idle half the time. With it each task has readers, threads that take the task's input
 * partitions one after the other as they get free and put the rows into a buffer from which the task takes them. All that lies before the
 * stage back to the last shuffle is done by the readers: put the stage behind what waits and before what computes.
 *
 * <pre>{@code
 * Dataset<Row> read = new ReadAhead().setPartitions(2).setReaders(8).transform(spark.read().format("mongodb").load());
 * Dataset<Row> features = ImageFeaturizer.mobileNetV2("hdfs:///models/mobilenet_v2.pb").transform(read);
 * System.out.println(ReadAhead.explain(features));
 * }</pre>
 *
 * <p>A stage of Spark ML: made and set by one thread, used in a Pipeline, saved and loaded with it. Rows keep their columns; their order is
 * not kept. A reader that fails fails its task, with the cause; the next attempt reads the task's partitions again. A task that ends, for
 * whatever reason, ends its readers, within 10 s. {@code input_file_name()} and the like belong before the stage.
 */
public final class ReadAhead extends Transformer implements DefaultParamsWritable {
    private static final long serialVersionUID = 1L;
    private static final int DEFAULT_READERS = 4;
    private static final int DEFAULT_ROWS = 256;
    private static final long DEFAULT_BYTES = 64L << 20;

    private final String uid;
    private final IntParam partitions;
    private final IntParam readers;
    private final IntParam bufferRows;
    private final LongParam bufferBytes;

    /** Makes a stage of four readers a task. */
    public ReadAhead() {
        this(Identifiable$.MODULE$.randomUID("ReadAhead"));
    }

    /**
     * Makes a stage with an id of its own, as Spark does when it loads one.
     *
     * @param uid the id
     */
    public ReadAhead(String uid) {
        this.uid = uid;
        this.partitions = new IntParam(
                this,
                "partitions",
                "tasks that compute what was read, 0 for as many as the application has cores",
                Validators.atLeast("partitions", 0));
        this.readers = new IntParam(
                this,
                "readers",
                "partitions of the input that a task reads at a time",
                Validators.atLeast("readers", 1));
        this.bufferRows = new IntParam(
                this,
                "bufferRows",
                "rows of a task that may lie unread before its readers wait; at least a batch of what comes next",
                Validators.atLeast("bufferRows", 1));
        this.bufferBytes = new LongParam(
                this,
                "bufferBytes",
                "bytes of a task's rows that may lie unread before its readers wait",
                Validators.atLeast("bufferBytes", 1));
        setDefault(partitions, 0);
        setDefault(readers, DEFAULT_READERS);
        setDefault(bufferRows, DEFAULT_ROWS);
        setDefault(bufferBytes, DEFAULT_BYTES);
    }

    /**
     * Returns how a query reads and computes: how many partitions are read by how many tasks and readers, which models run with how many
     * threads, and what waits for what. No row is read; a file source or database is asked for its partitions.
     *
     * @param query whatever comes out of stages, with or without a {@link ReadAhead} among them
     */
    public static String explain(Dataset<?> query) {
        return PipelinePlan.text(query);
    }

    @Override
    public String uid() {
        return uid;
    }

    @Override
    public ReadAhead copy(ParamMap extra) {
        return defaultCopy(extra);
    }

    /** Returns the schema as it is. */
    @Override
    public StructType transformSchema(StructType schema) {
        return schema;
    }

    /** Returns the same rows in another order and other partitions; nothing is read before they are asked for. */
    @Override
    public Dataset<Row> transform(Dataset<?> dataset) {
        ReadAheadStrategy.addTo(dataset.sparkSession());
        ReadSettings settings = new ReadSettings(getPartitions(), getReaders(), getBufferRows(), getBufferBytes());
        return Dataset.ofRows(
                dataset.sparkSession(),
                new ReadAheadNode(dataset.queryExecution().analyzed(), settings));
    }

    /**
     * Returns what loads a saved stage.
     *
     * @return a reader; Pipeline's own uses it too
     */
    public static MLReader<ReadAhead> read() {
        return new DefaultParamsReader<>();
    }

    /** Reads a saved stage. */
    public static ReadAhead load(String path) {
        return read().load(path);
    }

    /** Returns the Param of {@link #setPartitions}. */
    public IntParam partitions() {
        return partitions;
    }

    /** Returns the Param of {@link #setReaders}. */
    public IntParam readers() {
        return readers;
    }

    /** Returns the Param of {@link #setBufferRows}. */
    public IntParam bufferRows() {
        return bufferRows;
    }

    /** Returns the Param of {@link #setBufferBytes}. */
    public LongParam bufferBytes() {
        return bufferBytes;
    }

    /**
     * Sets the number of partitions that come out, each of which is a task that computes; 0, the default, for Spark's {@code
     * defaultParallelism}: the cores of the executors that are there when the query starts. Never more than the input has.
     */
    public ReadAhead setPartitions(int value) {
        set(partitions(), value);
        return this;
    }

    /** Returns what {@link #setPartitions} was given, or the default. */
    public int getPartitions() {
        return (Integer) getOrDefault(partitions());
    }

    /** Sets how many partitions of the input each task reads at a time, 4 by default. */
    public ReadAhead setReaders(int value) {
        set(readers(), value);
        return this;
    }

    /** Returns what {@link #setReaders} was given, or the default. */
    public int getReaders() {
        return (Integer) getOrDefault(readers());
    }

    /** Sets how many rows of a task may lie unread, 256 by default. */
    public ReadAhead setBufferRows(int value) {
        set(bufferRows(), value);
        return this;
    }

    /** Returns what {@link #setBufferRows} was given, or the default. */
    public int getBufferRows() {
        return (Integer) getOrDefault(bufferRows());
    }

    /** Sets how many bytes of a task's rows may lie unread, 64 MiB by default; one row of more passes when it is alone. */
    public ReadAhead setBufferBytes(long value) {
        set(bufferBytes(), value);
        return this;
    }

    /** Returns what {@link #setBufferBytes} was given, or the default. */
    public long getBufferBytes() {
        return (Long) getOrDefault(bufferBytes());
    }
}
