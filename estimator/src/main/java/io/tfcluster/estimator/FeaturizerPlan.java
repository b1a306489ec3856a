package io.tfcluster.estimator;

import static java.util.Objects.requireNonNull;
import static org.apache.spark.sql.functions.array_repeat;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.struct;

import io.tfcluster.estimator.image.ChannelOrder;
import io.tfcluster.estimator.image.ImageChain;
import io.tfcluster.estimator.image.ImageTransformer;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.ml.image.ImageSchema;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * The two stages an {@link ImageFeaturizer} is made of, after its Params were checked against the graph.
 *
 * @param imageStage makes the column of pixels
 * @param model makes the vectors of it
 * @param pixelCol the column between them
 * @param reasonCol the column of reasons, also where the user wants none
 * @param height of the pictures that the network sees
 * @param width of them
 * @param channels of them
 * @param bytes whether the network takes bytes, and not floats
 * @param nulls whether pixels may be missing; the network takes no nulls and sees a black picture there, whose vector is thrown away
 */
record FeaturizerPlan(
        ImageTransformer imageStage,
        TFModel model,
        String pixelCol,
        String reasonCol,
        int height,
        int width,
        int channels,
        boolean bytes,
        boolean nulls) {

    /** Spark's number for three channels of bytes; in which order they stand here is the network's business. */
    private static final int BGR = 16;

    private static final int PICTURE_RANK = 4;

    /** Of the shorter side that is resized the middle is taken, as the networks' own evaluation did: 224 of 256. */
    private static final double MARGIN = 8.0 / 7;

    static FeaturizerPlan of(ImageFeaturizer stage, Configuration conf) {
        TFModel model = network(stage);
        ModelInfo info = ModelInfo.of(model, conf);
        TensorSpec input = input(stage, info);
        boolean bytes = input.type() == TensorType.UINT8;
        int channels = ChannelOrder.valueOf(stage.getChannelOrder()).channels();
        int[] size = size(stage, info, input, channels);
        String pixels = stage.uid() + "_pixels";
        String reason = stage.getErrorCol().isEmpty() ? stage.uid() + "_reason" : stage.getErrorCol();
        ImageTransformer images = new ImageTransformer(stage.uid() + "_images")
                .setInputCol(stage.getInputCol())
                .setOutputCol(pixels)
                .setChain(chain(stage, input, size))
                .setOutputType(bytes ? "bytes" : "array")
                .setBackend(stage.getBackend())
                .setOnError(stage.getOnError())
                .setErrorCol(reason)
                .setIdCol(stage.getIdCol());
        model.setInputMapping(Map.of(pixels, input.name()))
                .setOutputMapping(Map.of(output(stage, info), stage.getOutputCol()))
                .setVectorCols(new String[] {stage.getOutputCol()})
                .setBatchSize(stage.getBatchSize())
                .setThreads(stage.getThreads());
        boolean nulls = stage.getOnError().equals(ImageFeaturizer.NULL);
        return new FeaturizerPlan(images, model, pixels, reason, size[0], size[1], channels, bytes, nulls);
    }

    /** The network as the stage's Params name it, without columns. */
    static TFModel network(ImageFeaturizer stage) {
        TFModel model = new TFModel(stage.uid() + "_network");
        stage.get(stage.frozenGraph()).foreach(file -> model.setFrozenGraph(file));
        stage.get(stage.exportDir()).foreach(folder -> model.setExportDir(folder));
        return model.setSignatureDefKey(stage.getSignatureDefKey()).setTagSet(stage.getTagSet());
    }

    /** What fills the network's input, once the image stage has made its column: bytes bring their shape along. */
    Column input() {
        Column pixels = col(pixelCol);
        if (!bytes) {
            return nulls ? coalesce(pixels, array_repeat(lit(0f), values())) : pixels;
        }
        Column whole = nulls ? coalesce(pixels, lit(new byte[values()])) : pixels;
        return struct(
                lit("").as("origin"),
                lit(height).as("height"),
                lit(width).as("width"),
                lit(channels).as("nChannels"),
                lit(channels == 1 ? 0 : BGR).as("mode"),
                whole.as("data"));
    }

    private int values() {
        return height * width * channels;
    }

    /** The schema that the network sees, from that which the image stage gives. */
    StructType seen(StructType pictures) {
        if (!bytes) {
            return pictures;
        }
        StructField[] fields = pictures.fields().clone();
        int at = pictures.fieldIndex(pixelCol);
        fields[at] = DataTypes.createStructField(pixelCol, ImageSchema.columnSchema(), false);
        return new StructType(fields);
    }

    private static TensorSpec input(ImageFeaturizer stage, ModelInfo info) {
        String name = stage.getInputTensor();
        Map<String, TensorSpec> inputs = info.inputs();
        if (name.isEmpty()) {
            if (inputs.size() != 1) {
                throw new IllegalArgumentException(info.text() + " has " + inputs.size() + " inputs " + inputs.keySet()
                        + "; set inputTensor to the one that takes pictures");
            }
            return Collections.min(inputs.values(), (a, b) -> a.name().compareTo(b.name()));
        }
        String operation = name.endsWith(":0") ? name.substring(0, name.length() - 2) : name;
        TensorSpec known = inputs.containsKey(name) ? inputs.get(name) : inputs.get(operation);
        return known != null
                ? known
                : requireNonNull(GraphTensors.find(info, Set.of(name)).get(name), name);
    }

    private static String output(ImageFeaturizer stage, ModelInfo info) {
        if (!stage.getOutputTensor().isEmpty()) {
            return stage.getOutputTensor();
        }
        List<String> outputs = List.copyOf(info.outputs().keySet());
        if (outputs.size() != 1) {
            List<String> operations = info.operations();
            throw new IllegalArgumentException(info.text() + " "
                    + (outputs.isEmpty() ? "has no signature that tells its outputs" : "has the outputs " + outputs)
                    + "; set outputTensor to the one that becomes the vector. Its last operations are "
                    + operations.subList(Math.max(0, operations.size() - 8), operations.size()));
        }
        return outputs.get(0);
    }

    /** Height and width: what is set and what the graph says must agree. */
    private static int[] size(ImageFeaturizer stage, ModelInfo info, TensorSpec input, int channels) {
        int[] set = stage.getImageSize();
        if (set.length != 0 && (set.length != 2 || set[0] < 1 || set[1] < 1)) {
            throw new IllegalArgumentException(
                    "imageSize must be height and width, such as 224, 224, got " + Arrays.toString(set));
        }
        if (!input.ranked()) {
            return given(set, info, input);
        }
        List<Long> dims = input.dims();
        if (dims.size() != PICTURE_RANK) {
            throw new IllegalArgumentException(
                    "input \"" + input.name() + "\" of " + info.text() + " is " + input.text()
                            + ", which takes no pictures: they are [rows, height, width, channels]; set inputTensor to another");
        }
        if (dims.get(3) >= 0 && dims.get(3) != channels) {
            throw new IllegalArgumentException("input \"" + input.name() + "\" of " + info.text() + " is "
                    + input.text()
                    + ", but channelOrder " + stage.getChannelOrder() + " gives " + channels
                    + (dims.get(3) == 1 ? "; set channelOrder to GREY" : "; set another channelOrder or inputTensor"));
        }
        if (set.length == 0 && dims.get(1) > 0 && dims.get(2) > 0) {
            return new int[] {Math.toIntExact(dims.get(1)), Math.toIntExact(dims.get(2))};
        }
        int[] size = given(set, info, input);
        if ((dims.get(1) > 0 && dims.get(1) != size[0]) || (dims.get(2) > 0 && dims.get(2) != size[1])) {
            throw new IllegalArgumentException("imageSize is " + size[0] + " × " + size[1] + ", but input \""
                    + input.name() + "\" of " + info.text() + " is " + input.text()
                    + "; leave imageSize out to take the graph's");
        }
        return size;
    }

    private static int[] given(int[] set, ModelInfo info, TensorSpec input) {
        if (set.length == 0) {
            throw new IllegalArgumentException(
                    "input \"" + input.name() + "\" of " + info.text() + " is " + input.text()
                            + ", which does not tell the size of its pictures; set imageSize to height and width");
        }
        return set;
    }

    private static ImageChain chain(ImageFeaturizer stage, TensorSpec input, int[] size) {
        ImageChain sized;
        if (stage.getFit().equals(ImageFeaturizer.STRETCH)) {
            sized = ImageChain.decode().resize(size[1], size[0]);
        } else {
            int shorter = (int) Math.round(Math.max(size[0], size[1]) * MARGIN);
            sized = ImageChain.decode().resizeShorterSide(shorter).centreCrop(size[1], size[0]);
        }
        ImageChain ordered = sized.order(ChannelOrder.valueOf(stage.getChannelOrder()));
        double[] range = stage.getPixelRange();
        double[] mean = stage.getMean();
        double[] std = stage.getStd();
        if (input.type() == TensorType.UINT8) {
            if (range.length > 0 || mean.length > 0 || std.length > 0) {
                throw new IllegalArgumentException("input \"" + input.name() + "\" is " + input.text()
                        + ", which takes pixels as they are; leave pixelRange, mean and std out");
            }
            return ordered;
        }
        if (!input.type().isFloating()) {
            throw new IllegalArgumentException("input \"" + input.name() + "\" is " + input.text()
                    + "; pictures are of a floating type or UINT8; set inputTensor to another");
        }
        if (range.length != 2) {
            throw new IllegalArgumentException("input \"" + input.name() + "\" is " + input.text()
                    + ", and no graph tells the range of its pixels: set pixelRange to -1, 1 for MobileNet and Inception, 0, 1 for many others, or 0, 255; got "
                    + Arrays.toString(range));
        }
        ImageChain scaled = ordered.scale(range[0], range[1]);
        if (mean.length == 0 && std.length == 0) {
            return scaled;
        }
        return scaled.normalise(
                mean.length == 0 ? filled(std.length, 0) : mean, std.length == 0 ? filled(mean.length, 1) : std);
    }

    private static double[] filled(int length, double value) {
        double[] out = new double[length];
        Arrays.fill(out, value);
        return out;
    }
}
