package io.tfcluster.training;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Result;
import org.tensorflow.Tensor;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/**
 * Synchronous: variables live on parameter servers, which make one update of the gradients of all workers, weighted by rows.
 *
 * <p>A worker puts its gradients on the servers, announces them to rank 0's {@link PsAggregator} and waits for its answer. One that has no
 * rows yet joins when another one has come with some, see {@link BatchSource#next}; one whose rows ended only listens. Gradients that came
 * too late for their step are computed again for the next one, so that each row is learned once.
 */
final class PsSyncStrategy extends PsStrategy {
    private static final long ASK_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    /** How long the answer to a greeting is waited for before the next one; each time twice as long. */
    private static final Duration FIRST_GREETING = Duration.ofSeconds(1);

    private final PsMailbox answers;
    /** Rank 0's. */
    final @Nullable PsJournal journal;

    private @Nullable PsAggregator aggregator;
    private long step;
    private long fits;
    private long number = ThreadLocalRandom.current().nextLong(Long.MAX_VALUE / 2);
    private long asked;
    private long started = -1;

    PsSyncStrategy(TrainGraph graph, TrainerConfig config, ParameterServers servers) {
        this(graph, config, servers, withUpdate(graph, config, servers));
    }

    private PsSyncStrategy(
            TrainGraph graph, TrainerConfig config, ParameterServers servers, @Nullable PsJournal journal) {
        super(graph, config, servers, new PsPositions(graph, servers));
        this.answers = PsSyncGraph.tokens(servers.rank());
        this.journal = journal;
    }

    private static @Nullable PsJournal withUpdate(TrainGraph graph, TrainerConfig config, ParameterServers servers) {
        if (config.backupWorkers() >= servers.workers()) {
            throw new IllegalArgumentException("backupWorkers " + config.backupWorkers() + " leaves no worker of "
                    + servers.workers() + " to wait for");
        }
        return PsSyncGraph.add(graph, servers);
    }

    @Override
    public Optional<SavedCheckpoint> initialise(Supplier<Optional<SavedState>> saved) {
        Optional<SavedCheckpoint> restored = begin(saved, PsAggregator.INITIALISE);
        if (journal != null) {
            journal.takeOver(connection);
            if (connection.attached()) {
                connection.renewMark();
            }
            aggregator = PsAggregator.start(connection.another(), servers, config, journal);
        }
        greet();
        meeting.since(connection.mark());
        step = connection.readStep();
        return restored;
    }

    /**
     * Waits until rank 0's aggregator lives: only then the variables are sure to be those of a whole step. Greets it more than once, for one
     * that has just gone, or a session that was lost, may have left a run on the servers that takes one letter more.
     */
    private void greet() {
        number++;
        PsLetter greeting = new PsLetter(new long[] {servers.rank(), number}, new double[0], PsSyncGraph.GREETING);
        long start = System.nanoTime();
        Duration pause = FIRST_GREETING;
        boolean answered = false;
        while (!answered) {
            PsMailbox.put(connection, "greeting rank 0", Map.of(PsSyncGraph.PUSHES, greeting));
            Duration left = config.peerTimeout().minusNanos(System.nanoTime() - start);
            if (pause.compareTo(left) >= 0) {
                await(left.isNegative() ? Duration.ofMillis(1) : left);
                answered = true;
            } else {
                answered = isGreeted(pause);
                pause = pause.multipliedBy(2);
            }
        }
        connection.readMark();
    }

    private boolean isGreeted(Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        while (true) {
            long left = Math.max(1_000_000, deadline - System.nanoTime());
            try {
                PsLetter letter = answers.take(connection, "waiting for rank 0's greeting", Duration.ofNanos(left));
                if (PsToken.of(letter).number() == number) { // others are answers to who was here before
                    return true;
                }
            } catch (IllegalStateException e) {
                if (TensorFlowErrors.isTimeout(e)) {
                    return false;
                }
                throw e;
            }
        }
    }

