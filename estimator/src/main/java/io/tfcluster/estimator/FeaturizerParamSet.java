package io.tfcluster.estimator;

import java.io.Serializable;
import org.apache.spark.ml.param.DoubleArrayParam;
import org.apache.spark.ml.param.Param;

/** The Params that {@link FeaturizerParams} has besides those of all stages of pictures. */
final class FeaturizerParamSet implements Serializable {
    private static final long serialVersionUID = 1L;

    final Param<String> outputTensor;
    final Param<String> fit;
    final DoubleArrayParam pixelRange;
    final DoubleArrayParam mean;
    final DoubleArrayParam std;
    final Param<String> channelOrder;

    /** Makes them and sets their defaults. */
    FeaturizerParamSet(ImageFeaturizer stage) {
        outputTensor = new Param<>(
                stage,
                "outputTensor",
                "what becomes the vector: a key of the signature, or any tensor such as scope/op:0; empty: the signature's only output");
        fit = new Param<>(
                stage,
                "fit",
                "how a picture gets that size: crop (its shorter side becomes 8/7 of it and the middle is taken) or stretch (whatever its shape)",
                Validators.oneOf("fit", ImageFeaturizer.CROP, ImageFeaturizer.STRETCH));
        pixelRange = new DoubleArrayParam(
                stage,
                "pixelRange",
                "what black and white become for a network of float pictures: -1, 1 for MobileNet and Inception, 0, 1 for many others; 0, 255 leaves them as they are");
        mean = new DoubleArrayParam(
                stage, "mean", "taken from each channel, after pixelRange, in channelOrder; empty: nothing");
        std = new DoubleArrayParam(
                stage, "std", "by which each channel is divided, after the mean is taken; empty: nothing");
        channelOrder = new Param<>(
                stage,
                "channelOrder",
                "order of the channels: RGB, BGR, or GREY for one",
                Validators.oneOf("channelOrder", "RGB", "BGR", "GREY"));
        stage.setDefault(stage.outputCol(), "features");
        stage.setDefault(stage.inputTensor(), "");
        stage.setDefault(stage.imageSize(), new int[0]);
        stage.setDefault(outputTensor, "");
        stage.setDefault(fit, "crop");
        stage.setDefault(pixelRange, new double[0]);
        stage.setDefault(mean, new double[0]);
        stage.setDefault(std, new double[0]);
        stage.setDefault(channelOrder, "RGB");
    }
}
