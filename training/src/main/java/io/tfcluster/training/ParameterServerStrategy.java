package io.tfcluster.training;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.tensorflow.Result;
import org.tensorflow.Tensor;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TString;

/**
 * Asynchronous: variables live on parameter servers, each worker changes them with its own gradients as it gets them.
 *
 * <p>Rank 0 gives the variables their first values, last of all the {@link PsMarks}, which tell the others that they may begin, and a
 * rank 0 that was started again that there is nothing to do. The learning rate is that of the global step this worker saw last. A batch
 * whose step failed because a parameter server died is computed again when it came back. A worker that is killed in the middle of its
 * update may leave a part of its own gradient applied: servers do not wait for each other here, as TensorFlow's own do not.
 */
final class ParameterServerStrategy extends PsStrategy {
    private long step;

    ParameterServerStrategy(TrainGraph graph, TrainerConfig config, ParameterServers servers) {
        super(graph, config, servers, withUpdate(graph, config, servers));
    }

    private static PsPositions withUpdate(TrainGraph graph, TrainerConfig config, ParameterServers servers) {
        PsPositions positions = new PsPositions(graph, servers);
        positions.addOwnUpdate(graph, config.stopOnBadLoss());
        return positions;
    }

    @Override
    public Optional<SavedCheckpoint> initialise(Supplier<Optional<SavedState>> saved) {
        Optional<SavedCheckpoint> restored = begin(saved, List.of());
        meeting.since(connection.mark());
        step = connection.readStep();
        return restored;
    }

    @Override
    public Optional<SavedCheckpoint> restore(Supplier<Optional<SavedState>> saved) {
        Optional<SavedCheckpoint> restored =
                servers.initialises() ? connection.restoreAgain(saved, List.of()) : Optional.empty();
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
        String begun = position(source);
        if (!begun.isEmpty()) {
            positions.write(connection, begun);
        }
        while (!ended && !course.over(step)) {
            watch.lap();
            try (TrainingBatch batch = source.next(config.batchSize(), () -> false)) {
                Duration feedWait = watch.lap();
                course.waited(feedWait);
                ended = batch.endOfData();
                if (batch.rows() > 0) {
                    stepUntilDone(batch, position(source), feedWait, watch, course);
                }
                if (batch.endOfEpoch() || ended) {
                    course.epochEnded(batch.epoch());
                }
            }
        }
        String last = position(source);
        if (!last.isEmpty()) {
            positions.write(connection, last);
        }
    }

    /** Where the source is, if that is ever saved. */
    private String position(BatchSource source) {
        return config.checkpoints().isPresent() ? source.position() : "";
    }

    private void stepUntilDone(
            TrainingBatch batch, String position, Duration feedWait, Stopwatch watch, FitCourse course) {
        while (true) {
            double[] sums;
            try {
                sums = step(batch, position, course);
            } catch (IllegalStateException e) {
                if (!connection.isLost(e)) {
                    throw e;
                }
                if (servers.initialises()) {
                    connection.reopenAndRestore(e, List.of());
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
    private double[] step(TrainingBatch batch, String position, FitCourse course) {
        Map<String, Tensor> fed = feeds.of(batch.inputs(), batch.rows(), needed);
        try (TFloat32 rate = TFloat32.scalarOf(config.optimizer().schedule().at(step));
                TFloat32 rows = TFloat32.scalarOf(batch.rows());
                TString after = TString.scalarOf(position);
                TInt64 drawn = TInt64.scalarOf(step)) {
            fed.put(PsPositions.OWN, after);
            fed.put(TrainGraph.RATE, rate);
            fed.put(TrainGraph.ROWS, rows);
            fed.put(TrainGraph.RANDOM_STEP, drawn);
            List<String> fetches = new ArrayList<>(List.of(TrainGraph.TALLY, TrainGraph.STEP_AFTER));
            fetches.addAll(course.summaries().pictures(step + 1));
            try (Result result = run("the step after global step " + step, fed, fetches)) {
                step = ((TInt64) result.get(1)).getLong();
                if (fetches.size() > 2) {
                    course.summaries().pictures(step, result, 2);
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
    public SavedState snapshot(StateGraph state, SavedCheckpoint standing) {
        return positions.snapshot(connection, state, standing);
    }

    @Override
    public boolean stepsTogether() {
        return false;
    }

    @Override
    public long step() {
        return step;
    }
}
