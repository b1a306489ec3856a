package io.tfcluster.estimator;

import org.apache.spark.ml.Model;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.param.StringArrayParam;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;

/**
 * A TensorFlow model as a stage of Spark ML pipelines.
 */
public final class TFModel extends Model<TFModel> implements ModelParams<TFModel> {
    private static final long serialVersionUID = 1L;

    private final String uid;
    private final ModelParamSet shared;

    /** Makes a model that is told by its setters where TensorFlow's is. */
    public TFModel() {
        this(Identifiable$.MODULE$.randomUID("TFModel"));
    }

    /** Makes a model with an id of its own, as Spark does when it loads one. */
    public TFModel(String uid) {
        this.uid = uid;
        this.shared = new ModelParamSet(this);
    }

    @Override
    public String uid() {
        return uid;
    }

    @Override
    public TFModel self() {
        return this;
    }

    @Override
    public TFModel copy(ParamMap extra) {
        TFModel copy = copyValues(new TFModel(uid), extra);
        return copy.setParent(parent());
    }

    @Override
    public StructType transformSchema(StructType schema) {
        throw new UnsupportedOperationException("not yet");
    }

    @Override
    public Dataset<Row> transform(Dataset<?> dataset) {
        throw new UnsupportedOperationException("not yet");
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
