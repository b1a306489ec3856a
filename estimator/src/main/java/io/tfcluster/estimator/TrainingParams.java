package io.tfcluster.estimator;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;
import org.apache.spark.ml.param.StringArrayParam;

/**
 * What a user sets on a stage that learns: how often, with which optimizer, how it is validated, saved and ended.
 *
 * <p>Each setter changes the stage and returns it.
 *
 * <pre>{@code
 * estimator.setEpochs(20).setLearningRate(0.01).setValidationSplit(0.1).setEarlyStoppingMetric("accuracy")
 * }</pre>
 *
 * @param <T> the stage
 */
public interface TrainingParams<T extends TrainingParams<T>> extends Params {
    /** Returns the Param of {@link #setEpochs}. */
    IntParam epochs();

    /** Returns the Param of {@link #setSteps}. */
    LongParam steps();

    /** Returns the Param of {@link #setInputShapes}. */
    MapParam inputShapes();

    /** Returns the Param of {@link #setOptimizer}. */
    Param<String> optimizer();

    /** Returns the Param of {@link #setLearningRate}. */
    DoubleParam learningRate();

    /** Returns the Param of {@link #setSeed}. */
    LongParam seed();

    /** Returns the Param of {@link #setWeightCol}. */
    Param<String> weightCol();

    /** Returns the Param of {@link #setValidationCol}. */
    Param<String> validationCol();

    /** Returns the Param of {@link #setValidationSplit}. */
    DoubleParam validationSplit();

    /** Returns the Param of {@link #setMetrics}. */
    StringArrayParam metrics();

    /** Returns the Param of {@link #setCheckpointEvery}. */
    Param<String> checkpointEvery();

    /** Returns the Param of {@link #setKeepCheckpoints}. */
    IntParam keepCheckpoints();

    /** Returns the Param of {@link #setResume}. */
    BooleanParam resume();

    /** Returns the Param of {@link #setEarlyStoppingMetric}. */
    Param<String> earlyStoppingMetric();

    /** Returns the Param of {@link #setEarlyStoppingPatience}. */
    IntParam earlyStoppingPatience();

    /** Returns the Param of {@link #setEarlyStoppingMode}. */
    Param<String> earlyStoppingMode();

    /** Returns the Param of {@link #setFailedTrial}. */
    Param<String> failedTrial();

    /** Sets how often all rows are learned. */
    default T setEpochs(int value) {
        set(epochs(), value);
        return self();
    }

    /** Returns what {@link #setEpochs} was given, or the default. */
    default int getEpochs() {
        return (int) (Integer) getOrDefault(epochs());
    }

    /** Sets after how many updates the training ends at the latest, 0 for no limit. */
    default T setSteps(long value) {
        set(steps(), value);
        return self();
    }

    /** Returns what {@link #setSteps} was given, or the default. */
    default long getSteps() {
        return (long) (Long) getOrDefault(steps());
    }

    /** Sets the shapes of inputs whose columns do not tell: flat arrays, and binary columns that hold unsigned bytes. */
    default T setInputShapes(Map<String, String> value) {
        set(inputShapes(), Collections.unmodifiableMap(new LinkedHashMap<>(value)));
        return self();
    }

    /** Returns what {@link #setInputShapes} was given, or the default. */
    default Map<String, String> getInputShapes() {
        return getOrDefault(inputShapes());
    }

    /** Sets the optimizer by name; {@link TFEstimator#setOptimizer(io.tfcluster.training.Optimizer)} takes one with all its constants. */
    default T setOptimizer(String value) {
        set(optimizer(), value);
        return self();
    }

    /** Returns what {@link #setOptimizer} was given, or the default. */
    default String getOptimizer() {
        return getOrDefault(optimizer());
    }

    /** Sets the learning rate of the optimizer that is named. */
    default T setLearningRate(double value) {
        set(learningRate(), value);
        return self();
    }

    /** Returns what {@link #setLearningRate} was given, or the default. */
    default double getLearningRate() {
        return (double) (Double) getOrDefault(learningRate());
    }

