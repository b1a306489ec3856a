package io.tfcluster.estimator.image;

import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;

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
public interface PictureParams<T extends PictureParams<T>> extends Params {

    /** Returns the stage itself. */
    T self();

    /** Returns the Param of {@link #setInputCol}. */
    Param<String> inputCol();

    /** Returns the Param of {@link #setOutputCol}. */
    Param<String> outputCol();

    /** Returns the Param of {@link #setOutputType}. */
    Param<String> outputType();

    /** Returns the Param of {@link #setBackend}. */
    Param<String> backend();

    /** Returns the Param of {@link #setOnError}. */
    Param<String> onError();

    /** Returns the Param of {@link #setErrorCol}. */
    Param<String> errorCol();

    /** Returns the Param of {@link #setIdCol}. */
    Param<String> idCol();

    /** Returns the Param of {@link #setMaxPixels}. */
    LongParam maxPixels();

    /** Returns the Param of {@link #setQuality}. */
    IntParam quality();

    /** Sets the column of pictures, {@code image} by default. */
    default T setInputCol(String value) {
        set(inputCol(), value);
        return self();
    }

    /** Returns what {@link #setInputCol} was given, or the default. */
    default String getInputCol() {
        return getOrDefault(inputCol());
    }

    /** Sets the column to make: {@code pixels} by default, {@code crop} where pictures are cropped. */
    default T setOutputCol(String value) {
        set(outputCol(), value);
        return self();
    }

    /** Returns what {@link #setOutputCol} was given, or the default. */
    default String getOutputCol() {
        return getOrDefault(outputCol());
    }

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

    /** Sets who decodes: {@code auto} (the default), {@code imageio} or {@code opencv}. */
    default T setBackend(String value) {
        set(backend(), value);
        return self();
    }

    /** Returns what {@link #setBackend} was given, or the default. */
    default String getBackend() {
        return getOrDefault(backend());
    }

    /** Sets what becomes of pictures that cannot be used: {@code fail} (the default) or {@code null}. */
    default T setOnError(String value) {
        set(onError(), value);
        return self();
    }

    /** Returns what {@link #setOnError} was given, or the default. */
    default String getOnError() {
        return getOrDefault(onError());
    }

    /** Sets the column of reasons, {@code imageError} by default; empty for none. */
    default T setErrorCol(String value) {
        set(errorCol(), value);
        return self();
    }

    /** Returns what {@link #setErrorCol} was given, or the default. */
    default String getErrorCol() {
        return getOrDefault(errorCol());
    }

    /** Sets the column that names the picture; empty, the default, for none. */
    default T setIdCol(String value) {
        set(idCol(), value);
        return self();
    }

    /** Returns what {@link #setIdCol} was given, or the default. */
    default String getIdCol() {
        return getOrDefault(idCol());
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
