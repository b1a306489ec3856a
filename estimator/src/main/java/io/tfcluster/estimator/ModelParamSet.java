package io.tfcluster.estimator;

import java.io.Serializable;
import java.util.Map;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;
import org.apache.spark.ml.param.StringArrayParam;

/** The Params of {@link ModelParams} of one stage, with the same words, checks and defaults for all stages that have them. */
final class ModelParamSet implements Serializable {
    private static final long serialVersionUID = 1L;

    final Param<String> exportDir;
    final Param<String> modelDir;
    final Param<String> signatureDefKey;
    final Param<String> tagSet;
    final MapParam inputMapping;
    final MapParam outputMapping;
    final IntParam batchSize;
    final BooleanParam keepInputs;
    final StringArrayParam outputCols;
    final StringArrayParam vectorCols;
    final StringArrayParam binaryCols;
    final Param<String> predictionCol;
    final Param<String> probabilityCol;
    final Param<String> rawPredictionCol;
    final Param<String> scoreOutput;
    final BooleanParam scoresAreLogits;
    final StringArrayParam labels;
    final Param<String> predictedLabelCol;

    /** Makes them and sets their defaults. */
    ModelParamSet(Params stage) {
        exportDir = new Param<>(
                stage,
                "exportDir",
                "folder of a SavedModel, on any Hadoop file system; where an estimator writes it, where a model reads it",
                Validators.notBlank("exportDir", "a folder"));
        modelDir = new Param<>(
                stage,
                "modelDir",
                "folder of checkpoints, on any Hadoop file system",
                Validators.notBlank("modelDir", "a folder"));
        signatureDefKey = new Param<>(
                stage,
                "signatureDefKey",
                "signature of the SavedModel that is asked",
                Validators.notBlank("signatureDefKey", "the name of a signature"));
        tagSet = new Param<>(
                stage,
                "tagSet",
                "tags of the SavedModel's graph, with commas between them",
                Validators.notBlank("tagSet", "one tag or several with commas between them"));
        inputMapping = new MapParam(
                stage,
                "inputMapping",
                "DataFrame column to model input (a key of the signature, or a tensor such as scope/op:0); empty: by equal names");
        outputMapping = new MapParam(
                stage,
                "outputMapping",
                "model output (a key of the signature, or any tensor such as scope/op:0) to DataFrame column; empty: all outputs under their own names");
        batchSize = new IntParam(
                stage,
                "batchSize",
                "rows in one run of the model, 1 or more; the last batch of a partition may be smaller",
                Validators.atLeast("batchSize", 1));
        keepInputs = new BooleanParam(
                stage, "keepInputs", "whether the columns of the DataFrame stay beside those of the model");
        outputCols = new StringArrayParam(
                stage,
                "outputCols",
                "columns of the model to append, by their names in the DataFrame and in this order; empty: all",
                Validators.distinct("outputCols"));
        vectorCols = new StringArrayParam(
                stage,
                "vectorCols",
                "columns of the model to give as Spark ML vectors instead of arrays",
                Validators.distinct("vectorCols"));
        binaryCols = new StringArrayParam(
                stage,
                "binaryCols",
                "columns of the model to give as bytes instead of text",
                Validators.distinct("binaryCols"));
        predictionCol = new Param<>(
                stage,
                "predictionCol",
                "column of type double for the class with the highest score, or the value of a model that gives one; empty: none");
        probabilityCol = new Param<>(
                stage, "probabilityCol", "column of vectors for the probabilities of the classes; empty: none");
        rawPredictionCol = new Param<>(
                stage,
                "rawPredictionCol",
                "column of vectors for the scores of the classes as the model gives them; empty: none");
        scoreOutput = new Param<>(
                stage,
                "scoreOutput",
                "output of the model that holds the scores of the classes; empty: the only one that can");
        scoresAreLogits = new BooleanParam(
                stage,
                "scoresAreLogits",
                "whether the scores are logits, of which softmax (sigmoid for a single one) makes probabilities");
        labels = new StringArrayParam(
                stage, "labels", "names of the classes in the order of the scores, for predictedLabelCol; empty: none");
        predictedLabelCol = new Param<>(
                stage,
                "predictedLabelCol",
                "column of texts for the name of the predicted class, made where labels are given",
                Validators.notBlank("predictedLabelCol", "a column name"));
        stage.setDefault(signatureDefKey, "serving_default");
        stage.setDefault(tagSet, "serve");
        stage.setDefault(inputMapping, Map.of());
        stage.setDefault(outputMapping, Map.of());
        stage.setDefault(batchSize, 128);
        stage.setDefault(keepInputs, true);
        stage.setDefault(outputCols, new String[0]);
        stage.setDefault(vectorCols, new String[0]);
        stage.setDefault(binaryCols, new String[0]);
        stage.setDefault(predictionCol, "");
        stage.setDefault(probabilityCol, "");
        stage.setDefault(rawPredictionCol, "");
        stage.setDefault(scoreOutput, "");
        stage.setDefault(scoresAreLogits, false);
        stage.setDefault(labels, new String[0]);
        stage.setDefault(predictedLabelCol, "predictedLabel");
    }
}