    /** Sets the seed of first values, dropout and the split. */
    default T setSeed(long value) {
        set(seed(), value);
        return self();
    }

    /** Returns what {@link #setSeed} was given, or the default. */
    default long getSeed() {
        return (long) (Long) getOrDefault(seed());
    }

    /** Sets the column of the rows' weights; the model must give {@code ModelSpec.builder().rowLosses(…)}. */
    default T setWeightCol(String value) {
        set(weightCol(), value);
        return self();
    }

    /** Returns what {@link #setWeightCol} was given, or the default; there is none. */
    default String getWeightCol() {
        return getOrDefault(weightCol());
    }

    /** Sets the boolean column that is true for rows to validate with. */
    default T setValidationCol(String value) {
        set(validationCol(), value);
        return self();
    }

    /** Returns what {@link #setValidationCol} was given, or the default; there is none. */
    default String getValidationCol() {
        return getOrDefault(validationCol());
    }

    /** Sets the share of the rows to validate with, 0 for none. */
    default T setValidationSplit(double value) {
        set(validationSplit(), value);
        return self();
    }

    /** Returns what {@link #setValidationSplit} was given, or the default. */
    default double getValidationSplit() {
        return (double) (Double) getOrDefault(validationSplit());
    }

    /** Sets which of the model's metrics are reported; none for all. */
    default T setMetrics(String... value) {
        set(metrics(), value.clone());
        return self();
    }

    /** Returns what {@link #setMetrics} was given, or the default. */
    default String[] getMetrics() {
        return getOrDefault(metrics()).clone();
    }

    /** Sets how often the training is saved: such as "1 epoch", "500 steps", "10 minutes". */
    default T setCheckpointEvery(String value) {
        set(checkpointEvery(), value);
        return self();
    }

    /** Returns what {@link #setCheckpointEvery} was given, or the default. */
    default String getCheckpointEvery() {
        return getOrDefault(checkpointEvery());
    }

    /** Sets how many of the newest checkpoints stay. */
    default T setKeepCheckpoints(int value) {
        set(keepCheckpoints(), value);
        return self();
    }

    /** Returns what {@link #setKeepCheckpoints} was given, or the default. */
    default int getKeepCheckpoints() {
        return (int) (Integer) getOrDefault(keepCheckpoints());
    }

    /** Sets whether to go on from the newest checkpoint in modelDir. */
    default T setResume(boolean value) {
        set(resume(), value);
        return self();
    }

    /** Returns what {@link #setResume} was given, or the default. */
    default boolean getResume() {
        return (boolean) (Boolean) getOrDefault(resume());
    }

    /** Sets the metric of the validation that ends the training when it gets no better; "" for none. */
    default T setEarlyStoppingMetric(String value) {
        set(earlyStoppingMetric(), value);
        return self();
    }

    /** Returns what {@link #setEarlyStoppingMetric} was given, or the default. */
    default String getEarlyStoppingMetric() {
        return getOrDefault(earlyStoppingMetric());
    }

    /** Sets how many epochs in a row may be no better before early stopping. */
    default T setEarlyStoppingPatience(int value) {
        set(earlyStoppingPatience(), value);
        return self();
    }

    /** Returns what {@link #setEarlyStoppingPatience} was given, or the default. */
    default int getEarlyStoppingPatience() {
        return (int) (Integer) getOrDefault(earlyStoppingPatience());
    }

    /** Sets which value of the metric is better: min, max or auto. */
    default T setEarlyStoppingMode(String value) {
        set(earlyStoppingMode(), value);
        return self();
    }

    /** Returns what {@link #setEarlyStoppingMode} was given, or the default. */
    default String getEarlyStoppingMode() {
        return getOrDefault(earlyStoppingMode());
    }

    /** Sets what becomes of a training that failed, stop or skip; see {@link TFEstimator}. */
    default T setFailedTrial(String value) {
        set(failedTrial(), value);
        return self();
    }

    /** Returns what {@link #setFailedTrial} was given, or the default. */
    default String getFailedTrial() {
        return getOrDefault(failedTrial());
    }

    /** Returns this stage by its own type. */
    T self();
}
