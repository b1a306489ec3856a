package io.tfcluster.estimator;

import java.io.Serializable;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.StringArrayParam;

/** The Params that {@link DetectorParams} has besides those of all stages of pictures. */
final class DetectorParamSet implements Serializable {
    private static final long serialVersionUID = 1L;

    /** What the Object Detection API resizes its pictures to, where a graph does not tell. */
    private static final int SIDE = 300;

    final Param<String> bestCol;
    final Param<String> labelMap;
    final StringArrayParam labels;
    final DoubleParam scoreThreshold;
    final IntParam maxBoxes;
    final Param<String> boxesTensor;
    final Param<String> scoresTensor;
    final Param<String> classesTensor;
    final Param<String> countTensor;

    /** Makes them and sets their defaults. */
    DetectorParamSet(ObjectDetector stage) {
        bestCol = new Param<>(stage, "bestCol", "column for the box of the highest score alone; empty: none");
        labelMap = new Param<>(
                stage,
                "labelMap",
                "file that names the classes: a label map of the Object Detection API, or a text with a label a line, the first of which is class 0; empty: labels are null");
        labels = new StringArrayParam(
                stage, "labels", "labels whose boxes are kept; none: all", Validators.distinct("labels"));
        scoreThreshold = new DoubleParam(
                stage, "scoreThreshold", "score from which on a box is kept", Validators.share("scoreThreshold"));
        maxBoxes = new IntParam(
                stage, "maxBoxes", "most boxes of a picture, 1 or more", Validators.atLeast("maxBoxes", 1));
        boxesTensor = tensor(stage, "boxesTensor", "boxes [rows, n, 4]: ymin, xmin, ymax, xmax from 0 to 1");
        scoresTensor = tensor(stage, "scoresTensor", "scores [rows, n]");
        classesTensor = tensor(stage, "classesTensor", "classes [rows, n]");
        countTensor = tensor(stage, "countTensor", "how many of the n are meant [rows]");
        stage.setDefault(stage.outputCol(), "boxes");
        stage.setDefault(stage.inputTensor(), "image_tensor");
        stage.setDefault(stage.imageSize(), new int[] {SIDE, SIDE});
        stage.setDefault(bestCol, "");
        stage.setDefault(labelMap, "");
        stage.setDefault(labels, new String[0]);
        stage.setDefault(scoreThreshold, 0.5);
        stage.setDefault(maxBoxes, 100);
        stage.setDefault(boxesTensor, "detection_boxes");
        stage.setDefault(scoresTensor, "detection_scores");
        stage.setDefault(classesTensor, "detection_classes");
        stage.setDefault(countTensor, "num_detections");
    }

    private static Param<String> tensor(ObjectDetector stage, String name, String what) {
        return new Param<>(
                stage,
                name,
                "the detector's " + what + "; a key of the signature, or any tensor such as scope/op:0",
                Validators.notBlank(name, "the name of a tensor"));
    }
}
