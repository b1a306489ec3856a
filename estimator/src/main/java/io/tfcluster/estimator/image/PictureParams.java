package io.tfcluster.estimator.image;

import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Param;

/**
 * What a user sets on every stage that makes pictures of pictures: {@link ImageTransformer} and {@link ImageCropper}. Each setter changes the
 * stage and returns it.
 *
 * <pre>{@code
 * stage.setInputCol("picture").setOutputCol("small").setOutputType("jpeg").setOnError("null");
 * }</pre>
 *
 * @param <T> the stage
 */
public interface PictureParams<T extends PictureParams<T>> extends PictureColumns<T> {

    /** Returns the Param of {@link #setOutputType}. */
    Param<String> outputType();

    /** Returns the Param of {@link #setMaxPixels}. */
    LongParam maxPixels();

    /** Returns the Param of {@link #setQuality}. */
    IntParam quality();

    /**
     * Sets what is made: {@code array} (the default), {@code vector}, {@code image}, {@code bytes} or {@code jpeg}; a crop is one of the last
     * three, {@code image} by default.
     */
    default T setOutputType(String value) {
        set(outputType(), value);
        return self();
    }

    /** Returns what {@link #setOutputType} was given, or the default. */
    default String getOutputType() {
        return getOrDefault(outputType());
    }

    /** Sets the most pixels a picture may have, 64,000,000 by default. */
    default T setMaxPixels(long value) {
        set(maxPixels(), value);
        return self();
    }

    /** Returns what {@link #setMaxPixels} was given, or the default. */
    default long getMaxPixels() {
        return (long) getOrDefault(maxPixels());
    }

    /** Sets the quality of JPEGs, 1 to 100, 90 by default. */
    default T setQuality(int value) {
        set(quality(), value);
        return self();
    }

    /** Returns what {@link #setQuality} was given, or the default. */
    default int getQuality() {
        return (int) getOrDefault(quality());
    }
}
