package io.tfcluster.estimator;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.when;

import io.tfcluster.estimator.image.ImageTransformer;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.param.DoubleArrayParam;
import org.apache.spark.ml.param.IntArrayParam;
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
import org.apache.spark.sql.types.StructType;

/**
 * A trained network as a stage that turns pictures into vectors: what transfer learning begins with, followed by Spark's LogisticRegression or a
 * TFEstimator.
 *
 * <p>The network is a frozen graph or a SavedModel; pictures enter at one of its inputs and any tensor becomes the vector, all its values of a
 * row one after the other. The column of pictures may be all that {@link ImageTransformer} takes. Nothing is assumed of the network: what size
 * and range of pixels it takes are Params, checked against its graph; {@link #mobileNetV1} and {@link #mobileNetV2} only set them.
 *
 * <pre>{@code
 * Pipeline pipeline = new Pipeline().setStages(new PipelineStage[] {
 *     ImageFeaturizer.mobileNetV2("hdfs:///models/mobilenet_v2_1.0_224.pb"), new LogisticRegression()
 * });
 * PipelineModel model = pipeline.fit(ImageReader.of(spark).labelsFromFolders().load("hdfs:///flowers"));
 * }</pre>
 */
public final class ImageFeaturizer extends Transformer implements FeaturizerParams<ImageFeaturizer>, MLWritable {
    private static final long serialVersionUID = 1L;

    static final String CROP = "crop";
    static final String STRETCH = "stretch";
    static final String NULL = "null";

    private final String uid;
    private final FeaturizerParamSet shared;

    /** Makes a stage that is told by its setters which network it has. */
    public ImageFeaturizer() {
        this(Identifiable$.MODULE$.randomUID("ImageFeaturizer"));
    }

    /** Makes a stage with an id of its own, as Spark does when it loads one. */
    public ImageFeaturizer(String uid) {
        this.uid = uid;
        this.shared = new FeaturizerParamSet(this);
    }

    /**
     * Returns a stage for a MobileNet v2 as TensorFlow published it: input {@code input}, pixels from -1 to 1, the 1,280 values of {@code
     * MobilenetV2/Logits/AvgPool}; the size is the graph's. All of it can be set otherwise.
     */
    public static ImageFeaturizer mobileNetV2(String frozenGraph) {
        return mobileNet(frozenGraph, "MobilenetV2/Logits/AvgPool");
    }

    /** Returns a stage for a MobileNet v1 likewise; its values are those of {@code MobilenetV1/Logits/AvgPool_1a/AvgPool}. */
    public static ImageFeaturizer mobileNetV1(String frozenGraph) {
        return mobileNet(frozenGraph, "MobilenetV1/Logits/AvgPool_1a/AvgPool");
    }

    private static ImageFeaturizer mobileNet(String frozenGraph, String output) {
        return new ImageFeaturizer()
                .setFrozenGraph(frozenGraph)
                .setInputTensor("input")
                .setOutputTensor(output)
                .setPixelRange(-1, 1);
    }

    @Override
    public String uid() {
        return uid;
    }

    @Override
    public ImageFeaturizer self() {
        return this;
    }

    @Override
    public ImageFeaturizer copy(ParamMap extra) {
        return defaultCopy(extra);
    }

    /**
     * Checks the column, the Params and the graph against each other; no job runs.
     *
     * @return the schema with {@code outputCol} and, where there is one, {@code errorCol}
     * @throws IllegalArgumentException if something does not fit; the text has both sides
     */
    @Override
    public StructType transformSchema(StructType schema) {
        Configuration conf = SparkSession.active().sparkContext().hadoopConfiguration();
        FeaturizerPlan plan = FeaturizerPlan.of(this, conf);
        StructType pictures = plan.imageStage().transformSchema(schema);
        plan.model().transformSchema(plan.seen(pictures));
        StructType out = schema;
        if (hasReason()) {
            out = out.add(pictures.apply(getErrorCol()));
        }
        return out.add(getOutputCol(), SQLDataTypes.VectorType(), getOnError().equals(NULL));
    }

    /**
     * Returns the rows with their vectors; the network runs when the rows are asked for.
     *
     * @throws IllegalArgumentException as {@link #transformSchema}
     */
    @Override
    public Dataset<Row> transform(Dataset<?> dataset) {
        transformSchema(dataset.schema());
        FeaturizerPlan plan =
                FeaturizerPlan.of(this, dataset.sparkSession().sparkContext().hadoopConfiguration());
        Dataset<Row> pictures = plan.imageStage().transform(dataset);
        boolean nulls = plan.nulls();
        pictures = pictures.withColumn(plan.pixelCol(), plan.input());
        Dataset<Row> out = plan.model().transform(pictures).drop(plan.pixelCol());
        if (nulls) {
            out = out.withColumn(
                    getOutputCol(), when(col(quoted(plan.reasonCol())).isNull(), col(quoted(getOutputCol()))));
        }
        return nulls && !hasReason() ? out.drop(plan.reasonCol()) : out;
    }

    private boolean hasReason() {
        return getOnError().equals(NULL) && !getErrorCol().isEmpty();
    }

    private static String quoted(String column) {
        return "`" + column + "`";
    }

    @Override
    public String toString() {
        return "ImageFeaturizer: uid=" + uid
                + get(frozenGraph()).map(f -> ", frozenGraph=" + f).getOrElse(() -> "")
                + get(exportDir()).map(f -> ", exportDir=" + f).getOrElse(() -> "") + ", outputTensor="
                + getOutputTensor();
    }

    /** Returns what writes this stage with its whole network, in Spark's layout. */
    @Override
    public MLWriter write() {
        return new FeaturizerFiles.Writer(this);
    }

    /** Returns what reads a saved stage. */
    public static MLReader<ImageFeaturizer> read() {
        return new FeaturizerFiles.Reader();
    }

    /** Reads a saved stage; its network is the one in the stage's folder. */
    public static ImageFeaturizer load(String path) {
        return read().load(path);
    }

    @Override
    public Param<String> inputCol() {
        return shared.inputCol;
    }

    @Override
    public Param<String> outputCol() {
        return shared.outputCol;
    }

    @Override
    public Param<String> frozenGraph() {
        return shared.frozenGraph;
    }

    @Override
    public Param<String> exportDir() {
        return shared.exportDir;
    }

    @Override
    public Param<String> signatureDefKey() {
        return shared.signatureDefKey;
    }

    @Override
    public Param<String> tagSet() {
        return shared.tagSet;
    }

    @Override
    public Param<String> inputTensor() {
        return shared.inputTensor;
    }

    @Override
    public Param<String> outputTensor() {
        return shared.outputTensor;
    }

    @Override
    public IntArrayParam imageSize() {
        return shared.imageSize;
    }

    @Override
    public Param<String> fit() {
        return shared.fit;
    }

    @Override
    public DoubleArrayParam pixelRange() {
        return shared.pixelRange;
    }

    @Override
    public DoubleArrayParam mean() {
        return shared.mean;
    }

    @Override
    public DoubleArrayParam std() {
        return shared.std;
    }

    @Override
    public Param<String> channelOrder() {
        return shared.channelOrder;
    }

    @Override
    public Param<String> backend() {
        return shared.backend;
    }

    @Override
    public Param<String> onError() {
        return shared.onError;
    }

    @Override
    public Param<String> errorCol() {
        return shared.errorCol;
    }

    @Override
    public Param<String> idCol() {
        return shared.idCol;
    }

    @Override
    public IntParam batchSize() {
        return shared.batchSize;
    }

    @Override
    public IntParam threads() {
        return shared.threads;
    }
}
