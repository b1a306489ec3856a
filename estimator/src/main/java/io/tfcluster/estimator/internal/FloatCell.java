package io.tfcluster.estimator.internal;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * Floats of one row and why there are none, as a bean: Spark's encoder of beans writes a primitive array as one copy, where a Row's
 * sequence is unboxed value by value. Not copied in or out.
 */
public final class FloatCell implements Serializable {

    private static final long serialVersionUID = 1L;

    private float @Nullable [] value;
    private @Nullable String error;

    /** For Spark. */
    public FloatCell() {}

    /** Makes the cell of a row that has floats, or a reason for having none. */
    public FloatCell(float @Nullable [] value, @Nullable String error) {
        this.value = value;
        this.error = error;
    }

    /** Returns the floats, null where there is an error. */
    public float @Nullable [] getValue() {
        return value;
    }

    /** For Spark. */
    public void setValue(float @Nullable [] value) {
        this.value = value;
    }

    /** Returns why there are no floats, null where there are. */
    public @Nullable String getError() {
        return error;
    }

    /** For Spark. */
    public void setError(@Nullable String error) {
        this.error = error;
    }
}
