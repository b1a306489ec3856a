package io.tfcluster.estimator;

import io.tfcluster.training.Trigger;
import java.util.List;

/** Whether an estimator's Params go together; each by itself has been checked when it was set. */
final class FitChecks {
    private FitChecks() {}

    /**
     * Looks at all of them.
     *
     * @throws IllegalArgumentException saying which contradict each other and what to do
     */
    static void check(TFEstimator e) {
        boolean model = e.work().model() != null;
        boolean files = e.getInputMode().equals("TENSORFLOW");
        boolean saved = e.isSet(e.modelDir());
        no(
                !model && e.work().main() == null,
                "the estimator has nothing to run; give it a model with setModelFunction, or a main function with setMain");
        int trainers = e.getClusterSize() - e.getNumPs();
        no(trainers < 1, "numPs=" + e.getNumPs() + " leaves no worker among clusterSize=" + e.getClusterSize());
        no(e.getDriverPsNodes() && e.getNumPs() == 0, "driverPsNodes is set but numPs is 0; set numPs to 1 or more");
        no(
                files != e.isSet(e.tfrecordDir()),
                files
                        ? "inputMode TENSORFLOW needs a tfrecordDir, in which the rows are written for the processes"
                        : "tfrecordDir is set, but inputMode is SPARK, in which no files are written; setInputMode(\"TENSORFLOW\")");
        no(
                !files && e.getReaders() > 1,
                "readers is " + e.getReaders()
                        + ", but in inputMode SPARK it is Spark's tasks that read; setInputMode(\"TENSORFLOW\") or leave it");
        no(
                e.getTensorboard() && !e.isSet(e.logDir()),
                "tensorboard is set but logDir is not; say where its files are to be");
        no(
                !saved && (e.getResume() || e.getMaxRestarts() > 0),
                "resume and maxRestarts go on from checkpoints, which need a modelDir to be in");
        no(
                !saved && (e.isSet(e.checkpointEvery()) || e.isSet(e.keepCheckpoints())),
                "checkpointEvery and keepCheckpoints are set, but checkpoints need a modelDir to be in");
        no(
                e.work().optimizer() != null && (e.isSet(e.optimizer()) || e.isSet(e.learningRate())),
                "an Optimizer is set, which has its own name and rate, and optimizer or learningRate, too; use one way");
        no(
                !model && e.getMetrics().length > 0,
                "metrics are those of a model function; a main function reports its own with NodeContext.report");
        no(
                !model && !e.getTagSet().equals("serve") && e.getTagSet().isBlank(),
                "tagSet must be what the main function exports with");
        no(
                model && !e.getTagSet().equals("serve"),
                "tagSet is " + e.getTagSet() + ", but a model function is exported with the tag serve; leave it");
        checkStopping(e, saved, files);
    }

    private static void checkStopping(TFEstimator e, boolean saved, boolean files) {
        boolean stops = !e.getEarlyStoppingMetric().isEmpty();
        no(
                stops && e.getValidationSplit() == 0 && !e.isSet(e.validationCol()),
                "earlyStoppingMetric looks at a validation; set validationCol or validationSplit");
        no(
                stops && e.getNumPs() > 0,
                "parameter servers are asynchronous: their workers cannot agree on when to stop early; set numPs to 0");
        no(
                !stops && (e.isSet(e.earlyStoppingPatience()) || e.isSet(e.earlyStoppingMode())),
                "earlyStoppingPatience and earlyStoppingMode need an earlyStoppingMetric");
        no(
                files
                        && saved
                        && (e.getResume() || e.getMaxRestarts() > 0)
                        && (e.getNumPs() > 0 || !(Checks.trigger(e.getCheckpointEvery()) instanceof Trigger.Epochs)),
                "with inputMode TENSORFLOW a training goes on at an epoch: checkpointEvery must be in epochs, and numPs 0");
    }

    private static void no(boolean wrong, String what) {
        if (wrong) {
            throw new IllegalArgumentException(what);
        }
    }

    /** Names of the columns that are no inputs of the model. */
    static List<String> ownColumns(TFEstimator e) {
        return List.of(
                e.isSet(e.validationCol()) ? e.getValidationCol() : "", e.isSet(e.weightCol()) ? e.getWeightCol() : "");
    }
}
