package io.tfcluster.training;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Who is in which step of synchronous parameter servers: rank 0's bookkeeping, without TensorFlow.
 *
 * <p>A step takes the first pushes of as many workers as it needs: all but the backup workers, but no more than still have rows. Each push
 * gets one answer, those whose rows ended one for every step. What comes for a step that was made already is dropped and counted.
 */
final class PsRounds {
    /** What the bookkeeping leads to. */
    interface Servers {
        /** Makes the sums of what a worker put on the servers, or adds this to them. */
        void count(int rank, boolean first);

        /** Applies the sums divided by the rows and returns the new global step. */
        long update(long rows);

        void answer(Map<Integer, PsToken> tokens);
    }

    private final int workers;
    private final int needed;
    private final boolean stopOnBadLoss;
    private final long maxSteps;
    private final Servers servers;
    private final Map<Integer, Long> answering = new LinkedHashMap<>();
    private final Set<Integer> toRest = new HashSet<>();
    private final Map<Integer, Long> resting = new LinkedHashMap<>();
    /** Of those that rest, or are to, who does so for good. */
    private final Set<Integer> ended = new HashSet<>();

    private final Map<Integer, PsToken> done = new HashMap<>();
    private final long[] dropped;
    private double[] sums = new double[0];
    private long rows;
    private long fit;
    private volatile long step;
    private volatile long mark;
    private int due;
    private boolean over = true;
    private boolean epochOver;
    private String failure = "";

    PsRounds(int workers, TrainerConfig config, Servers servers) {
        this.workers = workers;
        this.needed = workers - config.backupWorkers();
        this.stopOnBadLoss = config.stopOnBadLoss();
        this.maxSteps = config.maxSteps();
        this.servers = servers;
        this.dropped = new long[workers];
    }

    void begin(long globalStep, long initialisation) {
        step = globalStep;
        mark = initialisation;
    }

    /** Whether a worker waits for others to come to its step. */
    boolean open() {
        return !answering.isEmpty();
    }

    /** Takes a worker's push; {@code tally} holds its sums. */
    void push(PsPush push, double[] tally) {
        int rank = push.rank();
        if (push.mark() != mark) {
            answer(push, PsToken.Status.RESTORED);
            return;
        }
        if (push.fit() > fit && !beginFit(push)) {
            return;
        }
        PsToken last = done.get(rank);
        if (last != null && last.number() == push.number()) {
            servers.answer(Map.of(rank, last)); // it came again since the answer was lost
        } else if (push.fit() < fit || over) {
            answer(push, failure.isEmpty() ? PsToken.Status.OVER : PsToken.Status.FAILED);
        } else if (push.rests() && push.rows() == 0) {
            resting.put(rank, push.number());
            if (push.ended()) {
                ended.add(rank);
            }
            answering.remove(rank);
            complete();
        } else if (answering.getOrDefault(rank, push.number() - 1) == push.number()) {
            complete(); // it came again and is counted already
        } else if (push.step() != step || answering.containsKey(rank)) {
            dropped[rank] += push.rows() > 0 ? 1 : 0;
            answer(push, PsToken.Status.DROPPED);
        } else {
            join(push, tally);
        }
    }

    private boolean beginFit(PsPush push) {
        if (!over && (!answering.isEmpty() || !resting.isEmpty())) {
            String wrong = "rank " + push.rank() + " is in its fit " + push.fit() + " while others are in fit " + fit;
            servers.answer(Map.of(push.rank(), token(push.number(), PsToken.Status.FAILED, push.rank(), wrong)));
            return false;
        }
        fit = push.fit();
        over = maxSteps > 0 && step >= maxSteps;
        failure = "";
        clear();
        resting.clear();
        ended.clear();
        done.clear();
        Arrays.fill(dropped, 0);
        return true;
    }

