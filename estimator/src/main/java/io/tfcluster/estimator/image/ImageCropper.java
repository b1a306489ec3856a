package io.tfcluster.estimator.image;

import java.util.List;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructType;

/**
 * Cuts out of each picture the part that a box says, such as the object that {@code ObjectDetector} found.
 *
 * <p>The column holds picture files or Spark's image struct, as for {@link ImageTransformer}; a box is relative to the upright picture. What
 * of it lies within the picture is cut out, one pixel at least; a box wholly outside, inverted or without numbers makes the picture one that
 * cannot be used, and {@code onError} says what becomes of it. A stage of Spark ML: made and set by one thread, saved and loaded with its
 * Pipeline. Rows are streamed, all columns are kept.
 *
 * <pre>{@code
 * Dataset<Row> objects = new ImageCropper()
 *         .setInputCol("picture")
 *         .setBoxCol("best")
 *         .setMargin(0.05)
 *         .setOutputCol("object")
 *         .setOutputType("jpeg")
 *         .transform(detected);
 * }</pre>
 */
public final class ImageCropper extends PictureStage<ImageCropper> implements CropParams<ImageCropper> {

    private static final long serialVersionUID = 1L;

    private static final double MOST_MARGIN = 10;

    private final Param<String> boxCol;
    private final DoubleParam margin;
    private final Param<String> withoutBox;

    /** Makes a stage that takes the pictures of {@code image}, the boxes of {@code box}, and makes {@code crop}. */
    public ImageCropper() {
        this(Identifiable$.MODULE$.randomUID("ImageCropper"));
    }

    /**
     * Makes a stage with an id of its own, as Spark does when it loads one.
     *
     * @param uid the id
     */
    public ImageCropper(String uid) {
        super(uid, List.of(OutputType.IMAGE, OutputType.JPEG, OutputType.BYTES));
        this.boxCol = new Param<>(
                this,
                "boxCol",
                "column of boxes: structs with ymin, xmin, ymax and xmax (float or double), 0 to 1 in the upright picture, or null",
                Checks.column("boxCol"));
        this.margin = new DoubleParam(
                this,
                "margin",
                "share of a box's height and width that is added to it on each side",
                Checks.between("margin", 0, MOST_MARGIN));
        this.withoutBox = new Param<>(
                this,
                "withoutBox",
                "what becomes of a picture whose box is null: whole (it is taken as it is), null (no picture and no reason) or fail (it counts as one that cannot be used)",
                Checks.oneOf("withoutBox", List.of(CropPlan.WHOLE, CropPlan.NULL, CropPlan.FAIL)));
        setDefault(outputCol(), "crop");
        setDefault(outputType(), OutputType.IMAGE.paramValue());
        setDefault(boxCol, "box");
        setDefault(margin, 0.0);
        setDefault(withoutBox, CropPlan.WHOLE);
    }

    @Override
    public ImageCropper self() {
        return this;
    }

    @Override
    public ImageCropper copy(ParamMap extra) {
        return defaultCopy(extra);
    }

    /**
     * Checks the columns; no job runs.
     *
     * @return the schema with {@code outputCol}, and {@code errorCol} where there is one, at its end
     * @throws IllegalArgumentException if a column is missing or of the wrong type, or if one to be made is there already
     */
    @Override
    public StructType transformSchema(StructType schema) {
        crop(schema);
        return made(schema);
    }

    private CropPlan crop(StructType schema) {
        field(schema, "boxCol", getBoxCol());
        return CropPlan.of(schema, getBoxCol(), getMargin(), getWithoutBox());
    }

    @Override
    PicturePlan plan(StructType schema) {
        return new PicturePlan(
                ImageChain.decode(),
                getBackend(),
                form(schema),
                schema.fieldIndex(getInputCol()),
                idColumn(schema),
                !getIdCol().isEmpty(),
                OutputType.of(getOutputType()),
                getQuality(),
                isFailing(),
                0,
                getMaxPixels(),
                false,
                crop(schema));
    }

    @Override
    Metadata metadata() {
        return Metadata.empty();
    }

    /**
     * Returns what loads a saved stage.
     *
     * @return a reader; Pipeline's own uses it too
     */
    public static MLReader<ImageCropper> read() {
        return new DefaultParamsReader<>();
    }

    /**
     * Loads a saved stage.
     *
     * @param path where it was saved
     * @return the stage
     */
    public static ImageCropper load(String path) {
        return read().load(path);
    }

    @Override
    public String toString() {
        return "ImageCropper: uid=" + uid() + ", inputCol=" + getInputCol() + ", boxCol=" + getBoxCol() + ", outputCol="
                + getOutputCol();
    }

    @Override
    public Param<String> boxCol() {
        return boxCol;
    }

    @Override
    public DoubleParam margin() {
        return margin;
    }

    @Override
    public Param<String> withoutBox() {
        return withoutBox;
    }
}
