package io.tfcluster.estimator;

import java.io.Serializable;
import java.util.Map;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;
import org.apache.spark.ml.param.StringArrayParam;

/** The Params of {@link TrainingParams} of one stage, with their words, checks and defaults. */
final class TrainingParamSet implements Serializable {
    private static final long serialVersionUID = 1L;

    final IntParam epochs;
    final LongParam steps;
    final MapParam inputShapes;
    final Param<String> optimizer;
    final DoubleParam learningRate;
    final LongParam seed;
    final Param<String> weightCol;
    final Param<String> validationCol;
    final DoubleParam validationSplit;
    final StringArrayParam metrics;
    final Param<String> checkpointEvery;
    final IntParam keepCheckpoints;
    final BooleanParam resume;
    final Param<String> earlyStoppingMetric;
    final IntParam earlyStoppingPatience;
    final Param<String> earlyStoppingMode;
    final Param<String> failedTrial;

    /** Makes them and sets their defaults. */
    TrainingParamSet(Params stage) {
        epochs = new IntParam(stage, "epochs", "how often all rows are learned", Validators.atLeast("epochs", 1));
        steps = new LongParam(
                stage,
                "steps",
                "updates after which the training ends, however many epochs were asked for; 0: no limit",
                Checks.atLeast("steps", 0));
        inputShapes = new MapParam(
                stage,
                "inputShapes",
                "model input to the shape of one row, such as 96,96,3: flat arrays and vectors are taken in this shape, binary columns as unsigned bytes; others have the shape of the first row");
        optimizer = new Param<>(
                stage,
                "optimizer",
                "how gradients change variables: sgd, momentum, nesterov, adagrad, rmsprop, adam, adamw or ftrl, with their usual constants",
                Checks.optimizer());
        learningRate = new DoubleParam(
                stage,
                "learningRate",
                "learning rate of the optimizer named by optimizer",
                Checks.above("learningRate", 0));
        seed = new LongParam(stage, "seed", "seed of first values, dropout and the split");
        weightCol = new Param<>(
                stage,
                "weightCol",
                "column of numbers, 0 or more, by which the losses of the rows are multiplied; the model must give its loss row by row; not set: 1",
                Validators.notBlank("weightCol", "a column"));
        validationCol = new Param<>(
                stage,
                "validationCol",
                "boolean column, true for rows that are not learned but validate each epoch; not set: see validationSplit",
                Validators.notBlank("validationCol", "a column"));
        validationSplit = new DoubleParam(
                stage,
                "validationSplit",
                "share of the rows, drawn by seed, that are not learned but validate each epoch; 0: none",
                Checks.share("validationSplit"));
        metrics = new StringArrayParam(
                stage,
                "metrics",
                "metrics of the model that summary and provenance report; empty: all",
                Validators.distinct("metrics"));
        checkpointEvery = new Param<>(
                stage,
                "checkpointEvery",
                "how often the training is saved in modelDir: such as 1 epoch, 500 steps, 10 minutes",
                Checks.interval("checkpointEvery"));
        keepCheckpoints = new IntParam(
                stage,
                "keepCheckpoints",
                "how many of the newest checkpoints stay",
                Validators.atLeast("keepCheckpoints", 1));
        resume = new BooleanParam(
                stage, "resume", "whether to go on from the newest checkpoint in modelDir; if not, there must be none");
        earlyStoppingMetric = new Param<>(
                stage,
                "earlyStoppingMetric",
                "metric of the validation, or loss, that ends the training when it gets no better, with the best values; empty: none");
        earlyStoppingPatience = new IntParam(
                stage,
                "earlyStoppingPatience",
                "epochs in a row that may be no better before early stopping",
                Validators.atLeast("earlyStoppingPatience", 0));
        earlyStoppingMode = new Param<>(
                stage,
                "earlyStoppingMode",
                "which value of earlyStoppingMetric is better: min, max, or auto (min for losses and errors)",
                Validators.oneOf("earlyStoppingMode", "min", "max", "auto"));
        failedTrial = new Param<>(
                stage,
                "failedTrial",
                "what becomes of a training that failed: stop (an exception with its parameters), or skip (a model whose predictions are as bad as can be, so that CrossValidator goes on and picks another)",
                Validators.oneOf("failedTrial", "stop", "skip"));
        stage.setDefault(epochs, 1);
        stage.setDefault(steps, 0L);
        stage.setDefault(inputShapes, Map.of());
        stage.setDefault(optimizer, "adam");
        stage.setDefault(learningRate, 0.001);
        stage.setDefault(seed, 1L);
        stage.setDefault(validationSplit, 0.0);
        stage.setDefault(metrics, new String[0]);
        stage.setDefault(checkpointEvery, "1 epoch");
        stage.setDefault(keepCheckpoints, 5);
        stage.setDefault(resume, false);
        stage.setDefault(earlyStoppingMetric, "");
        stage.setDefault(earlyStoppingPatience, 3);
        stage.setDefault(earlyStoppingMode, "auto");
        stage.setDefault(failedTrial, "stop");
    }
}
