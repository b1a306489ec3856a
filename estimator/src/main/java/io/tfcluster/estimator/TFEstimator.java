package io.tfcluster.estimator;

import static java.util.Objects.requireNonNull;

import io.tfcluster.ClusterListener;
import io.tfcluster.TFMain;
import io.tfcluster.training.ExportConfig;
import io.tfcluster.training.ModelFunction;
import io.tfcluster.training.Optimizer;
import java.util.List;
import java.util.Optional;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * Learns a TensorFlow model from the rows of a DataFrame, on a cluster of TensorFlow processes on the application's executors: a stage of
 * Spark ML pipelines.
 *
 * <p>It has a {@link ModelFunction}, or a main function of the user's that each process runs. {@link #fit} checks rows, model and Params against
 * each other, waits for as many free task slots as the cluster has processes, trains, has the model exported, ends the cluster, and gives a
 * {@link TFModel} on the export. Columns meet the model's inputs by {@code inputMapping}, or by equal names; types follow the model:
 * doubles become floats, and whole ones integers, where it asks for them.
 *
 * <p>In a search over parameters, several trainings may run side by side: each waits, in the order of the calls, until there are slots for all its
 * processes. A fit with a ParamMap, as {@code CrossValidator} makes them, has folders of its own below exportDir, modelDir and tfrecordDir.
 * One that fails throws a {@link TrainingException} with its parameters; after {@code setFailedTrial("skip")} it gives a model instead, whose
 * predictions are as bad as can be, so that the search goes on: see {@link SkippingEvaluator}.
 *
 * <p>Not safe for use by several threads while it is changed; {@link #fit} may be called by several.
 *
 * <pre>{@code
 * TFModel model = new TFEstimator(Blobs::model)
 *         .setClusterSize(2)
 *         .setInputMapping(Map.of("features", "x", "class", "label"))
 *         .setEpochs(10)
 *         .setPredictionCol("prediction")
 *         .fit(rows);
 * }</pre>
 */
public final class TFEstimator extends EstimatorStage implements MLWritable {
    private static final long serialVersionUID = 1L;

    private Work work;
    private @Nullable ParamMap trial;
    private transient @Nullable ClusterListener listener;

    /** Makes an estimator that is given what to learn by {@link #setModelFunction} or {@link #setMain}. */
    public TFEstimator() {
        this(Identifiable$.MODULE$.randomUID("TFEstimator"));
    }

    /** Makes an estimator with an id of its own, which is given what to learn later. */
    public TFEstimator(String uid) {
        this(uid, Work.NONE);
    }

    /** Makes an estimator that learns a model. */
    public TFEstimator(ModelFunction model) {
        this(Identifiable$.MODULE$.randomUID("TFEstimator"), Work.NONE.withModel(requireNonNull(model, "model")));
    }

    /** Makes an estimator whose processes run a main function, which learns and exports by itself; see {@link FitArgs}. */
    public TFEstimator(TFMain<FitArgs> main) {
        this(Identifiable$.MODULE$.randomUID("TFEstimator"), Work.NONE.withMain(requireNonNull(main, "main")));
    }

    TFEstimator(String uid, Work work) {
        super(uid);
        this.work = work;
    }

    /** Sets the model to learn, in place of another one or of a main function. */
    public TFEstimator setModelFunction(ModelFunction function) {
        work = work.withModel(requireNonNull(function, "function"));
        return this;
    }

    /** Sets the main function of the processes, in place of another one or of a model. */
    public TFEstimator setMain(TFMain<FitArgs> main) {
        work = work.withMain(requireNonNull(main, "main"));
        return this;
    }

    /** Sets an optimizer with all its constants, in place of the Params {@code optimizer} and {@code learningRate}. */
    public TFEstimator setOptimizer(Optimizer optimizer) {
        work = work.withOptimizer(requireNonNull(optimizer, "optimizer"));
        return this;
    }

    /**
     * Adds signatures and files to the SavedModel of a model function, for other programs: one that takes JPEG files, say. The folder given here
     * does not count. The {@link TFModel} asks the signature {@code signatureDefKey}, which must take the model's own inputs.
     */
    public TFEstimator setExport(ExportConfig export) {
        work = work.withExport(requireNonNull(export, "export"));
        return this;
    }

    /** Sets who hears of the clusters' events, on the driver; it is neither saved nor sent anywhere. */
    public TFEstimator setListener(ClusterListener events) {
        listener = requireNonNull(events, "events");
        return this;
    }

    /**
     * Trains.
     *
     * @throws IllegalArgumentException before anything starts, if Params, rows, model and folders do not fit each other
     * @throws TrainingException if the training fails; its cause is what the cluster threw
     */
    @Override
    public TFModel fit(Dataset<?> dataset) {
        transformSchema(dataset.schema());
        Fitting fitting = Fitting.prepare(this, dataset.toDF());
        FitSummary summary;
        try {
            summary = fitting.run();
        } catch (RuntimeException e) {
            return FittedModel.failed(this, fitting, e);
        }
        return FittedModel.of(this, fitting, summary);
    }

    /**
     * Checks that the columns that are named are there, and returns those of the model that will be, as far as they are known before any row
     * is seen.
     */
    @Override
    public StructType transformSchema(StructType schema) {
        return FittedModel.schema(this, schema);
    }

    @Override
    public TFEstimator copy(ParamMap extra) {
        TFEstimator copy = copyValues(new TFEstimator(uid(), work), extra);
        copy.listener = listener;
        copy.trial = extra.size() > 0 ? extra.filter(this) : trial;
        return copy;
    }

    @Override
    public TFEstimator self() {
        return this;
    }

    @Override
    public MLWriter write() {
        return new EstimatorFiles.Writer(this);
    }

    /** Returns what reads a saved estimator. */
    public static MLReader<TFEstimator> read() {
        return new EstimatorFiles.Reader();
    }

    /**
     * Reads a saved estimator, with its model or main function; the classes these came from must be on the class path. It runs code from the
     * folder, as Java deserialization does: load only what you trust.
     */
    public static TFEstimator load(String path) {
        return read().load(path);
    }

    Work work() {
        return work;
    }

    Optional<ClusterListener> listener() {
        return Optional.ofNullable(listener);
    }

    /** The parameters of this trial, if it is one of several trainings. */
    Optional<ParamMap> trial() {
        return Optional.ofNullable(trial);
    }

    Optimizer optimizerToUse() {
        Optimizer own = work.optimizer();
        return own != null ? own : Checks.optimizer(getOptimizer(), getLearningRate());
    }

    /** Names of the columns that are no inputs of the model. */
    List<String> ownColumns() {
        return FitChecks.ownColumns(this);
    }

    /** What it is called in logs: with the parameters of the trial. */
    String title() {
        return trial == null || trial.size() == 0 ? uid() : uid() + " with " + FittedModel.text(trial);
    }
}
