package io.tfcluster.estimator;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;
import org.apache.spark.ml.param.StringArrayParam;

/**
 * What a user sets on a stage that holds a TensorFlow model: where the model is, which columns it takes and gives.
 *
 * <p>{@link TFModel} has these Params, and so has the estimator that makes one; each setter changes the stage and returns it.
 *
 * <pre>{@code
 * model.setExportDir("hdfs://names:8020/models/flowers").setInputMapping(Map.of("pixels", "image")).setPredictionCol("prediction");
 * }</pre>
 *
 * @param <T> the stage
 */
public interface ModelParams<T extends ModelParams<T>> extends Params {
    /** Returns the Param of {@link #setExportDir}. */
    Param<String> exportDir();

    /** Returns the Param of {@link #setModelDir}. */
    Param<String> modelDir();

    /** Returns the Param of {@link #setSignatureDefKey}. */
    Param<String> signatureDefKey();

    /** Returns the Param of {@link #setTagSet}. */
    Param<String> tagSet();

    /** Returns the Param of {@link #setInputMapping}. */
    MapParam inputMapping();

    /** Returns the Param of {@link #setOutputMapping}. */
    MapParam outputMapping();

    /** Returns the Param of {@link #setBatchSize}. */
    IntParam batchSize();

    /** Returns the Param of {@link #setKeepInputs}. */
    BooleanParam keepInputs();

    /** Returns the Param of {@link #setOutputCols}. */
    StringArrayParam outputCols();

    /** Returns the Param of {@link #setVectorCols}. */
    StringArrayParam vectorCols();

    /** Returns the Param of {@link #setBinaryCols}. */
    StringArrayParam binaryCols();

    /** Returns the Param of {@link #setPredictionCol}. */
    Param<String> predictionCol();

    /** Returns the Param of {@link #setProbabilityCol}. */
    Param<String> probabilityCol();

    /** Returns the Param of {@link #setRawPredictionCol}. */
    Param<String> rawPredictionCol();

    /** Returns the Param of {@link #setScoreOutput}. */
    Param<String> scoreOutput();

    /** Returns the Param of {@link #setScoresAreLogits}. */
    BooleanParam scoresAreLogits();

    /** Returns the Param of {@link #setLabels}. */
    StringArrayParam labels();

    /** Returns the Param of {@link #setPredictedLabelCol}. */
    Param<String> predictedLabelCol();

    /** Sets the folder of the SavedModel: a path or a URI of any Hadoop file system. */
    default T setExportDir(String value) {
        set(exportDir(), value);
        return self();
    }

    /** Returns what {@link #setExportDir} was given, or the default. */
    default String getExportDir() {
        return getOrDefault(exportDir());
    }

    /** Sets the folder of the checkpoints: a path or a URI of any Hadoop file system. */
    default T setModelDir(String value) {
        set(modelDir(), value);
        return self();
    }

    /** Returns what {@link #setModelDir} was given, or the default. */
    default String getModelDir() {
        return getOrDefault(modelDir());
    }

    /** Sets the signature of the SavedModel that is asked. */
    default T setSignatureDefKey(String value) {
        set(signatureDefKey(), value);
        return self();
    }

    /** Returns what {@link #setSignatureDefKey} was given, or the default. */
    default String getSignatureDefKey() {
        return getOrDefault(signatureDefKey());
    }

    /** Sets the tags of the SavedModel's graph, with commas between them. */
    default T setTagSet(String value) {
        set(tagSet(), value);
        return self();
    }

    /** Returns what {@link #setTagSet} was given, or the default. */
    default String getTagSet() {
        return getOrDefault(tagSet());
    }

    /** Sets which DataFrame column fills which input of the model, a key of the signature or a tensor such as "scope/op:0"; without one, equal names meet. */
    default T setInputMapping(Map<String, String> value) {
        set(inputMapping(), Collections.unmodifiableMap(new LinkedHashMap<>(value)));
        return self();
    }

    /** Returns what {@link #setInputMapping} was given, or the default. */
    default Map<String, String> getInputMapping() {
        return getOrDefault(inputMapping());
    }

    /** Sets which output of the model, a key of the signature or any tensor such as "scope/op:0", becomes which column; without one, all outputs do under their own names. */
    default T setOutputMapping(Map<String, String> value) {
        set(outputMapping(), Collections.unmodifiableMap(new LinkedHashMap<>(value)));
        return self();
    }

