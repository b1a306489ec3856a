package io.tfcluster.estimator.image;

import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;

/**
 * What a user sets on every stage that takes pictures: from which column, into which, who decodes, and what becomes of pictures that cannot be
 * used. Each setter changes the stage and returns it.
 *
 * @param <T> the stage
 */
public interface PictureColumns<T extends PictureColumns<T>> extends Params {

    /** Returns the stage itself. */
    T self();

    /** Returns the Param of {@link #setInputCol}. */
    Param<String> inputCol();

    /** Returns the Param of {@link #setOutputCol}. */
    Param<String> outputCol();

    /** Returns the Param of {@link #setBackend}. */
    Param<String> backend();

    /** Returns the Param of {@link #setOnError}. */
    Param<String> onError();

    /** Returns the Param of {@link #setErrorCol}. */
    Param<String> errorCol();

    /** Returns the Param of {@link #setIdCol}. */
    Param<String> idCol();

    /** Sets the column of pictures, {@code image} by default. */
    default T setInputCol(String value) {
        set(inputCol(), value);
        return self();
    }

    /** Returns what {@link #setInputCol} was given, or the default. */
    default String getInputCol() {
        return getOrDefault(inputCol());
    }

    /** Sets the column to make; what its default is, if it has one, the stage says. */
    default T setOutputCol(String value) {
        set(outputCol(), value);
        return self();
    }

    /** Returns what {@link #setOutputCol} was given, or the default. */
    default String getOutputCol() {
        return getOrDefault(outputCol());
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

    /** Sets the column that names the picture, in errors and wherever else a stage needs it; empty, the default, for none. */
    default T setIdCol(String value) {
        set(idCol(), value);
        return self();
    }

    /** Returns what {@link #setIdCol} was given, or the default. */
    default String getIdCol() {
        return getOrDefault(idCol());
    }
}