    /** Rank 0 sets the servers' variables and tells the others what it took them from. */
    @Override
    public Optional<SavedCheckpoint> restore(Supplier<Optional<SavedState>> saved) {
        String[] header = {""};
        meeting.alone(
                connection,
                "restoring a checkpoint",
                () -> connection
                        .restoreAgain(saved, List.of(PsJournal.FORGET))
                        .ifPresent(checkpoint -> header[0] = PsPositions.text(checkpoint)));
        String told =
                meeting.texts(connection, "telling of a checkpoint", header[0]).get(0);
        if (told.isEmpty()) {
            return Optional.empty();
        }
        step = connection.readStep();
        if (aggregator != null) {
            aggregator.steppedTo(step);
        }
        return PsPositions.parse(told);
    }

    /** With backup workers, workers are at different steps, so each knows of itself only. */
    @Override
    public List<String> gather(String mine) {
        if (!stepsTogether()) {
            return List.of(mine);
        }
        return meeting.texts(connection, "gathering texts", mine);
    }

    @Override
    public void fit(BatchSource source, FitCourse course) {
        RowsEnd own = new RowsEnd(course.epochwise());
        Stopwatch watch = new Stopwatch();
        boolean over = false;
        fits++;
        while (!over && !course.over(step)) {
            watch.lap();
            if (own.rests()) {
                over = listen(own, watch, course);
                continue;
            }
            try (TrainingBatch batch = source.next(config.batchSize(), this::peerStarted)) {
                Duration feedWait = watch.lap();
                course.waited(feedWait);
                own.took(batch);
                if (own.rests() || batch.beginsStep() || peerStarted()) {
                    over = teach(batch, own, feedWait, watch, course);
                }
            }
        }
    }

    /** Whether a peer has come to this worker's step with rows; asks the servers every few milliseconds. */
    private boolean peerStarted() {
        if (started >= step) {
            return true; // and stays so until the step is done
        }
        if (System.nanoTime() - asked < ASK_NANOS) {
            LockSupport.parkNanos(ASK_NANOS / 5); // a source may ask without a pause, and there is nothing to wait on
            return false;
        }
        asked = System.nanoTime();
        try (Result result =
                connection.run("asking whether a peer began", Map.of(), List.of(PsSyncGraph.STARTED), List.of())) {
            started = ((TInt64) result.get(0)).getLong();
            return started >= step;
        } catch (IllegalStateException e) {
            if (connection.isLost(e)) {
                return true; // what follows fails as well, and opens the session again
            }
            throw e;
        }
    }

    /** Pushes until the rows are part of a step; returns whether the fit is over. */
    private boolean teach(TrainingBatch batch, RowsEnd own, Duration feedWait, Stopwatch watch, FitCourse course) {
        while (true) {
            PsToken token;
            Duration compute;
            try {
                push(batch, own, course);
                compute = watch.lap();
                if (batch.rows() == 0 && own.rests()) {
                    return false; // answered with the first step that is made without it
                }
                token = await(config.stepTimeout().multipliedBy(2).plus(TrainSession.CLOSE_LIMIT));
            } catch (PsLostException | IllegalStateException e) {
                recover(e);
                continue;
            }
            boolean over = told(token, batch, own, feedWait, compute, watch, course);
            if (over || token.status() == PsToken.Status.DONE || batch.rows() == 0) {
                return over;
            }
        }
    }

    /** Hears of one step that is made without this worker; returns whether it was the last. */
    private boolean listen(RowsEnd own, Stopwatch watch, FitCourse course) {
        TrainingBatch nothing = EmptyBatch.at(own.epoch());
        PsToken token;
        try {
            token = await(config.peerTimeout());
        } catch (PsLostException | IllegalStateException e) {
            recover(e);
            push(nothing, own, course);
            return false;
        }
        return told(token, nothing, own, Duration.ZERO, Duration.ZERO, watch, course);
    }

