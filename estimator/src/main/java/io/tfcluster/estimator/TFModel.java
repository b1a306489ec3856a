package io.tfcluster.estimator;

import io.tfcluster.training.InputSpec;
import io.tfcluster.training.ModelFunction;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * A TensorFlow model as a stage of Spark ML pipelines: it answers each row of a DataFrame in columns of its own.
 *
 * <p>The model is a SavedModel ({@link #setExportDir}), a frozen graph ({@link #setFrozenGraph}), or a checkpoint with its function
 * ({@link #setModelDir}, {@link #setModelFunction}), on any Hadoop file system. One on the driver's own disk is sent along. An executor
 * loads it once, for all tasks, and keeps it for the next job ({@code spark.tfcluster.models.max} and {@code .maxBytes} are the limits of
 * what is kept, 4 models and 4 GiB). Rows go through in batches as they come; an executor holds one batch for each task.
 *
 * <p>Columns become tensors by these rules: numbers become any type of numbers that holds them (a value out of range is an error), truth
 * values BOOL, text and bytes STRING; bytes also UINT8, one for each; arrays, and Spark ML's vectors, dense and sparse, fill a shape with the
 * same number of values, flat or nested alike; pictures of Spark's image source [height, width, channels], blue first. The other way round a
 * row of a tensor becomes a value, an array, or arrays in each other; UINT8 becomes smallint, UINT16 int, UINT32 and UINT64 bigint, FLOAT16
 * and BFLOAT16 float.
 *
 * <pre>{@code
 * TFModel flowers = new TFModel()
 *         .setExportDir("hdfs://names:8020/models/flowers")
 *         .setInputMapping(Map.of("pixels", "image"))
 *         .setOutputMapping(Map.of("softmax", "scores"))
 *         .setPredictionCol("prediction");
 * Dataset<Row> answers = flowers.transform(pictures);
 * }</pre>
 */
public final class TFModel extends ModelStage implements MLWritable {
    private static final long serialVersionUID = 1L;

    static final String PROCESS = "process";
    static final String CHILD = "child";

    private final Param<String> frozenGraph;
    private final IntParam threads;
    private final Param<String> isolation;
    private final IntParam runTimeout;
    private final Param<String> versions;
    private final Param<String> versionCol;
    private @Nullable FitSummary summary;
    private @Nullable FailedTrial failed;
    private transient @Nullable Provenance provenance;
    private transient @Nullable ModelFunction modelFunction;
    private transient List<InputSpec> modelInputs = List.of();
    private transient @Nullable Path exported;
    private HashMap<String, PixelColumn> pixelColumns = new HashMap<>();

    /** Makes a model that is told by its setters where TensorFlow's is. */
    public TFModel() {
        this(Identifiable$.MODULE$.randomUID("TFModel"));
    }

    /** Makes a model with an id of its own, as Spark does when it loads one. */
    public TFModel(String uid) {
        super(uid);
        this.frozenGraph = new Param<>(
                this,
                "frozenGraph",
                "file of a GraphDef whose variables are constants, on any Hadoop file system",
                Validators.notBlank("frozenGraph", "a file"));
        this.threads = new IntParam(
                this,
                "threads",
                "threads of the model's session on an executor, 0 for as many as it has cores; all its tasks share them",
                Validators.atLeast("threads", 0));
        this.isolation = new Param<>(
                this,
                "isolation",
                "where the model runs on an executor: \"process\", in the executor's own; \"child\", in a JVM beside it, which a graph may"
                        + " abort without harm to the executor",
                Validators.oneOf("isolation", PROCESS, CHILD));
        this.runTimeout = new IntParam(
                this,
                "runTimeout",
                "seconds that the model may take for one batch, 1 or more",
                Validators.atLeast("runTimeout", 1));
        this.versions = new Param<>(
                this,
                "versions",
                "which version is asked where exportDir has numbered folders: \"fixed\", the highest when the query begins; \"latest\", each"
                        + " task the highest there is",
                Validators.oneOf("versions", ModelVersions.FIXED, ModelVersions.LATEST));
        this.versionCol = new Param<>(
                this,
                "versionCol",
                "column of type bigint for the number of the version that answered the row; empty: none");
        setDefault(threads, 0);
        setDefault(isolation, PROCESS);
        setDefault(runTimeout, 600);
        setDefault(versions, ModelVersions.FIXED);
        setDefault(versionCol, "");
    }

    @Override
    public TFModel self() {
        return this;
    }

    @Override
    public TFModel copy(ParamMap extra) {
        TFModel copy = copyValues(new TFModel(uid()), extra);
        copy.summary = summary;
        copy.failed = failed;
        copy.provenance = provenance;
        copy.modelFunction = modelFunction;
        copy.modelInputs = modelInputs;
        copy.exported = exported;
        copy.pixelColumns = pixelColumns;
        return copy.setParent(parent());
    }

    /** Returns whether this model comes straight from {@link TFEstimator#fit}, and can tell how it was learned. */
    public boolean hasSummary() {
        return summary != null;
    }

    /**
     * Returns how the model was learned.
     *
     * @throws IllegalStateException if {@link #hasSummary()} is false: it is not saved with the model, its provenance is
     */
    public FitSummary summary() {
        if (summary == null) {
            throw new IllegalStateException(
                    "this model has no summary: it was not learned in this application, or that failed");
        }
        return summary;
    }

    /** Returns why there is no model behind this one, if it stands for a training that failed; see {@link TFEstimator#setFailedTrial}. */
    public Optional<TrainingException> failure() {
        return Optional.ofNullable(failed).map(FailedTrial::cause);
    }

    TFModel learned(FitSummary how) {
        summary = how;
        return this;
    }

    TFModel standsFor(FailedTrial trial) {
        failed = trial;
        return this;
    }

    /** Returns the Param of {@link #setFrozenGraph}. */
    public Param<String> frozenGraph() {
        return frozenGraph;
    }

    /** Sets the file of a GraphDef whose variables are constants; its placeholders are the inputs, {@link #setOutputMapping} names outputs. */
    public TFModel setFrozenGraph(String file) {
        set(frozenGraph, file);
        return this;
    }

    /**
     * Says how to build the model of the newest checkpoint in {@link #setModelDir}: the driver makes a SavedModel of both when it is first
     * needed. A saved stage has that SavedModel, and needs the function no more.
     *
     * @param function that the checkpoint was trained with
     * @param inputs as they were in training; those that the predictions do not need are no inputs of the model
     */
    public TFModel setModelFunction(ModelFunction function, List<InputSpec> inputs) {
        modelFunction = function;
        modelInputs = List.copyOf(inputs);
        exported = null;
        return this;
    }

    /** Says that a column of bytes is the pixels of pictures, as the stages of pictures make it. */
    TFModel withPixels(String column, PixelColumn pixels) {
        pixelColumns = new HashMap<>(Map.of(column, pixels));
        return this;
    }

    /** Returns what {@link #withPixels} was told. */
    Map<String, PixelColumn> pixelColumns() {
        return Map.copyOf(pixelColumns);
    }

    /** Returns one with its Params and columns, and nothing else: what can travel to tasks. */
    TFModel bare() {
        TFModel bare = copyValues(new TFModel(uid()), ParamMap.empty());
        bare.pixelColumns = pixelColumns;
        return bare;
    }

    boolean hasModelFunction() {
        return modelFunction != null;
    }

    /** Returns the SavedModel of the checkpoint, making it if it is not there. */
    Path exported(Configuration conf) {
        ModelFunction function = modelFunction;
        if (function == null || !isSet(modelDir())) {
            throw new IllegalArgumentException(
                    "a checkpoint needs both its folder and its function: set modelDir and the model function");
        }
        Path made = exported;
        if (made == null) {
            made = CheckpointModel.export(function, modelInputs, getModelDir(), conf);
            exported = made;
        }
        return made;
    }

    /** Returns the Param of {@link #setThreads}. */
    public IntParam threads() {
        return threads;
    }

    /**
     * Sets the threads of the model's session on an executor, which all its tasks share; 0 for as many as it has cores for tasks.
     *
     * <p>They limit how many operations run side by side. What goes on within one operation, such as a product of matrices, has a pool of
     * threads that TensorFlow makes once for a process, by what the first model in it asked for.
     */
    public TFModel setThreads(int number) {
        set(threads, number);
        return this;
    }

    /** Returns the threads of a session. */
    public int getThreads() {
        return (int) (Integer) getOrDefault(threads);
    }

    /** Returns the Param of {@link #setIsolation}. */
    public Param<String> isolation() {
        return isolation;
    }

    /**
     * Sets where the model runs on an executor: {@code "process"}, in the executor's own, which costs least; or {@code "child"}, in a JVM
     * beside it, one for each loaded model, which all tasks share. Some graphs, and some faults of native code, abort their process: in a
     * child that is an error of the task, with the exit code and the last output, and Spark's next attempt starts another child.
     */
    public TFModel setIsolation(String value) {
        set(isolation, value);
        return self();
    }

    /** Returns where the model runs. */
    public String getIsolation() {
        return getOrDefault(isolation);
    }

    /** Returns the Param of {@link #setRunTimeout}. */
    public IntParam runTimeout() {
        return runTimeout;
    }

    /**
     * Sets the seconds that the model may take for one batch before the task fails, 600 if not set. TensorFlow ends a run between two
     * operations; one that hangs within an operation is ended in a child only, see {@link #setIsolation}, together with the child.
     */
    public TFModel setRunTimeout(int seconds) {
        set(runTimeout, seconds);
        return self();
    }

    /** Returns the seconds of one batch. */
    public int getRunTimeout() {
        return (int) (Integer) getOrDefault(runTimeout);
    }

    /** Returns the Param of {@link #setVersions}. */
    public Param<String> versions() {
        return versions;
    }

    /**
     * Sets which version of the model is asked, where {@link #setExportDir} is a folder of numbered folders with a SavedModel each, as
     * TensorFlow Serving has them. {@code "fixed"} is the highest number when a query is made. {@code "latest"} is for queries that go on
     * for long: a task that begins a second or more after the last look asks for a newer version, and loads it beside the one before;
     * tasks that run stay with theirs. So all rows of a task are answered by one version, and a stream goes over within a micro-batch or
     * two. A version is taken when it is whole, gives the same columns, and loads; otherwise it is refused, with one warning in the
     * executor's log, and the one before goes on. Deleting the newest goes back to the one below.
     */
    public TFModel setVersions(String value) {
        set(versions, value);
        return self();
    }

    /** Returns which version is asked. */
    public String getVersions() {
        return getOrDefault(versions);
    }

    /** Returns the Param of {@link #setVersionCol}. */
    public Param<String> versionCol() {
        return versionCol;
    }

    /** Sets the column for the number of the version that answered a row; "" for none. The model must lie in a numbered folder. */
    public TFModel setVersionCol(String value) {
        set(versionCol, value);
        return self();
    }

    /** Returns the column of versions. */
    public String getVersionCol() {
        return getOrDefault(versionCol);
    }

    /**
     * Returns the schema that {@link #transform} will give, without a job and, for what signatures name, without TensorFlow.
     *
     * @throws IllegalArgumentException if the schema does not fit the model, with both sides in a table; or there is no such model
     */
    @Override
    public StructType transformSchema(StructType schema) {
        if (failed != null) {
            return failed.schema(this, schema);
        }
        Configuration conf = SparkSession.active().sparkContext().hadoopConfiguration();
        return made(ModelVersions.plan(this, schema, conf), schema);
    }

    /**
     * Returns the rows with the model's columns. What does not fit is told at once; the model runs when the rows are asked for.
     *
     * @throws IllegalArgumentException as {@link #transformSchema}
     */
    @Override
    public Dataset<Row> transform(Dataset<?> dataset) {
        if (failed != null) {
            return failed.transform(this, dataset.toDF());
        }
        Configuration conf = dataset.sparkSession().sparkContext().hadoopConfiguration();
        TransformPlan plan = ModelVersions.plan(this, dataset.schema(), conf);
        StructType made = made(plan, dataset.schema());
        List<String> taken = new ArrayList<>(Arrays.asList(dataset.schema().fieldNames()));
        TransformPlan narrow = plan;
        if (!getKeepInputs()) {
            taken = plan.inputs().stream().map(InputPlan::column).distinct().toList();
            narrow = plan.withColumns(taken);
        }
        TaskModel model = new TaskModel(
                narrow,
                TaskFiles.of(dataset.sparkSession().sparkContext(), plan.source()),
                VersionOrder.of(this, dataset.schema(), taken));
        return RowPlan.map(dataset, taken, getKeepInputs(), new TransformTask(model, getKeepInputs()), made);
    }

    private StructType made(TransformPlan plan, StructType schema) {
        List<StructField> fields = new ArrayList<>();
        if (getKeepInputs()) {
            fields.addAll(Arrays.asList(schema.fields()));
        }
        fields.addAll(plan.fields());
        return new StructType(fields.toArray(new StructField[0]));
    }

    /** Notes where the model comes from; a saved stage has it beside the model. */
    public TFModel setProvenance(Provenance provenance) {
        this.provenance = provenance;
        return this;
    }

    /** Returns where the model comes from: what was set, or what lies in the SavedModel; empty if nobody noted it. */
    public Optional<Provenance> provenance() {
        return provenance(SparkSession.active().sparkContext().hadoopConfiguration());
    }

    Optional<Provenance> provenance(Configuration conf) {
        if (provenance != null) {
            return Optional.of(provenance);
        }
        return isSet(exportDir()) ? Provenance.read(getExportDir(), conf) : Optional.empty();
    }

    /** Returns what writes this stage with its whole model, in Spark's layout. */
    @Override
    public MLWriter write() {
        return new TFModelWriter(this);
    }

    /** Returns what reads a saved stage. */
    public static MLReader<TFModel> read() {
        return new TFModelWriter.Reader();
    }

    /** Reads a saved stage; its model is the one in the stage's folder. */
    public static TFModel load(String path) {
        return read().load(path);
    }

    /**
     * Makes the model a SQL function, for queries and for Structured Streaming. It takes the columns of {@link #setInputMapping} in their
     * order, or the signature's inputs by the order of their names, and gives the model's column, or a struct if there are several. An
     * argument that is null gives null. Arguments are checked when a query is analysed.
     *
     * <p>Spark calls functions row by row, so each row is a run of the model: some 50 microseconds a row besides the computing itself, which
     * for a small model is most of it. {@link #transform} puts whole batches through, also on streams: prefer it for many rows.
     *
     * @param name as queries say it; one that is there is replaced
     */
    public static void registerUdf(SparkSession spark, String name, TFModel model) {
        ModelFunctions.register(spark, name, model);
    }

    @Override
    public String toString() {
        return "TFModel: uid=" + uid()
                + get(exportDir()).map(f -> ", exportDir=" + f).getOrElse(() -> "")
                + get(frozenGraph).map(f -> ", frozenGraph=" + f).getOrElse(() -> "");
    }
}
