package io.tfcluster.training;

import static java.util.Objects.requireNonNull;

import io.tfcluster.training.ring.Ring;
import io.tfcluster.training.ring.RingException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Tensor;
import org.tensorflow.types.TFloat32;

/**
 * Teaches a model with the rows of one process, together with its peers.
 *
 * <p>Made by {@link #allReduce} or {@link #parameterServer}, which return when the variables have their first values; whoever got it
 * closes it. One thread at a time trains, evaluates, predicts and exports; {@link #close()} may come from another thread and ends what
 * is running. The ring it was given stays the caller's; close it when training fails, so that the peers hear of it at once.
 *
 * <pre>{@code
 * TrainerConfig config = TrainerConfig.builder(Optimizer.adam(0.001)).batchSize(64).build();
 * try (Trainer trainer = Trainer.allReduce(model, inputs, config, ring, TrainingListener.none())) {
 *     trainer.fit(batches);
 *     double accuracy = trainer.evaluate(testBatches).get("accuracy");
 *     trainer.exportSavedModel(Path.of("flowers-model"));
 * }
 * }</pre>
 */
public final class Trainer implements AutoCloseable {
    private static final String NOT_TOGETHER =
            "workers of asynchronous parameter servers, or with backup workers, do not step together: ";

    private final ModelFunction model;
    private final TrainerConfig config;
    private final TrainGraph graph;
    private final TrainingListener listener;
    private final Strategy strategy;
    private final Evaluation evaluation;
    private final Prediction prediction;
    private final @Nullable Checkpoints checkpoints;
    private final TrainingSummaries summaries;
    private final AtomicBoolean closed = new AtomicBoolean();

    private Trainer(
            ModelFunction model,
            TrainerConfig config,
            TrainGraph graph,
            int rank,
            TrainingListener listener,
            Strategy strategy) {
        this.model = model;
        this.config = config;
        this.graph = graph;
        this.listener = listener;
        this.strategy = strategy;
        Feeds feeds = new Feeds(graph.specs(), graph.placeholders());
        this.evaluation = new Evaluation(graph, strategy, feeds, config.batchSize());
        this.prediction = new Prediction(graph, strategy, feeds);
        this.checkpoints = config.checkpoints()
                .map(each -> new Checkpoints(each, config, graph.state(), strategy))
                .orElse(null);
        this.summaries = new TrainingSummaries(config, graph, rank, () -> BestVariables.read(strategy));
    }

    /**
     * Makes a trainer whose updates are the mean over the rows of all workers: what one process would do with the joined batch.
     *
     * <p>All workers of the ring call this at the same time, with the same model and config.
     *
     * @param inputs columns of the batches; the model may use some of them only
     * @throws IllegalArgumentException if the model function does not fit the inputs, or cannot be learned
     * @throws RingException if a peer is gone
     */
    public static Trainer allReduce(
            ModelFunction model, List<InputSpec> inputs, TrainerConfig config, Ring ring, TrainingListener listener) {
        requireNonNull(ring, "ring");
        TrainGraph graph = new TrainGraph(model, inputs, config, ring.rank());
        return start(model, config, graph, ring.rank(), listener, () -> new AllReduceStrategy(graph, config, ring));
    }

    /**
     * Makes a trainer that shares its variables with others on parameter servers: without waiting for them, or with one update a step, see
     * {@link TrainerConfig.Builder#synchronousServers}.
     *
     * <p>When a parameter server dies, training waits up to peerTimeout for one at the same address. One that is frozen or cut off ends it
     * after stepTimeout, with an error that names it; make a new trainer then. Whoever comes after a worker that died finds a whole step
     * on synchronous servers. On asynchronous ones a worker that is killed in the middle of its own update may leave a part of that update.
     *
     * @param inputs columns of the batches; the model may use some of them only
     * @param servers this process's own server and place
     * @throws IllegalArgumentException if the model function does not fit the inputs, or cannot be learned
     * @throws IllegalStateException if a parameter server does not answer, or rank 0 does not initialise in time
     */
    public static Trainer parameterServer(
            ModelFunction model,
            List<InputSpec> inputs,
            TrainerConfig config,
            ParameterServers servers,
            TrainingListener listener) {
        PsPartition partition = new PsPartition(servers.count(), config.partitionBytes());
        TrainGraph graph = new TrainGraph(model, inputs, config, servers.rank(), partition);
        return start(
                model,
                config,
                graph,
                servers.rank(),
                listener,
                () -> config.synchronousServers()
                        ? new PsSyncStrategy(graph, config, servers)
                        : new ParameterServerStrategy(graph, config, servers));
    }

