package io.tfcluster.training;

import java.time.Duration;
import java.util.Map;

/** What a fit has done so far, by the clock. */
final class FitProgress {
    private final long started = System.nanoTime();
    private final TrainingListener listener;
    private long rows;
    private long globalRows;
    private long feedNanos;
    private double loss = Double.NaN;
    private Map<String, Double> metrics = Map.of();

    FitProgress(TrainingListener listener) {
        this.listener = listener;
    }

    void step(StepInfo info) {
        rows += info.localRows();
        globalRows += info.globalRows();
        loss = info.loss();
        metrics = info.metrics();
        listener.step(info);
    }

    void waited(Duration time) {
        feedNanos += time.toNanos();
    }

    TrainingSummary summary(long steps) {
        return new TrainingSummary(
                steps,
                rows,
                globalRows,
                loss,
                metrics,
                Duration.ofNanos(System.nanoTime() - started),
                Duration.ofNanos(feedNanos));
    }
}
