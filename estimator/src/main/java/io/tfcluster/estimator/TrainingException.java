package io.tfcluster.estimator;

import org.apache.spark.ml.param.ParamMap;

/**
 * A training by {@link TFEstimator#fit} failed after its cluster was asked for; the cause says why.
 *
 * <p>In a search over parameters, {@code CrossValidator} for example, it tells which trial it was.
 */
public final class TrainingException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    private final ParamMap paramMap;

    /** Made by the estimator. */
    TrainingException(String message, ParamMap paramMap, Throwable cause) {
        super(message, cause);
        this.paramMap = paramMap;
    }

    /** Returns the parameters of the trial, or, if this was none, those that were set. */
    public ParamMap paramMap() {
        return paramMap;
    }
}