    /** Makes the strategy, gives the variables their first values, and undoes what was made if one of them fails. */
    private static Trainer start(
            ModelFunction model,
            TrainerConfig config,
            TrainGraph graph,
            int rank,
            TrainingListener listener,
            Supplier<? extends Strategy> maker) {
        Strategy strategy;
        try {
            strategy = maker.get();
        } catch (RuntimeException e) {
            graph.close();
            throw e;
        }
        Trainer trainer = new Trainer(model, config, graph, rank, listener, strategy);
        try {
            trainer.initialise();
            return trainer;
        } catch (RuntimeException e) {
            trainer.close();
            throw e;
        }
    }

    private void initialise() {
        Checkpoints saved = checkpoints;
        if (saved == null) {
            strategy.initialise(Optional::empty);
        } else {
            strategy.initialise(saved::first).ifPresent(saved::restored);
            strategy.restoreLostFrom(saved::newest);
        }
    }

    /**
     * Returns the checkpoint that this training goes on from: feed it the rows that come after its positions. Empty if it began anew. A
     * worker that comes to asynchronous parameter servers while others train finds the positions of now in it.
     */
    public Optional<SavedCheckpoint> restored() {
        return checkpoints().flatMap(Checkpoints::restored);
    }

    /** What saves this training, if it is saved. */
    Optional<Checkpoints> checkpoints() {
        return Optional.ofNullable(checkpoints);
    }

    /**
     * Trains until the rows end, with all-reduce those of all workers, or until the config's last step; then it terminates the source. If
     * the config has checkpoints, the training is saved when their trigger says so, and at the end.
     *
     * @throws IllegalArgumentException if a batch does not fit the inputs
     * @throws IllegalStateException if a run fails or takes too long, or the loss is NaN or infinite
     * @throws RingException if a peer is gone or hangs; the trainer's variables are those of the last whole step
     */
    public TrainingSummary fit(BatchSource source) {
        return fit(source, FitOptions.none());
    }

    /**
     * As {@link #fit(BatchSource)}, with validations, early stopping and whatever else the options ask for. All workers give the same
     * options.
     *
     * <p>If something is asked for between epochs, a worker that has had its rows of an epoch waits until all have: the epochs do not mix.
     * Workers that do not step together, those of asynchronous parameter servers and those with backup workers, do not wait: each validates
     * its own rows at the end of its own epoch. {@link #evaluate} is over the rows of all there too.
     *
     * @throws IllegalArgumentException also if workers that do not step together are asked for early stopping, or to validate at steps
     */
    public TrainingSummary fit(BatchSource source, FitOptions options) {
        checkOpen();
        checkCommon(options);
        try (StoppingRule stopping =
                new StoppingRule(options.earlyStopping().orElse(null), new BestVariables(strategy))) {
            FitCourse course = new FitCourse(
                    options,
                    config.maxSteps(),
                    listener,
                    graph.trainingTally(),
                    stopping,
                    summaries,
                    rows -> during("evaluating", () -> evaluation.ofOneEpoch(rows), "training"));
            listener.phase("training");
            summaries.begin(strategy.step());
            Runnable save = () -> checkpoints().ifPresent(saved -> save(saved, course, source));
            checkpoints().ifPresent(saved -> course.add(saved.every(), save));
            strategy.fit(source, course);
            save.run();
            stopping.finish();
            listener.phase("trained");
            summaries.end();
            if (course.over(strategy.step())) {
                source.terminate();
            }
            return course.summary(strategy.step());
        }
    }

    private void save(Checkpoints saved, FitCourse course, BatchSource source) {
        listener.phase("saving");
        saved.save(strategy.step(), course.moment().epoch(), course.measured(), source.position());
        listener.phase("training");
    }

    private <T> T during(String phase, Supplier<T> work, String after) {
        listener.phase(phase);
        T result = work.get();
        listener.phase(after);
        return result;
    }

