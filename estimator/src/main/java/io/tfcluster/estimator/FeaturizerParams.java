package io.tfcluster.estimator;

import org.apache.spark.ml.param.DoubleArrayParam;
import org.apache.spark.ml.param.Param;

/**
 * What a user sets on {@link ImageFeaturizer}; each setter changes the stage and returns it.
 *
 * <pre>{@code
 * stage.setFrozenGraph("hdfs:///models/mobilenet_v1.pb").setOutputTensor("MobilenetV1/Logits/AvgPool_1a/AvgPool").setPixelRange(-1, 1);
 * }</pre>
 *
 * @param <T> the stage
 */
public interface FeaturizerParams<T extends FeaturizerParams<T>> extends PictureModelParams<T> {

    /** Returns the Param of {@link #setOutputTensor}. */
    Param<String> outputTensor();

    /** Returns the Param of {@link #setFit}. */
    Param<String> fit();

    /** Returns the Param of {@link #setPixelRange}. */
    DoubleArrayParam pixelRange();

    /** Returns the Param of {@link #setMean}. */
    DoubleArrayParam mean();

    /** Returns the Param of {@link #setStd}. */
    DoubleArrayParam std();

    /** Returns the Param of {@link #setChannelOrder}. */
    Param<String> channelOrder();

    /** Sets what becomes the vector: a key of the signature or any tensor; empty, the default, for the signature's only output. */
    default T setOutputTensor(String value) {
        set(outputTensor(), value);
        return self();
    }

    /** Returns what {@link #setOutputTensor} was given, or the default. */
    default String getOutputTensor() {
        return getOrDefault(outputTensor());
    }

    /** Sets how a picture gets that size: {@code crop} (the default: its shorter side becomes 8/7 of it, and the middle is taken) or {@code stretch}. */
    default T setFit(String value) {
        set(fit(), value);
        return self();
    }

    /** Returns what {@link #setFit} was given, or the default. */
    default String getFit() {
        return getOrDefault(fit());
    }

    /** Sets what black and white become: a network of float pictures needs it, and nobody can guess it. */
    default T setPixelRange(double... value) {
        set(pixelRange(), value.clone());
        return self();
    }

    /** Returns what {@link #setPixelRange} was given, or the default. */
    default double[] getPixelRange() {
        return getOrDefault(pixelRange()).clone();
    }

    /** Sets what is taken from each channel after {@code pixelRange}; empty, the default, for nothing. */
    default T setMean(double... value) {
        set(mean(), value.clone());
        return self();
    }

    /** Returns what {@link #setMean} was given, or the default. */
    default double[] getMean() {
        return getOrDefault(mean()).clone();
    }

    /** Sets by what each channel is divided after that; empty, the default, for nothing. */
    default T setStd(double... value) {
        set(std(), value.clone());
        return self();
    }

    /** Returns what {@link #setStd} was given, or the default. */
    default double[] getStd() {
        return getOrDefault(std()).clone();
    }

    /** Sets the order of the channels: {@code RGB} (the default), {@code BGR} or {@code GREY}. */
    default T setChannelOrder(String value) {
        set(channelOrder(), value);
        return self();
    }

    /** Returns what {@link #setChannelOrder} was given, or the default. */
    default String getChannelOrder() {
        return getOrDefault(channelOrder());
    }
}
