package io.tfcluster.estimator;

import static java.util.Objects.requireNonNull;

import io.tfcluster.estimator.image.ChannelOrder;
import io.tfcluster.estimator.image.ImageChain;
import io.tfcluster.estimator.image.ImageTransformer;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How pictures enter a network: the stage that makes a column of pixels, and what they are to the network. Rows carry bytes; what becomes float
 * does so in the tensor's memory.
 *
 * @param imageStage makes the column of pixels
 * @param pixelCol the column between the two
 * @param reasonCol the column of reasons, also where the user wants none
 */
record PictureInput(ImageTransformer imageStage, String pixelCol, String reasonCol) {

    private static final int PICTURE_RANK = 4;

    /**
     * Makes it out of a chain that gives pictures of this size, and tells the model.
     *
     * <p>A picture that cannot be used is black to the network, which takes no nulls; what it answers is thrown away.
     */
    static PictureInput of(
            PictureModelStage<?> stage,
            ImageChain chain,
            int[] size,
            ChannelOrder order,
            boolean floats,
            TFModel model) {
        String pixels = stage.uid() + "_pixels";
        String reason = stage.getErrorCol().isEmpty() ? stage.uid() + "_reason" : stage.getErrorCol();
        ImageTransformer images = new ImageTransformer(stage.uid() + "_images")
                .setInputCol(stage.getInputCol())
                .setOutputCol(pixels)
                .setChain(chain.withoutFloats())
                .setOutputType("bytes")
                .setBackend(stage.getBackend())
                .setOnError(stage.getOnError())
                .setErrorCol(reason)
                .setIdCol(stage.getIdCol());
        model.withPixels(pixels, new PixelColumn(size[0], size[1], order.channels(), floats ? chain.levels() : null));
        return new PictureInput(images, pixels, reason);
    }

    /** The network as the stage's Params name it, without columns. */
    static TFModel network(PictureModelStage<?> stage) {
        TFModel model = new TFModel(stage.uid() + "_network");
        stage.get(stage.frozenGraph()).foreach(file -> model.setFrozenGraph(file));
        stage.get(stage.exportDir()).foreach(folder -> model.setExportDir(folder));
        return model.setSignatureDefKey(stage.getSignatureDefKey())
                .setTagSet(stage.getTagSet())
                .setBatchSize(stage.getBatchSize())
                .setThreads(stage.getThreads());
    }

    /** The network's input by its name; empty for the only one. */
    static TensorSpec tensor(String name, ModelInfo info) {
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

    /** Height and width: what is set and what the graph says must agree; where neither speaks, what the stage has by default. */
    static int[] size(PictureModelStage<?> stage, ModelInfo info, TensorSpec input, ChannelOrder order) {
        int[] asked = stage.getImageSize();
        if (asked.length != 0 && (asked.length != 2 || asked[0] < 1 || asked[1] < 1)) {
            throw new IllegalArgumentException(
                    "imageSize must be height and width, such as 224, 224, got " + Arrays.toString(asked));
        }
        if (!input.ranked()) {
            return given(asked, info, input);
        }
        List<Long> dims = input.dims();
        if (dims.size() != PICTURE_RANK) {
            throw new IllegalArgumentException(
                    "input \"" + input.name() + "\" of " + info.text() + " is " + input.text()
                            + ", which takes no pictures: they are [rows, height, width, channels]; set inputTensor to another");
        }
        if (dims.get(3) >= 0 && dims.get(3) != order.channels()) {
            throw new IllegalArgumentException("input \"" + input.name() + "\" of " + info.text() + " is "
                    + input.text() + ", but channelOrder " + order + " gives " + order.channels()
                    + (dims.get(3) == 1 ? "; set channelOrder to GREY" : "; set another channelOrder or inputTensor"));
        }
        boolean told = asked.length > 0 && stage.isSet(stage.imageSize());
        if (!told && dims.get(1) > 0 && dims.get(2) > 0) {
            return new int[] {Math.toIntExact(dims.get(1)), Math.toIntExact(dims.get(2))};
        }
        int[] size = given(asked, info, input);
        if ((dims.get(1) > 0 && dims.get(1) != size[0]) || (dims.get(2) > 0 && dims.get(2) != size[1])) {
            throw new IllegalArgumentException("imageSize is " + size[0] + " × " + size[1] + ", but input \""
                    + input.name() + "\" of " + info.text() + " is " + input.text()
                    + "; leave imageSize out to take the graph's");
        }
        return size;
    }

    private static int[] given(int[] asked, ModelInfo info, TensorSpec input) {
        if (asked.length == 0) {
            throw new IllegalArgumentException(
                    "input \"" + input.name() + "\" of " + info.text() + " is " + input.text()
                            + ", which does not tell the size of its pictures; set imageSize to height and width");
        }
        return asked;
    }
}
