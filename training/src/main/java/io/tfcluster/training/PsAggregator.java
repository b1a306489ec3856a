package io.tfcluster.training;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tensorflow.Result;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/**
 * Rank 0's thread that makes the steps of synchronous parameter servers; it has a session of its own.
 *
 * <p>Started when the variables have values, it ends with {@link #release()} or when the parameter servers are lost for good.
 */
final class PsAggregator implements PsRounds.Servers {
    private static final Logger log = LoggerFactory.getLogger(PsAggregator.class);

    /** What is run when variables get their first values. */
    static final List<String> INITIALISE = List.of(PsSyncGraph.INITIALISE, PsJournal.FORGET);

    private final PsConnection connection;
    private final PsJournal journal;
    private final TrainerConfig config;
    private final PsRounds rounds;
    private final Thread thread;
    private volatile boolean closed;
    private long opened;
    private boolean waiting;
    private volatile long step;

    private PsAggregator(PsConnection connection, ParameterServers servers, TrainerConfig config, PsJournal journal) {
        this.journal = journal;
        this.connection = connection;
        this.config = config;
        this.rounds = new PsRounds(servers.workers(), config, this);
        this.thread = new Thread(this::work, "ps-aggregator-" + servers.task());
        thread.setDaemon(true);
    }

    /** Starts the thread; {@code connection} is its own from now on. */
    static PsAggregator start(
            PsConnection connection, ParameterServers servers, TrainerConfig config, PsJournal journal) {
        PsAggregator aggregator = new PsAggregator(connection, servers, config, journal);
        aggregator.step = connection.readStep();
        aggregator.rounds.begin(aggregator.step, connection.mark());
        aggregator.thread.start();
        return aggregator;
    }

    /** Goes on from another step; called between fits, or while all workers are met in rank 0's thread. */
    void steppedTo(long globalStep) {
        step = globalStep;
        rounds.begin(globalStep, connection.mark());
    }

    private void work() {
        RuntimeException lost = null;
        while (!closed) {
            try {
                if (lost != null) {
                    recover(lost);
                    lost = null;
                }
                one();
            } catch (RuntimeException e) {
                if (!connection.isLost(e)) {
                    give(e);
                    return;
                }
                lost = e;
            }
        }
    }

    /** Workers compute again what they computed since the connection broke: the variables may have been those of half an update. */
    private void recover(RuntimeException lost) {
        long before = connection.mark();
        connection.reopenAndRestore(lost, INITIALISE);
        boolean kept = connection.mark() == before;
        journal.takeOver(connection);
        if (kept) {
            connection.renewMark();
        }
        step = connection.readStep();
        rounds.reached(step, connection.mark(), kept);
    }

    private void give(RuntimeException e) {
        if (closed) {
            return;
        }
        log.warn("the steps of all workers end: {}", e.getMessage(), e);
        try {
            rounds.fail(String.valueOf(e.getMessage()));
        } catch (RuntimeException unreachable) {
            log.warn("the other workers could not be told", unreachable);
        }
    }

    /** Takes one push, or finds that one does not come. */
    private void one() {
        Duration left = config.stepTimeout();
        if (waiting) {
            left = Duration.ofNanos(Math.max(1_000_000, opened + left.toNanos() - System.nanoTime()));
        }
        PsLetter letter;
        try {
            letter = PsSyncGraph.PUSHES.take(connection, "waiting for the workers' gradients", left);
        } catch (IllegalStateException e) {
            if (!TensorFlowErrors.isTimeout(e)) {
                throw e;
            }
            if (waiting) {
                rounds.fail(rounds.missing() + " within stepTimeout " + config.stepTimeout() + "; it is dead or hangs");
            }
            waiting = false;
            return;
        }
        if (letter.text().equals(PsSyncGraph.LOOK.text())) {
            if (!connection.isIntact()) {
                throw new PsLostException();
            }
            return;
        }
        if (letter.text().equals(PsSyncGraph.GREETING)) {
            greeted((int) letter.numbers()[0], letter.numbers()[1]);
            return;
        }
        PsPush push = PsPush.of(letter.numbers());
        if (push.mark() > connection.mark()) { // it is for another rank 0, that came after this one
            PsMailbox.put(connection, "passing on a push", Map.of(PsSyncGraph.PUSHES, letter));
            throw new IllegalStateException(
                    "another rank 0 has taken these parameter servers over; only one training at a time can use them");
        }
        rounds.push(push, letter.sums());
        if (!rounds.open()) {
            waiting = false;
        } else if (!waiting) {
            waiting = true;
            opened = System.nanoTime();
        }
    }

    private void greeted(int rank, long number) {
        answer(Map.of(rank, new PsToken(number, PsToken.Status.DONE, step, 0, 0, 0, false, 0, new double[0], "")));
    }

    @Override
    public void count(int rank, boolean first) {
        String doing = "counting rank " + rank;
        String target = PsSyncGraph.count(rank, first);
        if (!first) {
            journal.run(connection, doing, Map.of(), List.of(), List.of(target)).close();
            return;
        }
        try (TInt64 before = TInt64.scalarOf(step)) {
            journal.run(connection, doing, Map.of(PsJournal.STEP, before), List.of(), List.of(target, PsJournal.BEGIN))
                    .close();
        }
    }

    @Override
    public long update(long rows) {
        try (TFloat32 scale = TFloat32.scalarOf((float) (1.0 / rows));
                TFloat32 rate = TFloat32.scalarOf(config.optimizer().schedule().at(step));
                Result result = journal.run(
                        connection,
                        "the update of step " + (step + 1),
                        Map.of(TrainGraph.SCALE, scale, TrainGraph.RATE, rate),
                        List.of(TrainGraph.STEP_AFTER),
                        List.of(TrainGraph.APPLY))) {
            step = ((TInt64) result.get(0)).getLong();
            waiting = false;
            return step;
        }
    }

    @Override
    public void answer(Map<Integer, PsToken> tokens) {
        Map<PsMailbox, PsLetter> letters = new HashMap<>();
        tokens.forEach((rank, token) -> letters.put(PsSyncGraph.tokens(rank), token.letter()));
        if (!letters.isEmpty()) {
            PsMailbox.put(connection, "answering ranks " + tokens.keySet(), letters);
        }
    }

    void restoreLostFrom(Supplier<Optional<SavedState>> newest, PsPositions positions) {
        connection.restoreLostFrom(() -> positions.noted(connection, newest.get()));
    }

    /** Ends the thread, without waiting; {@link #released} does. */
    void release() {
        closed = true;
        connection.release();
    }

    /** Returns whether the thread ended and TensorFlow let the session go. */
    boolean released(long deadline) {
        return TrainSession.ended(List.of(thread), deadline) && connection.released(deadline);
    }
}
