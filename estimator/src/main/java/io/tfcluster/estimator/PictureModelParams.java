package io.tfcluster.estimator;

import io.tfcluster.estimator.image.PictureColumns;
import org.apache.spark.ml.param.IntArrayParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;

/**
 * What a user sets on every stage that puts pictures through a network: {@link ImageFeaturizer} and {@link ObjectDetector}. Each setter changes
 * the stage and returns it.
 *
 * <pre>{@code
 * stage.setFrozenGraph("hdfs:///models/network.pb").setInputCol("picture").setOnError("null").setBatchSize(16);
 * }</pre>
 *
 * @param <T> the stage
 */
public interface PictureModelParams<T extends PictureModelParams<T>> extends PictureColumns<T> {

    /** Returns the Param of {@link #setFrozenGraph}. */
    Param<String> frozenGraph();

    /** Returns the Param of {@link #setExportDir}. */
    Param<String> exportDir();

    /** Returns the Param of {@link #setSignatureDefKey}. */
    Param<String> signatureDefKey();

    /** Returns the Param of {@link #setTagSet}. */
    Param<String> tagSet();

    /** Returns the Param of {@link #setInputTensor}. */
    Param<String> inputTensor();

    /** Returns the Param of {@link #setImageSize}. */
    IntArrayParam imageSize();

    /** Returns the Param of {@link #setBatchSize}. */
    IntParam batchSize();

    /** Returns the Param of {@link #setThreads}. */
    IntParam threads();

    /** Sets the file of a GraphDef whose variables are constants, on any Hadoop file system. */
    default T setFrozenGraph(String value) {
        set(frozenGraph(), value);
        return self();
    }

    /** Returns what {@link #setFrozenGraph} was given, or the default. */
    default String getFrozenGraph() {
        return getOrDefault(frozenGraph());
    }

    /** Sets the folder of a SavedModel, on any Hadoop file system, in place of a frozen graph. */
    default T setExportDir(String value) {
        set(exportDir(), value);
        return self();
    }

    /** Returns what {@link #setExportDir} was given, or the default. */
    default String getExportDir() {
        return getOrDefault(exportDir());
    }

    /** Sets the signature of the SavedModel, {@code serving_default} by default. */
    default T setSignatureDefKey(String value) {
        set(signatureDefKey(), value);
        return self();
    }

    /** Returns what {@link #setSignatureDefKey} was given, or the default. */
    default String getSignatureDefKey() {
        return getOrDefault(signatureDefKey());
    }

    /** Sets the tags of the SavedModel's graph, {@code serve} by default. */
    default T setTagSet(String value) {
        set(tagSet(), value);
        return self();
    }

    /** Returns what {@link #setTagSet} was given, or the default. */
    default String getTagSet() {
        return getOrDefault(tagSet());
    }

    /** Sets where pictures enter: a key of the signature or any tensor; empty for the only input. */
    default T setInputTensor(String value) {
        set(inputTensor(), value);
        return self();
    }

    /** Returns what {@link #setInputTensor} was given, or the default. */
    default String getInputTensor() {
        return getOrDefault(inputTensor());
    }

    /** Sets height and width of the pictures the network takes; empty for what the graph says. */
    default T setImageSize(int... value) {
        set(imageSize(), value.clone());
        return self();
    }

    /** Returns what {@link #setImageSize} was given, or the default. */
    default int[] getImageSize() {
        return getOrDefault(imageSize()).clone();
    }

    /** Sets the number of pictures in one run, 32 by default. */
    default T setBatchSize(int value) {
        set(batchSize(), value);
        return self();
    }

    /** Returns what {@link #setBatchSize} was given, or the default. */
    default int getBatchSize() {
        return (int) getOrDefault(batchSize());
    }

    /** Sets the threads of the network's session on an executor, 0 (the default) for as many as it has cores. */
    default T setThreads(int value) {
        set(threads(), value);
        return self();
    }

    /** Returns what {@link #setThreads} was given, or the default. */
    default int getThreads() {
        return (int) getOrDefault(threads());
    }
}
