package io.tfcluster.estimator;

import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.StringArrayParam;

/** The Params of {@link TFEstimator}: those of the model that it makes, of the cluster, and of the training. */
abstract class EstimatorStage extends Estimator<TFModel>
        implements ModelParams<TFEstimator>, ClusterParams<TFEstimator>, TrainingParams<TFEstimator> {
    private static final long serialVersionUID = 1L;

    private final String uid;
    private final ModelParamSet model;
    private final ClusterParamSet cluster;
    private final TrainingParamSet training;

    EstimatorStage(String uid) {
        this.uid = uid;
        this.model = new ModelParamSet(this);
        this.cluster = new ClusterParamSet(this);
        this.training = new TrainingParamSet(this);
    }

    @Override
    public String uid() {
        return uid;
    }

    @Override
    public Param<String> exportDir() {
        return model.exportDir;
    }

    @Override
    public Param<String> modelDir() {
        return model.modelDir;
    }

    @Override
    public Param<String> signatureDefKey() {
        return model.signatureDefKey;
    }

    @Override
    public Param<String> tagSet() {
        return model.tagSet;
    }

    @Override
    public MapParam inputMapping() {
        return model.inputMapping;
    }

    @Override
    public MapParam outputMapping() {
        return model.outputMapping;
    }

    @Override
    public IntParam batchSize() {
        return model.batchSize;
    }

    @Override
    public BooleanParam keepInputs() {
        return model.keepInputs;
    }

    @Override
    public StringArrayParam outputCols() {
        return model.outputCols;
    }

    @Override
    public StringArrayParam vectorCols() {
        return model.vectorCols;
    }

    @Override
    public StringArrayParam binaryCols() {
        return model.binaryCols;
    }

    @Override
    public Param<String> predictionCol() {
        return model.predictionCol;
    }

    @Override
    public Param<String> probabilityCol() {
        return model.probabilityCol;
    }

    @Override
    public Param<String> rawPredictionCol() {
        return model.rawPredictionCol;
    }

    @Override
    public Param<String> scoreOutput() {
        return model.scoreOutput;
    }

    @Override
    public BooleanParam scoresAreLogits() {
        return model.scoresAreLogits;
    }

    @Override
    public StringArrayParam labels() {
        return model.labels;
    }

    @Override
    public Param<String> predictedLabelCol() {
        return model.predictedLabelCol;
    }

    @Override
    public IntParam clusterSize() {
        return cluster.clusterSize;
    }

    @Override
    public IntParam numPs() {
        return cluster.numPs;
    }

    @Override
    public BooleanParam driverPsNodes() {
        return cluster.driverPsNodes;
    }

    @Override
    public Param<String> inputMode() {
        return cluster.inputMode;
    }

    @Override
    public Param<String> masterNode() {
        return cluster.masterNode;
    }

    @Override
    public Param<String> protocol() {
        return cluster.protocol;
    }

    @Override
    public BooleanParam tensorboard() {
        return cluster.tensorboard;
    }

    @Override
    public Param<String> logDir() {
        return cluster.logDir;
    }

    @Override
    public Param<String> tfrecordDir() {
        return cluster.tfrecordDir;
    }

    @Override
    public IntParam readers() {
        return cluster.readers;
    }

    @Override
    public Param<String> nodeMemory() {
        return cluster.nodeMemory;
    }

    @Override
    public IntParam intraOpThreads() {
        return cluster.intraOpThreads;
    }

    @Override
    public IntParam interOpThreads() {
        return cluster.interOpThreads;
    }

    @Override
    public IntParam feedTimeout() {
        return cluster.feedTimeout;
    }

    @Override
    public IntParam reservationTimeout() {
        return cluster.reservationTimeout;
    }

    @Override
    public IntParam graceSecs() {
        return cluster.graceSecs;
    }

    @Override
    public IntParam maxRestarts() {
        return cluster.maxRestarts;
    }

    @Override
    public IntParam epochs() {
        return training.epochs;
    }

    @Override
    public LongParam steps() {
        return training.steps;
    }

    @Override
    public MapParam inputShapes() {
        return training.inputShapes;
    }

    @Override
    public Param<String> optimizer() {
        return training.optimizer;
    }

    @Override
    public DoubleParam learningRate() {
        return training.learningRate;
    }

    @Override
    public LongParam seed() {
        return training.seed;
    }

    @Override
    public Param<String> weightCol() {
        return training.weightCol;
    }

    @Override
    public Param<String> validationCol() {
        return training.validationCol;
    }

    @Override
    public DoubleParam validationSplit() {
        return training.validationSplit;
    }

    @Override
    public StringArrayParam metrics() {
        return training.metrics;
    }

    @Override
    public Param<String> checkpointEvery() {
        return training.checkpointEvery;
    }

    @Override
    public IntParam keepCheckpoints() {
        return training.keepCheckpoints;
    }

    @Override
    public BooleanParam resume() {
        return training.resume;
    }

    @Override
    public Param<String> earlyStoppingMetric() {
        return training.earlyStoppingMetric;
    }

    @Override
    public IntParam earlyStoppingPatience() {
        return training.earlyStoppingPatience;
    }

    @Override
    public Param<String> earlyStoppingMode() {
        return training.earlyStoppingMode;
    }

    @Override
    public Param<String> failedTrial() {
        return training.failedTrial;
    }
}
