package io.tfcluster.training;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/**
 * Asynchronous: variables live on parameter servers, each worker changes them with its own gradients as it gets them.
 *
 * <p>Rank 0 gives the variables their first values, last of all the global step, whose presence tells the others that they may begin,
 * and tells a rank 0 that was started again that there is nothing to do. The learning rate is that of the global step this worker saw
 * last.
 */
final class ParameterServerStrategy implements Strategy {
    private static final long POLL_MILLIS = 100;

    private final TrainGraph graph;
    private final TrainerConfig config;
    private final ParameterServers servers;
    private final Graph placed;
    private final TrainSession session;
    private final Feeds feeds;
    private final List<String> needed;
    private final Tally tally;
    private long step;

    ParameterServerStrategy(TrainGraph graph, TrainerConfig config, ParameterServers servers) {
        this.graph = graph;
        this.config = config;
        this.servers = servers;
        graph.addOwnUpdate(config.stopOnBadLoss());
        this.feeds = new Feeds(graph.specs(), graph.placeholders());
        this.needed = graph.neededFor(List.of(TrainGraph.TALLY));
        this.tally = graph.trainingTally();
        this.placed = PlacedGraph.of(graph, servers);
        try {
            this.session = TrainSession.open(placed, servers.target(), sessionConfig(), config.stepTimeout());
        } catch (RuntimeException e) {
            placed.close();
            throw e;
        }
    }

    private ConfigProto sessionConfig() {
        return ConfigProto.newBuilder()
                .setIntraOpParallelismThreads(config.intraOpThreads())
                .setInterOpParallelismThreads(config.interOpThreads())
                .addDeviceFilters("/job:ps")
                .addDeviceFilters("/job:" + servers.job() + "/task:" + servers.index())
                .build();
    }

