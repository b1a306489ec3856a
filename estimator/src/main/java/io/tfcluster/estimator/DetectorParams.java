package io.tfcluster.estimator;

import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.StringArrayParam;

/**
 * What a user sets on {@link ObjectDetector}; each setter changes the stage and returns it.
 *
 * <pre>{@code
 * stage.setLabelMap("hdfs:///models/coco.pbtxt").setLabels("cat", "dog").setScoreThreshold(0.4).setBestCol("best");
 * }</pre>
 *
 * @param <T> the stage
 */
public interface DetectorParams<T extends DetectorParams<T>> extends PictureModelParams<T> {

    /** Returns the Param of {@link #setBestCol}. */
    Param<String> bestCol();

    /** Returns the Param of {@link #setLabelMap}. */
    Param<String> labelMap();

    /** Returns the Param of {@link #setLabels}. */
    StringArrayParam labels();

    /** Returns the Param of {@link #setScoreThreshold}. */
    DoubleParam scoreThreshold();

    /** Returns the Param of {@link #setMaxBoxes}. */
    IntParam maxBoxes();

    /** Returns the Param of {@link #setBoxesTensor}. */
    Param<String> boxesTensor();

    /** Returns the Param of {@link #setScoresTensor}. */
    Param<String> scoresTensor();

    /** Returns the Param of {@link #setClassesTensor}. */
    Param<String> classesTensor();

    /** Returns the Param of {@link #setCountTensor}. */
    Param<String> countTensor();

    /** Sets the column for the box of the highest score alone, null where there is none; empty, the default, for no such column. */
    default T setBestCol(String value) {
        set(bestCol(), value);
        return self();
    }

    /** Returns what {@link #setBestCol} was given, or the default. */
    default String getBestCol() {
        return getOrDefault(bestCol());
    }

    /**
     * Sets the file that names the classes, on any Hadoop file system: a label map of the Object Detection API (items with id and display_name
     * or name), or a text with a label a line, the first of which is class 0 ({@code ???} or nothing where there is none). Empty, the
     * default: labels are null.
     */
    default T setLabelMap(String value) {
        set(labelMap(), value);
        return self();
    }

    /** Returns what {@link #setLabelMap} was given, or the default. */
    default String getLabelMap() {
        return getOrDefault(labelMap());
    }

    /** Sets the labels whose boxes are kept, as the label map has them; none, the default, for all. */
    default T setLabels(String... value) {
        set(labels(), value.clone());
        return self();
    }

    /** Returns what {@link #setLabels} was given, or the default. */
    default String[] getLabels() {
        return getOrDefault(labels()).clone();
    }

    /** Sets the score from which on a box is kept, 0.5 by default. */
    default T setScoreThreshold(double value) {
        set(scoreThreshold(), value);
        return self();
    }

    /** Returns what {@link #setScoreThreshold} was given, or the default. */
    default double getScoreThreshold() {
        return (double) getOrDefault(scoreThreshold());
    }

    /** Sets the most boxes of a picture, those of the highest scores, 100 by default. */
    default T setMaxBoxes(int value) {
        set(maxBoxes(), value);
        return self();
    }

    /** Returns what {@link #setMaxBoxes} was given, or the default. */
    default int getMaxBoxes() {
        return (int) getOrDefault(maxBoxes());
    }

    /** Sets the tensor of boxes [rows, n, 4], {@code detection_boxes} by default: ymin, xmin, ymax, xmax from 0 to 1. */
    default T setBoxesTensor(String value) {
        set(boxesTensor(), value);
        return self();
    }

    /** Returns what {@link #setBoxesTensor} was given, or the default. */
    default String getBoxesTensor() {
        return getOrDefault(boxesTensor());
    }

    /** Sets the tensor of scores [rows, n], {@code detection_scores} by default. */
    default T setScoresTensor(String value) {
        set(scoresTensor(), value);
        return self();
    }

    /** Returns what {@link #setScoresTensor} was given, or the default. */
    default String getScoresTensor() {
        return getOrDefault(scoresTensor());
    }

    /** Sets the tensor of classes [rows, n], {@code detection_classes} by default; floats or whole numbers. */
    default T setClassesTensor(String value) {
        set(classesTensor(), value);
        return self();
    }

    /** Returns what {@link #setClassesTensor} was given, or the default. */
    default String getClassesTensor() {
        return getOrDefault(classesTensor());
    }

    /** Sets the tensor that tells how many of the n boxes are meant [rows], {@code num_detections} by default. */
    default T setCountTensor(String value) {
        set(countTensor(), value);
        return self();
    }

    /** Returns what {@link #setCountTensor} was given, or the default. */
    default String getCountTensor() {
        return getOrDefault(countTensor());
    }
}
