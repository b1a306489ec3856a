package io.tfcluster.estimator;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.when;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileUtil;
import org.apache.hadoop.fs.Path;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.param.StringArrayParam;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * A trained detector as a stage that finds objects in pictures: where they are, what they are, and how sure that is.
 *
 * <p>The detector is a frozen graph or a SavedModel with the tensors of TensorFlow's Object Detection API; other names are Params. The column
 * of pictures may be all that {@code ImageTransformer} takes; the detector sees each picture stretched to {@code imageSize}. It answers with an
 * array of structs, the highest score first:
 *
 * <pre>
 *  boxes: array&lt;struct&lt;ymin, xmin, ymax, xmax: float,    0 to 1 in the upright picture, top and left are 0
 *                      classId: int, label: string,      label is null without a label map
 *                      score: float&gt;&gt;
 * </pre>
 *
 * <p>Boxes are cut at the picture's edges; those without an area are left out. A stage of Spark ML: made and set by one thread, used in a
 * Pipeline, saved with its detector and its label map.
 *
 * <pre>{@code
 * Dataset<Row> detected = ObjectDetector.ssd("hdfs:///models/ssd_mobilenet.pb", "hdfs:///models/coco.pbtxt")
 *         .setInputCol("picture")
 *         .setBestCol("best")
 *         .transform(pictures);
 * }</pre>
 */
public final class ObjectDetector extends PictureModelStage<ObjectDetector> implements DetectorParams<ObjectDetector> {
    private static final long serialVersionUID = 1L;

    private static final String LABELS = "labels";

    private final DetectorParamSet own;

    /** Makes a stage that is told by its setters which detector it has. */
    public ObjectDetector() {
        this(Identifiable$.MODULE$.randomUID("ObjectDetector"));
    }

    /** Makes a stage with an id of its own, as Spark does when it loads one. */
    public ObjectDetector(String uid) {
        super(uid, "arrays of boxes");
        this.own = new DetectorParamSet(this);
    }

    /**
     * Returns a stage for an SSD as the Object Detection API exports it: pictures of 300 × 300.
     *
     * @param graph file of the frozen graph
     * @param labelMap file that names its classes, see {@link #setLabelMap}
     */
    public static ObjectDetector ssd(String graph, String labelMap) {
        return new ObjectDetector().setFrozenGraph(graph).setLabelMap(labelMap);
    }

    @Override
    public ObjectDetector self() {
        return this;
    }

    @Override
    public ObjectDetector copy(ParamMap extra) {
        return defaultCopy(extra);
    }

    /**
     * Checks the column, the Params, the graph and the label map against each other; no job runs.
     *
     * @return the schema with {@code errorCol} where there is one, {@code outputCol}, and {@code bestCol} where there is one
     * @throws IllegalArgumentException if something does not fit; of a graph that is no detector the text tells which tensors are missing
     */
    @Override
    public StructType transformSchema(StructType schema) {
        return schema(DetectorPlan.of(this, SparkSession.active().sparkContext().hadoopConfiguration()), schema);
    }

    private StructType schema(DetectorPlan plan, StructType schema) {
        StructType seen = plan.pictures().imageStage().transformSchema(schema);
        plan.model().transformSchema(seen);
        StructType out = hasReason() ? schema.add(seen.apply(getErrorCol())) : schema;
        for (StructField made : made()) {
            if (Arrays.asList(out.fieldNames()).contains(made.name())) {
                throw new IllegalArgumentException("there is a column \"" + made.name()
                        + "\" already; drop it, or give outputCol or bestCol another name");
            }
            out = out.add(made);
        }
        return out;
    }

    private List<StructField> made() {
        List<StructField> fields = new ArrayList<>();
        fields.add(DataTypes.createStructField(
                getOutputCol(), DataTypes.createArrayType(DetectedBoxes.BOX, false), nulls()));
        if (!getBestCol().isEmpty()) {
            fields.add(DataTypes.createStructField(getBestCol(), DetectedBoxes.BOX, true));
        }
        return fields;
    }

    /**
     * Returns the rows with their boxes; the detector runs when the rows are asked for.
     *
     * @throws IllegalArgumentException as {@link #transformSchema}
     */
    @Override
    public Dataset<Row> transform(Dataset<?> dataset) {
        DetectorPlan plan =
                DetectorPlan.of(this, dataset.sparkSession().sparkContext().hadoopConfiguration());
        schema(plan, dataset.schema());
        PictureInput pictures = plan.pictures();
        Dataset<Row> answered =
                plan.model().transform(pictures.imageStage().transform(dataset)).drop(pictures.pixelCol());
        Column boxes = plan.boxColumn();
        if (nulls()) {
            boxes = when(col("`" + pictures.reasonCol() + "`").isNull(), boxes);
        }
        Dataset<Row> out =
                answered.withColumn(getOutputCol(), boxes).drop(plan.columns().toArray(new String[0]));
        if (!getBestCol().isEmpty()) {
            out = out.withColumn(getBestCol(), functions.get(col("`" + getOutputCol() + "`"), lit(0)));
        }
        return nulls() && !hasReason() ? out.drop(pictures.reasonCol()) : out;
    }

    @Override
    void saveFiles(String folder, Configuration conf) {
        if (getLabelMap().isEmpty()) {
            return;
        }
        Path from = new Path(getLabelMap());
        Path to = new Path(new Path(folder, LABELS), from.getName());
        try {
            FileUtil.copy(from.getFileSystem(conf), from, to.getFileSystem(conf), to, false, true, conf);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot copy the label map " + from + " to " + to + ": " + e, e);
        }
    }

    @Override
    void loadFiles(String folder, Configuration conf) {
        if (!getLabelMap().isEmpty()) {
            setLabelMap(new Path(new Path(folder, LABELS), new Path(getLabelMap()).getName()).toString());
        }
    }

    @Override
    public String toString() {
        return "ObjectDetector: uid=" + uid() + networkText() + ", scoreThreshold=" + getScoreThreshold();
    }

    /** Returns what reads a saved stage. */
    public static MLReader<ObjectDetector> read() {
        return new PictureModelFiles.Reader<>(ObjectDetector.class, ObjectDetector::new);
    }

    /** Reads a saved stage; its detector and its label map are those in the stage's folder. */
    public static ObjectDetector load(String path) {
        return read().load(path);
    }

    @Override
    public Param<String> bestCol() {
        return own.bestCol;
    }

    @Override
    public Param<String> labelMap() {
        return own.labelMap;
    }

    @Override
    public StringArrayParam labels() {
        return own.labels;
    }

    @Override
    public DoubleParam scoreThreshold() {
        return own.scoreThreshold;
    }

    @Override
    public IntParam maxBoxes() {
        return own.maxBoxes;
    }

    @Override
    public Param<String> boxesTensor() {
        return own.boxesTensor;
    }

    @Override
    public Param<String> scoresTensor() {
        return own.scoresTensor;
    }

    @Override
    public Param<String> classesTensor() {
        return own.classesTensor;
    }

    @Override
    public Param<String> countTensor() {
        return own.countTensor;
    }
}
