package io.tfcluster.training;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/**
 * Asynchronous: variables live on parameter servers, each worker changes them with its own gradients as it gets them.
 *
 * <p>Rank 0 gives the variables their first values, last of all the {@link PsMarks}, which tell the others that they may begin, and a
 * rank 0 that was started again that there is nothing to do. The learning rate is that of the global step this worker saw last. A batch
 * whose step failed because a parameter server died is computed again when it came back.
 */
final class ParameterServerStrategy implements Strategy {
    /** The number of the last fit that is to stop, counted by each worker from 1. */
    private static final String STOP = "train/stop";

    private static final String STOP_IN = "train/stop_in";
    private static final String REQUEST_STOP = "train/request_stop";
    private static final String INITIALISE_STOP = "train/initialise_stop";

    private final TrainerConfig config;
    private final ParameterServers servers;
    private final Graph placed;
    private final PsConnection connection;
    private final PsMeeting meeting;
    private final Feeds feeds;
    private final List<String> needed;
    private final Tally tally;
    private long step;
    private long fits;
    private boolean stopped;

    ParameterServerStrategy(TrainGraph graph, TrainerConfig config, ParameterServers servers) {
        this.config = config;
        this.servers = servers;
        graph.addOwnUpdate(config.stopOnBadLoss());
        addStop(graph);
        PsMarks.add(graph, servers.count());
        PsMeeting.add(graph, servers);
        this.feeds = new Feeds(graph.specs(), graph.placeholders());
        this.needed = graph.neededFor(List.of(TrainGraph.TALLY));
        this.tally = graph.trainingTally();
        this.meeting = new PsMeeting(servers, config.peerTimeout());
        this.placed = PlacedGraph.of(graph, servers);
        try {
            this.connection = new PsConnection(graph, placed, config, servers);
        } catch (RuntimeException e) {
            placed.close();
            throw e;
        }
    }

    private static void addStop(TrainGraph graph) {
        Ops train = graph.train();
        VarHandleOp stop = graph.helper(StateGraph.OWN + "stop_after", "", TInt64.class, Shape.scalar());
        train.withName("stop").readVariableOp(stop, TInt64.class);
        graph.group("initialise_stop", List.of(train.assignVariableOp(stop, train.constant(0L))));
        graph.group(
                "request_stop",
                List.of(train.assignVariableOp(
                        stop, train.withName("stop_in").placeholder(TInt64.class, Placeholder.shape(Shape.scalar())))));
    }

    @Override
    public Optional<SavedCheckpoint> initialise(Supplier<Optional<SavedState>> saved) {
        Optional<SavedCheckpoint> restored = connection.initialise(saved, List.of(INITIALISE_STOP));
        step = connection.readStep();
        return restored;
    }

    @Override
    public Optional<SavedCheckpoint> restore(Supplier<Optional<SavedState>> saved) {
        Optional<SavedCheckpoint> restored = servers.initialises() ? connection.restore(saved) : Optional.empty();
        restored.ifPresent(checkpoint -> step = checkpoint.step());
        return restored;
    }

    /** Workers are at different steps here, so each knows of itself only. */
    @Override
    public List<String> gather(String mine) {
        return List.of(mine);
    }

    @Override
    public void fit(BatchSource source, FitCourse course) {
        Stopwatch watch = new Stopwatch();
        boolean ended = false;
        stopped = false;
        fits++;
        while (!ended && !stopped && !course.over(step)) {
            watch.lap();
            try (TrainingBatch batch = source.next(config.batchSize(), () -> false)) {
                Duration feedWait = watch.lap();
                course.waited(feedWait);
                ended = batch.endOfData();
                if (batch.rows() > 0) {
                    stepUntilDone(batch, feedWait, watch, course);
                }
                if (batch.endOfEpoch() || ended) {
                    course.epochEnded(batch.epoch());
                }
            }
        }
    }

    private void stepUntilDone(TrainingBatch batch, Duration feedWait, Stopwatch watch, FitCourse course) {
        while (true) {
            double[] sums;
            try {
                sums = step(batch, course);
            } catch (IllegalStateException e) {
                if (!connection.isLost(e)) {
                    throw e;
                }
                if (servers.initialises()) {
                    connection.reopenAndRestore(e, List.of(INITIALISE_STOP));
                } else {
                    connection.reopen(e, () -> {});
                }
                step = connection.readStep();
                continue;
            }
            StepInfo info = new StepInfo(
                    step,
                    batch.epoch(),
                    batch.rows(),
                    batch.rows(),
                    Tally.loss(sums),
                    tally.metrics(sums),
                    feedWait,
                    watch.lap(),
                    Duration.ZERO);
            course.stepped(info, sums, course.due());
            return;
        }
    }

    /** Returns the tally's sums of the batch. */
    private double[] step(TrainingBatch batch, FitCourse course) {
        Map<String, Tensor> fed = feeds.of(batch.inputs(), batch.rows(), needed);
        try (TFloat32 rate = TFloat32.scalarOf(config.optimizer().schedule().at(step));
                TFloat32 rows = TFloat32.scalarOf(batch.rows());
                TInt64 drawn = TInt64.scalarOf(step)) {
            fed.put(TrainGraph.RATE, rate);
            fed.put(TrainGraph.ROWS, rows);
            fed.put(TrainGraph.RANDOM_STEP, drawn);
            List<String> fetches = new ArrayList<>(List.of(TrainGraph.TALLY, TrainGraph.STEP_AFTER, STOP));
            fetches.addAll(course.summaries().pictures(step + 1));
            try (Result result = run("the step after global step " + step, fed, fetches)) {
                step = ((TInt64) result.get(1)).getLong();
                stopped |= ((TInt64) result.get(2)).getLong() >= fits;
                if (fetches.size() > 3) {
                    course.summaries().pictures(step, result, 3);
                }
                return Tally.read((TFloat32) result.get(0));
            }
        }
    }

    private Result run(String doing, Map<String, ? extends Tensor> fed, List<String> fetched) {
        try {
            return connection.run(doing, fed, fetched, List.of(TrainGraph.APPLY));
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
    public void requestStop() {
        stopped = true;
        try (TInt64 fit = TInt64.scalarOf(fits)) {
            connection
                    .run("asking all workers to stop", Map.of(STOP_IN, fit), List.of(), List.of(REQUEST_STOP))
                    .close();
        }
    }

    @Override
    public void restoreLostFrom(Supplier<Optional<SavedState>> newest) {
        connection.restoreLostFrom(newest);
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
        return connection.session();
    }

    @Override
    public long step() {
        return step;
    }

    @Override
    public void reduce(double[] sums) {
        meeting.sum(connection, "adding up sums", sums, "");
    }

    @Override
    public void alone(String phase, Runnable work) {
        meeting.alone(connection, phase, work);
    }

    @Override
    public String self() {
        return servers.task();
    }

    @Override
    public boolean release() {
        if (connection.release()) {
            placed.close();
        }
        return true; // the trainer's graph is another one
    }
}
