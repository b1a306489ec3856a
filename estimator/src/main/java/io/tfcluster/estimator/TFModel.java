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
public final class TFModel extends ModelRunStage implements MLWritable {
    private static final long serialVersionUID = 1L;

    private final Param<String> frozenGraph;
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
