package io.tfcluster.estimator;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.when;

import io.tfcluster.estimator.image.ImageTransformer;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.param.DoubleArrayParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Column;
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
public final class ImageFeaturizer extends PictureModelStage<ImageFeaturizer>
        implements FeaturizerParams<ImageFeaturizer> {
    private static final long serialVersionUID = 1L;

    static final String CROP = "crop";
    static final String STRETCH = "stretch";

    private final FeaturizerParamSet own;

    /** Makes a stage that is told by its setters which network it has. */
    public ImageFeaturizer() {
        this(Identifiable$.MODULE$.randomUID("ImageFeaturizer"));
    }

    /** Makes a stage with an id of its own, as Spark does when it loads one. */
    public ImageFeaturizer(String uid) {
        super(uid, "vectors");
        this.own = new FeaturizerParamSet(this);
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
        StructType seen = plan.pictures().imageStage().transformSchema(schema);
        plan.model().transformSchema(seen);
        StructType out = hasReason() ? schema.add(seen.apply(getErrorCol())) : schema;
        return out.add(getOutputCol(), SQLDataTypes.VectorType(), nulls());
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
        PictureInput pictures = plan.pictures();
        Dataset<Row> out =
                plan.model().transform(pictures.imageStage().transform(dataset)).drop(pictures.pixelCol());
        if (nulls()) {
            Column good = col("`" + pictures.reasonCol() + "`").isNull();
            out = out.withColumn(getOutputCol(), when(good, col("`" + getOutputCol() + "`")));
        }
        return nulls() && !hasReason() ? out.drop(pictures.reasonCol()) : out;
    }

    @Override
    public String toString() {
        return "ImageFeaturizer: uid=" + uid() + networkText() + ", outputTensor=" + getOutputTensor();
    }

    /** Returns what reads a saved stage. */
    public static MLReader<ImageFeaturizer> read() {
        return new PictureModelFiles.Reader<>(ImageFeaturizer.class, ImageFeaturizer::new);
    }

    /** Reads a saved stage; its network is the one in the stage's folder. */
    public static ImageFeaturizer load(String path) {
        return read().load(path);
    }

    @Override
    public Param<String> outputTensor() {
        return own.outputTensor;
    }

    @Override
    public Param<String> fit() {
        return own.fit;
    }

    @Override
    public DoubleArrayParam pixelRange() {
        return own.pixelRange;
    }

    @Override
    public DoubleArrayParam mean() {
        return own.mean;
    }

    @Override
    public DoubleArrayParam std() {
        return own.std;
    }

    @Override
    public Param<String> channelOrder() {
        return own.channelOrder;
    }
}
