package io.tfcluster.estimator.image;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.DefaultParamsWritable;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.MetadataBuilder;
import org.apache.spark.sql.types.StructField;
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
public final class ImageTransformer extends Transformer
        implements ImageParams<ImageTransformer>, DefaultParamsWritable {

    private static final long serialVersionUID = 1L;

    /** Columns that name a picture where the user does not say which does. */
    private static final List<String> USUAL_IDS = List.of("path", "filename", "_id", "id");

    private final String uid;
    private final ImageParamSet shared;

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
        this.uid = uid;
        this.shared = new ImageParamSet(this);
    }

    @Override
    public String uid() {
        return uid;
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
        form(schema);
        OutputType output = OutputType.of(getOutputType());
        if (getChain().isFloat() && !output.holdsFloats()) {
            throw new IllegalArgumentException("the chain " + getChain() + " makes floats, which outputType \""
                    + getOutputType() + "\" cannot hold; leave scale and normalise out, or make an array or a vector");
        }
        if (!getIdCol().isEmpty()) {
            field(schema, "idCol", getIdCol());
        }
        StructType out = schema;
        for (StructField made : made()) {
            if (Arrays.asList(out.fieldNames()).contains(made.name())) {
                throw new IllegalArgumentException("there is a column \"" + made.name()
                        + "\" already; drop it, or give outputCol or errorCol another name");
            }
            out = out.add(made);
        }
        return out;
    }

    @Override
    public Dataset<Row> transform(Dataset<?> dataset) {
        StructType schema = dataset.schema();
        transformSchema(schema);
        if (getBackend().equals(OpenCvBackend.NAME)) {
            Backends.named(OpenCvBackend.NAME); // better now than in a task
        }
        PicturePlan plan = plan(schema);
        Dataset<Row> rows = dataset.toDF();
        Dataset<?> both = plan.output() == OutputType.ARRAY
                ? rows.mapPartitions(
                        PictureRows.floats(plan), Encoders.tuple(Encoders.row(schema), PictureRows.floatEncoder()))
                : rows.mapPartitions(
                        PictureRows.others(plan),
                        Encoders.tuple(Encoders.row(schema), PictureRows.otherEncoder(plan.output())));
        List<StructField> made = made();
        Stream<Column> results = Stream.of(PictureRows.VALUE, PictureRows.ERROR)
                .limit(made.size())
                .map(name -> functions.col("_2." + name));
        List<Column> columns = results.toList();
        Column[] all = new Column[made.size() + 1];
        all[0] = functions.col("_1.*");
        for (int i = 0; i < made.size(); i++) {
            all[i + 1] = columns.get(i).as(made.get(i).name(), made.get(i).metadata());
        }
        return both.select(all);
    }

    private PicturePlan plan(StructType schema) {
        String id = getIdCol();
        String named = id.isEmpty()
                ? USUAL_IDS.stream()
                        .filter(Arrays.asList(schema.fieldNames())::contains)
                        .findFirst()
                        .orElse("")
                : id;
        return new PicturePlan(
                getChain(),
                getBackend(),
                form(schema),
                schema.fieldIndex(getInputCol()),
                named.isEmpty() ? -1 : schema.fieldIndex(named),
                !id.isEmpty(),
                OutputType.of(getOutputType()),
                getQuality(),
                getOnError().equals(ImageParamSet.FAIL),
                getSeed(),
                getMaxPixels(),
                getSubsampling());
    }

    private List<StructField> made() {
        OutputType output = OutputType.of(getOutputType());
        StructField value = DataTypes.createStructField(getOutputCol(), output.dataType(), true, metadata());
        boolean withReason =
                getOnError().equals(ImageParamSet.NULL) && !getErrorCol().isEmpty();
        return withReason
                ? List.of(value, DataTypes.createStructField(getErrorCol(), DataTypes.StringType, true))
                : List.of(value);
    }

    private Metadata metadata() {
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

    private PictureForm form(StructType schema) {
        return PictureForm.of(
                getInputCol(), field(schema, "inputCol", getInputCol()).dataType());
    }

    private static StructField field(StructType schema, String param, String name) {
        if (!Arrays.asList(schema.fieldNames()).contains(name)) {
            throw new IllegalArgumentException(param + " names the column \"" + name
                    + "\", which is not there; there are " + Arrays.toString(schema.fieldNames()));
        }
        return schema.apply(name);
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
        return "ImageTransformer: uid=" + uid + ", inputCol=" + getInputCol() + ", outputCol=" + getOutputCol()
                + ", chain=" + getChain();
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
    public ImageChainParam chain() {
        return shared.chain;
    }

    @Override
    public Param<String> outputType() {
        return shared.outputType;
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
    public LongParam seed() {
        return shared.seed;
    }

    @Override
    public LongParam maxPixels() {
        return shared.maxPixels;
    }

    @Override
    public IntParam quality() {
        return shared.quality;
    }

    @Override
    public BooleanParam subsampling() {
        return shared.subsampling;
    }
}
