package io.tfcluster.estimator;

import org.apache.spark.ml.Model;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.StringArrayParam;

/** The Params that {@link TFModel} has in common with the estimator that makes one. */
abstract class ModelStage extends Model<TFModel> implements ModelParams<TFModel> {
    private static final long serialVersionUID = 1L;

    private final String uid;
    private final ModelParamSet shared;

    ModelStage(String uid) {
        this.uid = uid;
        this.shared = new ModelParamSet(this);
    }

    @Override
    public String uid() {
        return uid;
    }

    @Override
    public Param<String> exportDir() {
        return shared.exportDir;
    }

    @Override
    public Param<String> modelDir() {
        return shared.modelDir;
    }

    @Override
    public Param<String> signatureDefKey() {
        return shared.signatureDefKey;
    }

    @Override
    public Param<String> tagSet() {
        return shared.tagSet;
    }

    @Override
    public MapParam inputMapping() {
        return shared.inputMapping;
    }

    @Override
    public MapParam outputMapping() {
        return shared.outputMapping;
    }

    @Override
    public IntParam batchSize() {
        return shared.batchSize;
    }

    @Override
    public BooleanParam keepInputs() {
        return shared.keepInputs;
    }

    @Override
    public StringArrayParam outputCols() {
        return shared.outputCols;
    }

    @Override
    public StringArrayParam vectorCols() {
        return shared.vectorCols;
    }

    @Override
    public StringArrayParam binaryCols() {
        return shared.binaryCols;
    }

    @Override
    public Param<String> predictionCol() {
        return shared.predictionCol;
    }

    @Override
    public Param<String> probabilityCol() {
        return shared.probabilityCol;
    }

    @Override
    public Param<String> rawPredictionCol() {
        return shared.rawPredictionCol;
    }

    @Override
    public Param<String> scoreOutput() {
        return shared.scoreOutput;
    }

    @Override
    public BooleanParam scoresAreLogits() {
        return shared.scoresAreLogits;
    }

    @Override
    public StringArrayParam labels() {
        return shared.labels;
    }

    @Override
    public Param<String> predictedLabelCol() {
        return shared.predictedLabelCol;
    }
}
