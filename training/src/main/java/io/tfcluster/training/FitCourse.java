package io.tfcluster.training;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One fit: what it has done, what is due beside its steps, when it is over.
 *
 * <p>Belongs to the thread that trains. Workers that step together call it alike, so they decide alike and may do things together in it.
 */
final class FitCourse {
    /** Evaluates one epoch over all workers. */
    interface Validator {
        Map<String, Double> validate(BatchSource source);
    }

    private static final Logger log = LoggerFactory.getLogger(FitCourse.class);

    private final long started = System.nanoTime();
    private final FitOptions options;
    private final long maxSteps;
    private final TrainingListener listener;
    private final Tally tally;
    private final StoppingRule stopping;
    private final TrainingSummaries summaries;
    private final Alarms alarms = new Alarms();
    private final List<EpochResult> epochs = new ArrayList<>();
    private final double[] epochSums;
    private long rows;
    private long globalRows;
    private long feedNanos;
    private long step;
    private long epoch;
    private double loss = Double.NaN;
    private Map<String, Double> metrics = Map.of();
    private Map<String, Double> validation = Map.of();
    private long validatedEpoch = -1;
    private long validatedStep = -1;
    private boolean epochsOver;
    private long dropped;
    private long globalDropped;

    FitCourse(
            FitOptions options,
            long maxSteps,
            TrainingListener listener,
            Tally tally,
            StoppingRule stopping,
            TrainingSummaries summaries,
            Validator validator) {
        this.options = options;
        this.maxSteps = maxSteps;
        this.listener = listener;
        this.tally = tally;
        this.stopping = stopping;
        this.summaries = summaries;
        this.epochSums = new double[tally.width()];
        options.validation()
                .ifPresent(asked -> alarms.add(asked.trigger(), () -> validate(validator.validate(asked.source()))));
        for (FitOptions.Action action : options.actions()) {
            alarms.add(action.trigger(), () -> action.what().accept(moment()));
        }
    }

    /** Adds something to be done after what the options ask for. */
    void add(Trigger trigger, Runnable action) {
        alarms.add(trigger, action);
    }

    private void validate(Map<String, Double> found) {
        validation = found;
        validatedEpoch = epoch;
        validatedStep = step;
        log.info("validation after step {}, epoch {}: {}", step, epoch, found);
        summaries.validation(step, found);
        stopping.validated(found, step);
    }

    /** Whether a worker that has had its rows of an epoch waits for the others: something happens between epochs. */
    boolean epochwise() {
        return alarms.epochwise() || options.epochs() > 0;
    }

    int due() {
        return alarms.due();
    }

    /** Whether no further step is wanted. */
    boolean over(long steps) {
        return (maxSteps > 0 && steps >= maxSteps) || epochsOver || stopping.over();
    }

    /** Returns what is written for TensorBoard; steps fetch their pictures for it. */
    TrainingSummaries summaries() {
        return summaries;
    }

    /** Notes how many gradients came too late so far, of this worker and of all. */
    void dropped(long own, long global) {
        dropped = own;
        globalDropped = global;
    }

    /** Counts the time that this worker waited for rows. */
    void waited(Duration time) {
        feedNanos += time.toNanos();
    }

    /**
     * Reports a step whose update is applied.
     *
     * @param sums of all workers, as the tally has them
     * @param due what rank 0's clock said
     */
    void stepped(StepInfo info, double[] sums, int due) {
        step = info.step();
        epoch = info.epoch();
        rows += info.localRows();
        globalRows += info.globalRows();
        loss = info.loss();
        metrics = info.metrics();
        for (int i = 0; i < epochSums.length; i++) {
            epochSums[i] += sums[i];
        }
        listener.step(info);
        summaries.step(info);
        alarms.afterStep(step, due);
    }

    /** Reports that all workers have had their rows of an epoch. An epoch without rows is none. */
    void epochEnded(long ended) {
        if (epochSums[0] == 0) {
            return;
        }
        epoch = ended;
        summaries.epoch(ended);
        alarms.afterEpoch(ended);
        epochs.add(new EpochResult(
                ended,
                step,
                Math.round(epochSums[0]),
                Tally.loss(epochSums),
                tally.metrics(epochSums),
                validatedEpoch == ended ? validation : Map.of()));
        java.util.Arrays.fill(epochSums, 0);
        epochsOver |= options.epochs() > 0 && ended + 1 >= options.epochs();
    }

    /** What is known of the variables as they are: the validation after this step, or, where none is asked for, the step's own figures. */
    Map<String, Double> measured() {
        if (options.validation().isPresent()) {
            return validatedStep == step ? validation : Map.of();
        }
        Map<String, Double> measured = new LinkedHashMap<>(metrics);
        measured.put(Tally.LOSS, loss);
        return measured;
    }

    TrainingMoment moment() {
        return new TrainingMoment(step, epoch, validation);
    }

    TrainingSummary summary(long steps) {
        return new TrainingSummary(
                steps,
                rows,
                globalRows,
                loss,
                metrics,
                Duration.ofNanos(System.nanoTime() - started),
                Duration.ofNanos(feedNanos),
                epochs,
                stopping.reason(),
                dropped,
                globalDropped);
    }
}