    private void join(PsPush push, double[] tally) {
        answering.put(push.rank(), push.number());
        if (push.rows() > 0) {
            if (stopOnBadLoss && !Double.isFinite(tally[1])) {
                fail("the loss of step " + (step + 1) + " is NaN or infinite on rank " + push.rank() + " of " + workers
                        + "; the variables are as after step " + step
                        + ". Lower the learning rate or look at the rows; stopOnBadLoss(false) goes on nevertheless.");
                return;
            }
            servers.count(push.rank(), rows == 0);
            sums = rows == 0 ? new double[tally.length] : sums;
            for (int i = 0; i < tally.length; i++) {
                sums[i] += tally[i];
            }
            rows += push.rows();
        }
        due = Math.max(due, push.due());
        if (push.rests()) {
            toRest.add(push.rank());
        }
        if (push.ended()) {
            ended.add(push.rank());
        }
        complete();
    }

    private void complete() {
        int enough = Math.min(needed, workers - resting.size());
        if (answering.size() < enough) {
            return;
        }
        if (rows > 0) {
            made(servers.update(rows));
        } else if (enough == 0) {
            endStep();
        } else { // nobody has rows now
            answerAll(PsToken.Status.DROPPED, "");
        }
    }

    private void made(long newStep) {
        step = newStep;
        endStep();
    }

    private void endStep() {
        toRest.forEach(rank -> resting.put(rank, answering.getOrDefault(rank, 0L)));
        epochOver = resting.size() == workers;
        over = (epochOver && ended.size() == workers) || (maxSteps > 0 && step >= maxSteps);
        PsToken.Status status = over ? PsToken.Status.OVER : PsToken.Status.DONE;
        answering.forEach((rank, number) -> done.put(rank, token(number, status, rank, "")));
        boolean nextEpoch = epochOver;
        answerAll(status, "");
        if (nextEpoch) {
            resting.keySet().retainAll(ended);
        }
        epochOver = false;
    }

    /** Answers all who wait, and begins the next step without them. */
    private void answerAll(PsToken.Status status, String text) {
        Map<Integer, PsToken> tokens = new HashMap<>();
        if (status != PsToken.Status.DROPPED) {
            resting.forEach((rank, number) -> tokens.put(rank, token(number, status, rank, text)));
        }
        answering.forEach((rank, number) -> tokens.put(rank, token(number, status, rank, text)));
        clear();
        servers.answer(tokens);
    }

    private void clear() {
        answering.clear();
        toRest.clear();
        rows = 0;
        due = 0;
        sums = new double[0];
    }

    private void answer(PsPush push, PsToken.Status status) {
        servers.answer(Map.of(
                push.rank(),
                new PsToken(
                        push.number(),
                        status,
                        step,
                        0,
                        dropped[push.rank()],
                        allDropped(),
                        false,
                        0,
                        new double[0],
                        status == PsToken.Status.FAILED ? failure : "")));
    }

    private PsToken token(long number, PsToken.Status status, int rank, String text) {
        return new PsToken(number, status, step, rows, dropped[rank], allDropped(), epochOver, due, sums, text);
    }

    private long allDropped() {
        long all = 0;
        for (long own : dropped) {
            all += own;
        }
        return all;
    }

    /** Ends the fit of all with an error; what was summed up is not applied. */
    void fail(String message) {
        failure = message;
        over = true;
        rows = 0;
        answerAll(PsToken.Status.FAILED, message);
    }

    /** Says what is wrong when those who wait have waited too long. */
    String missing() {
        List<Integer> missing = new ArrayList<>();
        for (int rank = 0; rank < workers; rank++) {
            if (!answering.containsKey(rank) && !resting.containsKey(rank)) {
                missing.add(rank);
            }
        }
        return "step " + (step + 1) + " needs " + Math.min(needed, workers - resting.size()) + " of " + workers
                + " workers, but rank" + (missing.size() == 1 ? " " + missing.get(0) : "s " + missing)
                + " did not join it";
    }

    /**
     * Goes on after the servers were reached again.
     *
     * @param kept whether they have the variables they had
     */
    void reached(long globalStep, long initialisation, boolean kept) {
        mark = initialisation;
        if (kept && globalStep == step + 1 && rows > 0) {
            made(globalStep); // the update was made, its end not heard of
            return;
        }
        step = globalStep;
        done.clear();
        rows = 0;
        sums = new double[0];
        answerAll(PsToken.Status.RESTORED, "");
    }
}
