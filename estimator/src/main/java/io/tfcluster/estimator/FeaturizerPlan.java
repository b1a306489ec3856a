package io.tfcluster.estimator;

import io.tfcluster.estimator.image.ChannelOrder;
import io.tfcluster.estimator.image.ImageChain;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;

/**
 * The two stages an {@link ImageFeaturizer} is made of, after its Params were checked against the graph.
 *
 * @param pictures makes what the network sees
 * @param model makes the vectors of it
 */
record FeaturizerPlan(PictureInput pictures, TFModel model) {

    /** Of the shorter side that is resized the middle is taken, as the networks' own evaluation did: 224 of 256. */
    private static final double MARGIN = 8.0 / 7;

    static FeaturizerPlan of(ImageFeaturizer stage, Configuration conf) {
        TFModel model = PictureInput.network(stage);
        ModelInfo info = ModelInfo.of(model, conf);
        TensorSpec input = PictureInput.tensor(stage.getInputTensor(), info);
        ChannelOrder order = ChannelOrder.valueOf(stage.getChannelOrder());
        int[] size = PictureInput.size(stage, info, input, order);
        PictureInput pictures =
                PictureInput.of(stage, chain(stage, input, size), size, order, input.type() != TensorType.UINT8, model);
        model.setInputMapping(Map.of(pictures.pixelCol(), input.name()))
                .setOutputMapping(Map.of(output(stage, info), stage.getOutputCol()))
                .setVectorCols(new String[] {stage.getOutputCol()});
        return new FeaturizerPlan(pictures, model);
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
