package io.tfcluster.estimator.image;

import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.Param;

/**
 * What a user sets on {@link ImageCropper}; each setter changes the stage and returns it.
 *
 * <pre>{@code
 * stage.setInputCol("picture").setBoxCol("best").setMargin(0.1).setWithoutBox("null");
 * }</pre>
 *
 * @param <T> the stage
 */
public interface CropParams<T extends CropParams<T>> extends PictureParams<T> {

    /** Returns the Param of {@link #setBoxCol}. */
    Param<String> boxCol();

    /** Returns the Param of {@link #setMargin}. */
    DoubleParam margin();

    /** Returns the Param of {@link #setWithoutBox}. */
    Param<String> withoutBox();

    /** Sets the column of boxes, {@code box} by default: structs with ymin, xmin, ymax and xmax, from 0 to 1, or null. */
    default T setBoxCol(String value) {
        set(boxCol(), value);
        return self();
    }

    /** Returns what {@link #setBoxCol} was given, or the default. */
    default String getBoxCol() {
        return getOrDefault(boxCol());
    }

    /** Sets the share of a box's height and width that is added to it on each side, 0 by default, 10 at most. */
    default T setMargin(double value) {
        set(margin(), value);
        return self();
    }

    /** Returns what {@link #setMargin} was given, or the default. */
    default double getMargin() {
        return (double) getOrDefault(margin());
    }

    /**
     * Sets what becomes of a picture whose box is null: {@code whole} (the default: it is taken as it is), {@code null} (no picture, and no
     * reason), or {@code fail} (it counts as one that cannot be used, see {@link #setOnError}).
     */
    default T setWithoutBox(String value) {
        set(withoutBox(), value);
        return self();
    }

    /** Returns what {@link #setWithoutBox} was given, or the default. */
    default String getWithoutBox() {
        return getOrDefault(withoutBox());
    }
}
