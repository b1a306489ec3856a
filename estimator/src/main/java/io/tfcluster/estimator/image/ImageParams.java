package io.tfcluster.estimator.image;

import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.LongParam;

/**
 * What a user sets on {@link ImageTransformer}; each setter changes the stage and returns it.
 *
 * <pre>{@code
 * stage.setInputCol("picture").setChain(ImageChain.decode().resize(64, 64).scale(0, 1)).setOutputType("vector");
 * }</pre>
 *
 * @param <T> the stage
 */
public interface ImageParams<T extends ImageParams<T>> extends PictureParams<T> {

    /** Returns the Param of {@link #setChain}. */
    ImageChainParam chain();

    /** Returns the Param of {@link #setSeed}. */
    LongParam seed();

    /** Returns the Param of {@link #setSubsampling}. */
    BooleanParam subsampling();

    /** Sets what is done to each picture; by default it is only decoded. */
    default T setChain(ImageChain value) {
        set(chain(), value);
        return self();
    }

    /** Returns what {@link #setChain} was given, or the default. */
    default ImageChain getChain() {
        return getOrDefault(chain());
    }

    /** Sets the seed of what is random, 0 by default. */
    default T setSeed(long value) {
        set(seed(), value);
        return self();
    }

    /** Returns what {@link #setSeed} was given, or the default. */
    default long getSeed() {
        return (long) getOrDefault(seed());
    }

    /** Sets whether large pictures may be decoded at a part of their size, true by default. */
    default T setSubsampling(boolean value) {
        set(subsampling(), value);
        return self();
    }

    /** Returns what {@link #setSubsampling} was given, or the default. */
    default boolean getSubsampling() {
        return (boolean) getOrDefault(subsampling());
    }
}
