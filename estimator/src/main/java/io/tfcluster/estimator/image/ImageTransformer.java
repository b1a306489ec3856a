package io.tfcluster.estimator.image;

import java.util.List;
import java.util.Optional;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.MetadataBuilder;
import org.apache.spark.sql.types.StructType;

/**
 * Takes the pictures of a column through an {@link ImageChain}: decode, resize, crop, flip, change colours, normalise.
 *
 * <p>The column holds picture files (binary: binaryFile's content, MongoDB's BinData, {@link ImageReader}) or Spark's image struct. A stage
 * of Spark ML: made and set by one thread, used in a Pipeline, saved and loaded with it. Rows are streamed, all columns are kept.
 *
 * <pre>{@code
 * Dataset<Row> pictures = ImageReader.of(spark).labelsFromFolders().load("hdfs:///flowers");
 * Dataset<Row> pixels = new ImageTransformer()
 *         .setInputCol("image")
 *         .setOutputCol("pixels")
 *         .setChain(ImageChain.decode().resizeShorterSide(256).centreCrop(224, 224).scale(-1, 1))
 *         .setOnError("null")
 *         .transform(pictures);
 * }</pre>
 *
 * <p>What is random in a chain depends on {@code seed} and the picture alone (its {@code idCol}, or its content), never on the order of
 * tasks: the same job gives the same pixels again. Another seed for each epoch gives other pixels.
 */
public final class ImageTransformer extends PictureStage<ImageTransformer> implements ImageParams<ImageTransformer> {

    private static final long serialVersionUID = 1L;

    private final ImageParamSet own;

    /** Makes a stage that only decodes, until it is told more. */
    public ImageTransformer() {
        this(Identifiable$.MODULE$.randomUID("ImageTransformer"));
    }

    /**
     * Makes a stage with an id of its own, as Spark does when it loads one.
     *
     * @param uid the id
     */
    public ImageTransformer(String uid) {
        super(uid, List.of(OutputType.values()));
        this.own = new ImageParamSet(this);
    }

    @Override
    public ImageTransformer self() {
        return this;
    }

    @Override
    public ImageTransformer copy(ParamMap extra) {
        return defaultCopy(extra);
    }

    /**
     * Checks the columns and the chain against each other.
     *
     * @return the schema with {@code outputCol}, and {@code errorCol} where there is one, at its end; where the chain gives one size to all
     *     pictures, it stands in the column's metadata: {@code image.height}, {@code image.width}, {@code image.channels}
     * @throws IllegalArgumentException if the input column is missing or no picture, or if one to be made is there already
     */
    @Override
    public StructType transformSchema(StructType schema) {
        OutputType output = OutputType.of(getOutputType());
        if (getChain().isFloat() && !output.holdsFloats()) {
            throw new IllegalArgumentException("the chain " + getChain() + " makes floats, which outputType \""
                    + getOutputType() + "\" cannot hold; leave scale and normalise out, or make an array or a vector");
        }
        return made(schema);
    }

    @Override
    PicturePlan plan(StructType schema) {
        return new PicturePlan(
                getChain(),
                getBackend(),
                form(schema),
                schema.fieldIndex(getInputCol()),
                idColumn(schema),
                !getIdCol().isEmpty(),
                OutputType.of(getOutputType()),
                getQuality(),
                isFailing(),
                getSeed(),
                getMaxPixels(),
                getSubsampling(),
                null);
    }

    @Override
    Metadata metadata() {
        Optional<int[]> shape = getChain().outputShape();
        if (shape.isEmpty()) {
            return Metadata.empty();
        }
        Metadata size = new MetadataBuilder()
                .putLong("height", shape.get()[0])
                .putLong("width", shape.get()[1])
                .putLong("channels", shape.get()[2])
                .build();
        return new MetadataBuilder().putMetadata("image", size).build();
    }

    /**
     * Returns what loads a saved stage.
     *
     * @return a reader; Pipeline's own uses it too
     */
    public static MLReader<ImageTransformer> read() {
        return new DefaultParamsReader<>();
    }

    /**
     * Loads a saved stage.
     *
     * @param path where it was saved
     * @return the stage
     */
    public static ImageTransformer load(String path) {
        return read().load(path);
    }

    @Override
    public String toString() {
        return "ImageTransformer: uid=" + uid() + ", inputCol=" + getInputCol() + ", outputCol=" + getOutputCol()
                + ", chain=" + getChain();
    }

    @Override
    public ImageChainParam chain() {
        return own.chain;
    }

    @Override
    public LongParam seed() {
        return own.seed;
    }

    @Override
    public BooleanParam subsampling() {
        return own.subsampling;
    }
}