    private boolean told(
            PsToken token,
            TrainingBatch batch,
            RowsEnd own,
            Duration feedWait,
            Duration compute,
            Stopwatch watch,
            FitCourse course) {
        if (token.status() == PsToken.Status.FAILED) {
            throw new IllegalStateException(token.text());
        }
        step = token.step();
        course.dropped(token.dropped(), token.allDropped());
        if (token.rows() > 0) {
            StepInfo info = new StepInfo(
                    step,
                    own.epoch(),
                    batch.rows(),
                    token.rows(),
                    Tally.loss(token.sums()),
                    tally.metrics(token.sums()),
                    feedWait,
                    compute,
                    watch.lap());
            course.stepped(info, token.sums(), token.due());
        }
        if (token.epochOver()) {
            own.nextEpoch();
            course.epochEnded(own.epoch());
        }
        return token.status() == PsToken.Status.OVER;
    }

    private void push(TrainingBatch batch, RowsEnd own, FitCourse course) {
        PsPush push = new PsPush(
                connection.mark(),
                fits,
                step,
                servers.rank(),
                ++number,
                batch.rows(),
                own.epochEnded(),
                own.ended(),
                servers.rank() == 0 ? course.due() : 0);
        if (batch.rows() == 0) {
            PsMailbox.put(
                    connection,
                    "joining step " + (step + 1),
                    Map.of(PsSyncGraph.PUSHES, new PsLetter(push.numbers(), new double[0], "")));
            return;
        }
        Map<String, Tensor> fed = new HashMap<>(feeds.of(batch.inputs(), batch.rows(), needed));
        try (TFloat32 rows = TFloat32.scalarOf(batch.rows());
                TInt64 numbers = (TInt64) new PsLetter(push.numbers(), new double[0], "")
                        .tensors()
                        .get(0);
                TInt64 drawn = TInt64.scalarOf(step)) {
            fed.put(TrainGraph.ROWS, rows);
            fed.put(TrainGraph.RANDOM_STEP, drawn);
            fed.put(PsSyncGraph.PUSH_STEP, drawn);
            fed.put(PsSyncGraph.PUSH_NUMBERS, numbers);
            connection
                    .run("the gradients of step " + (step + 1), fed, List.of(), List.of(PsSyncGraph.PUSH))
                    .close();
        }
    }

    /** Returns rank 0's answer to the last push. */
    private PsToken await(Duration limit) {
        while (true) {
            try {
                PsToken token = PsToken.of(answers.take(connection, "waiting for step " + (step + 1), limit));
                if (token.number() == number && token.status() == PsToken.Status.RESTORED) {
                    throw new PsLostException();
                }
                if (token.number() == number) {
                    return token;
                }
            } catch (IllegalStateException e) {
                if (!TensorFlowErrors.isTimeout(e)) {
                    throw e;
                }
                if (!connection.isIntact()) {
                    throw new PsLostException();
                }
                throw new IllegalStateException(
                        servers.task() + " waited " + limit + " for step " + (step + 1)
                                + ", but rank 0 made none; rank 0 is dead or hangs, or no worker has rows",
                        e);
            }
        }
    }

    /** Opens the session again if servers were lost, or throws what was wrong. */
    private void recover(RuntimeException e) {
        RuntimeException lost = e;
        while (lost != null) {
            if (!connection.isLost(lost)) {
                throw lost;
            }
            lost = reopen(lost);
        }
        step = connection.readStep();
        started = -1;
    }

    /** Returns what went wrong again, if anything. */
    private @Nullable RuntimeException reopen(RuntimeException lost) {
        connection.reopen(
                lost, () -> PsMailbox.put(connection, "telling rank 0", Map.of(PsSyncGraph.PUSHES, PsSyncGraph.LOOK)));
        try {
            greet();
            return null;
        } catch (PsLostException | IllegalStateException again) {
            return again;
        }
    }

    @Override
    public void restoreLostFrom(Supplier<Optional<SavedState>> newest) {
        if (aggregator != null) {
            aggregator.restoreLostFrom(newest, positions);
        }
    }

    @Override
    public boolean stepsTogether() {
        return config.backupWorkers() == 0;
    }

    @Override
    public long step() {
        return step;
    }

    @Override
    void releaseHelpers() {
        PsAggregator running = aggregator;
        if (running != null) {
            running.release();
        }
    }

    @Override
    boolean helpersReleased(long deadline) {
        PsAggregator running = aggregator;
        return running == null || running.released(deadline);
    }
}