    /** Gives the variables their first values, or waits until rank 0 has. */
    @Override
    public Optional<SavedCheckpoint> initialise(Supplier<Optional<SavedState>> saved) {
        Optional<SavedCheckpoint> restored = Optional.empty();
        long deadline = System.nanoTime() + config.peerTimeout().toNanos();
        while (!initialised()) {
            if (servers.initialises()) {
                restored = assign(saved);
                break;
            }
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException(self() + " waited " + config.peerTimeout()
                        + " for rank 0 to initialise the variables on the parameter servers");
            }
            pause();
        }
        step = readStep();
        return restored;
    }

    private boolean initialised() {
        try (Result result = run("asking for the variables", Map.of(), List.of(TrainGraph.INITIALISED), List.of())) {
            return ((TBool) result.get(0)).getBoolean();
        }
    }

    /** The global step comes last, since its presence tells the others that they may begin. */
    private Optional<SavedCheckpoint> assign(Supplier<Optional<SavedState>> saved) {
        try (TFloat32 values = Tensor.of(TFloat32.class, Shape.of(graph.elements()))) {
            InitialValues.write(graph, config, values);
            run(
                            "initialising the variables",
                            Map.of(FlatVariables.IN, values),
                            List.of(),
                            List.of(FlatVariables.ASSIGN, TrainGraph.INITIALISE_SLOTS))
                    .close();
        }
        Optional<SavedCheckpoint> restored = restore(saved);
        if (restored.isEmpty()) {
            run("initialising the global step", Map.of(), List.of(), List.of(TrainGraph.INITIALISE_STEP))
                    .close();
        }
        return restored;
    }

    @Override
    public Optional<SavedCheckpoint> restore(Supplier<Optional<SavedState>> saved) {
        Optional<SavedState> found = servers.initialises() ? saved.get() : Optional.empty();
        if (found.isEmpty()) {
            return Optional.empty();
        }
        try (SavedState state = found.get()) {
            graph.state().assign(session, state.tensors(), self());
            step = state.checkpoint().step();
            return Optional.of(state.checkpoint());
        }
    }

    /** Workers are at different steps here, so each knows of itself only. */
    @Override
    public List<String> gather(String mine) {
        return List.of(mine);
    }

    /** Nobody waits for rank 0. */
    @Override
    public void alone(String phase, Runnable work) {
        if (servers.initialises()) {
            work.run();
        }
    }

    /** There is nothing to wait on: TensorFlow's servers tell nobody that a variable appeared. */
    private void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(self() + " was interrupted while waiting for rank 0 to initialise", e);
        }
    }

    private long readStep() {
        try (Result result = run("reading the global step", Map.of(), List.of(TrainGraph.STEP), List.of())) {
            return ((TInt64) result.get(0)).getLong();
        }
    }

    @Override
    public void fit(BatchSource source, FitCourse course) {
        Stopwatch watch = new Stopwatch();
        boolean ended = false;
        while (!ended && !course.over(step)) {
            watch.lap();
            try (TrainingBatch batch = source.next(config.batchSize(), () -> false)) {
                Duration feedWait = watch.lap();
                course.waited(feedWait);
                ended = batch.endOfData();
                if (batch.rows() > 0) {
                    step(batch, feedWait, watch, course);
                }
                if (batch.endOfEpoch() || ended) {
                    course.epochEnded(batch.epoch());
                }
            }
        }
    }

    private void step(TrainingBatch batch, Duration feedWait, Stopwatch watch, FitCourse course) {
        Map<String, Tensor> fed = feeds.of(batch.inputs(), batch.rows(), needed);
        try (TFloat32 rate = TFloat32.scalarOf(config.optimizer().schedule().at(step));
                TFloat32 rows = TFloat32.scalarOf(batch.rows());
                TInt64 drawn = TInt64.scalarOf(step)) {
            fed.put(TrainGraph.RATE, rate);
            fed.put(TrainGraph.ROWS, rows);
            fed.put(TrainGraph.RANDOM_STEP, drawn);
            List<String> fetches = new ArrayList<>(List.of(TrainGraph.TALLY, TrainGraph.STEP_AFTER));
            fetches.addAll(course.summaries().pictures(step + 1));
            try (Result result = run("the step after global step " + step, fed, fetches, List.of(TrainGraph.APPLY))) {
                double[] sums = Tally.read((TFloat32) result.get(0));
                step = ((TInt64) result.get(1)).getLong();
                if (fetches.size() > 2) {
                    course.summaries().pictures(step, result, 2);
                }
                course.stepped(
                        new StepInfo(
                                step,
                                batch.epoch(),
                                batch.rows(),
                                batch.rows(),
                                Tally.loss(sums),
                                tally.metrics(sums),
                                feedWait,
                                watch.lap(),
                                Duration.ZERO),
                        sums,
                        course.due());
            }
        }
    }

    private Result run(String doing, Map<String, ? extends Tensor> fed, List<String> fetched, List<String> targets) {
        try {
            return session.run(doing + " on " + self(), fed, fetched, targets);
        } catch (IllegalArgumentException e) {
            if (String.valueOf(e.getMessage()).contains("bad loss")) {
                throw new IllegalStateException(
                        "the loss after global step " + step + " is NaN or infinite on " + self()
                                + "; its update was not applied. Lower the learning rate or look at the rows;"
                                + " stopOnBadLoss(false) goes on nevertheless.",
                        e);
            }
            throw e;
        }
    }

    @Override
    public boolean stepsTogether() {
        return false;
    }

    @Override
    public boolean ownsVariables() {
        return servers.initialises();
    }

    @Override
    public TrainSession session() {
        return session;
    }

    @Override
    public long step() {
        return step;
    }

    /** Workers end at different times here, so each reports what it saw itself. */
    @Override
    public void reduce(double[] sums) {}

    @Override
    public String self() {
        return servers.task();
    }

    @Override
    public boolean release() {
        if (session.release()) {
            placed.close();
        }
        return true; // the trainer's graph is another one
    }
}