    /** Returns what {@link #setOutputMapping} was given, or the default. */
    default Map<String, String> getOutputMapping() {
        return getOrDefault(outputMapping());
    }

    /** Sets the number of rows in one run, 1 or more. */
    default T setBatchSize(int value) {
        set(batchSize(), value);
        return self();
    }

    /** Returns what {@link #setBatchSize} was given, or the default. */
    default int getBatchSize() {
        return (int) (Integer) getOrDefault(batchSize());
    }

    /** Sets whether the DataFrame's columns stay beside the model's. */
    default T setKeepInputs(boolean value) {
        set(keepInputs(), value);
        return self();
    }

    /** Returns what {@link #setKeepInputs} was given, or the default. */
    default boolean getKeepInputs() {
        return (boolean) (Boolean) getOrDefault(keepInputs());
    }

    /** Sets which of the model's columns are appended, and in which order; none for all. */
    default T setOutputCols(String... value) {
        set(outputCols(), value.clone());
        return self();
    }

    /** Returns what {@link #setOutputCols} was given, or the default. */
    default String[] getOutputCols() {
        return getOrDefault(outputCols()).clone();
    }

    /** Sets which of the model's columns become Spark ML vectors, as its other stages want them; higher shapes are made flat. */
    default T setVectorCols(String... value) {
        set(vectorCols(), value.clone());
        return self();
    }

    /** Returns what {@link #setVectorCols} was given, or the default. */
    default String[] getVectorCols() {
        return getOrDefault(vectorCols()).clone();
    }

    /** Sets which of the model's string outputs are bytes, a JPEG for example, and not text. */
    default T setBinaryCols(String... value) {
        set(binaryCols(), value.clone());
        return self();
    }

    /** Returns what {@link #setBinaryCols} was given, or the default. */
    default String[] getBinaryCols() {
        return getOrDefault(binaryCols()).clone();
    }

    /** Sets the column for the predicted class, or value of a regression, as a double; "" for none. */
    default T setPredictionCol(String value) {
        set(predictionCol(), value);
        return self();
    }

    /** Returns what {@link #setPredictionCol} was given, or the default. */
    default String getPredictionCol() {
        return getOrDefault(predictionCol());
    }

    /** Sets the column for the probabilities of the classes, a vector; "" for none. */
    default T setProbabilityCol(String value) {
        set(probabilityCol(), value);
        return self();
    }

    /** Returns what {@link #setProbabilityCol} was given, or the default. */
    default String getProbabilityCol() {
        return getOrDefault(probabilityCol());
    }

    /** Sets the column for the scores of the classes as the model gives them, a vector; "" for none. */
    default T setRawPredictionCol(String value) {
        set(rawPredictionCol(), value);
        return self();
    }

    /** Returns what {@link #setRawPredictionCol} was given, or the default. */
    default String getRawPredictionCol() {
        return getOrDefault(rawPredictionCol());
    }

    /** Sets the model's output that holds the scores of the classes; needed where several could. */
    default T setScoreOutput(String value) {
        set(scoreOutput(), value);
        return self();
    }

    /** Returns what {@link #setScoreOutput} was given, or the default. */
    default String getScoreOutput() {
        return getOrDefault(scoreOutput());
    }

    /** Sets whether the scores are logits; otherwise they are taken as probabilities. */
    default T setScoresAreLogits(boolean value) {
        set(scoresAreLogits(), value);
        return self();
    }

    /** Returns what {@link #setScoresAreLogits} was given, or the default. */
    default boolean getScoresAreLogits() {
        return (boolean) (Boolean) getOrDefault(scoresAreLogits());
    }

    /** Sets the names of the classes in the order of the scores; they fill the column predictedLabelCol. */
    default T setLabels(String... value) {
        set(labels(), value.clone());
        return self();
    }

    /** Returns what {@link #setLabels} was given, or the default. */
    default String[] getLabels() {
        return getOrDefault(labels()).clone();
    }

    /** Sets the column for the name of the predicted class, made where labels are given. */
    default T setPredictedLabelCol(String value) {
        set(predictedLabelCol(), value);
        return self();
    }

    /** Returns what {@link #setPredictedLabelCol} was given, or the default. */
    default String getPredictedLabelCol() {
        return getOrDefault(predictedLabelCol());
    }

    /** Returns this stage by its own type. */
    T self();
}