    private void checkCommon(FitOptions options) {
        if (strategy.stepsTogether()) {
            return;
        }
        options.validation().ifPresent(validation -> {
            if (!(validation.trigger() instanceof Trigger.Epochs)) {
                throw new IllegalArgumentException(
                        NOT_TOGETHER + "validate with Trigger.epochs, not " + validation.trigger());
            }
        });
        options.earlyStopping().ifPresent(stopping -> {
            throw new IllegalArgumentException(NOT_TOGETHER
                    + "each validates its own rows, so they cannot agree when metric \"" + stopping.metric()
                    + "\" ends the training; use all-reduce or TrainerConfig.synchronousServers(0)");
        });
    }

    /** Returns how many updates the variables have had. */
    public long step() {
        return strategy.step();
    }

    /**
     * Returns the means of "loss" and the model's metrics over all rows, without learning.
     *
     * <p>Over the rows of all workers, who all must call this; it waits for them, up to the config's peerTimeout.
     *
     * @return NaN for all if there were no rows
     * @throws IllegalStateException if the model has no loss and no metrics when it does not train
     */
    public Map<String, Double> evaluate(BatchSource source) {
        checkOpen();
        Map<String, Double> found = during("evaluating", () -> evaluation.ofAll(source), "evaluated");
        summaries.validation(strategy.step(), found);
        return found;
    }

    /**
     * Returns the model's predictions.
     *
     * @param inputs tensors of shape [rows, …] by input name; those that predictions do not need may be left out
     * @return by prediction name, one entry per row; the caller closes them
     * @throws IllegalArgumentException if an input is missing or does not fit, or a prediction has another number of rows
     */
    public Map<String, Tensor> predict(Map<String, ? extends Tensor> inputs) {
        checkOpen();
        return prediction.of(inputs);
    }

    /**
     * Writes a SavedModel. All workers that share the variables call it; rank 0 writes, and all return when it is written, or learn why not.
     *
     * @throws IllegalArgumentException on rank 0 if the folder has something in it, or a signature does not fit the model
     * @throws IllegalStateException on the other ranks if rank 0 failed; the message has its cause
     */
    public void export(ExportConfig export) {
        checkOpen();
        strategy.alone("the export to " + export.folder(), () -> write(export));
    }

    /**
     * Writes a SavedModel from this process, without the others, whose "serving_default" signature takes the inputs that the predictions
     * need. With several workers, {@link #export} is the better way: it tells all of success or failure.
     *
     * @param directory to make; it must not exist, or be empty
     * @throws IllegalArgumentException if the directory has something in it
     */
    public void exportSavedModel(Path directory) {
        exportSavedModel(directory, ServingFunction.ofModel());
    }

    /**
     * As {@link #exportSavedModel(Path)}, with a signature that takes the inputs that {@code serving} declares.
     *
     * @param directory to make; it must not exist, or be empty
     * @throws IllegalArgumentException if the directory has something in it, or an input that predictions need is not given
     */
    public void exportSavedModel(Path directory, ServingFunction serving) {
        checkOpen();
        write(ExportConfig.to(directory.toString()).signature(ExportConfig.DEFAULT_SIGNATURE, serving));
    }

    private void write(ExportConfig export) {
        prediction.names();
        listener.phase("exporting");
        Set<String> names =
                graph.variables().stream().map(each -> each.whole().name()).collect(Collectors.toSet());
        Map<String, Tensor> values =
                graph.state().read(strategy.session(), strategy.self(), stored -> names.contains(stored.name()));
        try {
            new SavedModelWriter(model, graph.specs(), config, export).write(values);
            listener.phase("exported");
        } finally {
            values.values().forEach(Tensor::close);
        }
    }

    /** Returns all variables one after the other; the caller closes the tensor. */
    TFloat32 variables() {
        return BestVariables.read(strategy);
    }

    /** Returns the names of the variables, those in parts as one, in the order of {@link #variables()}. */
    List<String> variableNames() {
        return new ArrayList<>(graph.variables().stream()
                .map(variable -> variable.whole().name())
                .distinct()
                .toList());
    }

    Strategy strategy() {
        return strategy;
    }

    private void checkOpen() {
        if (closed.get()) {
            throw new IllegalStateException("the trainer of " + strategy.self() + " is closed");
        }
    }

    /**
     * Ends what is running and frees graph and session. Takes milliseconds, at most 3 s; 40 s more if summaries go to a store that does not
     * answer.
     */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        if (strategy.release()) {
            graph.close();
        }
        summaries.close(); // after the run that it may be waiting for
    }
}
