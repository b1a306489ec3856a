package io.tfcluster;

import io.tfcluster.reservation.NodeProgress;
import io.tfcluster.training.StepInfo;
import io.tfcluster.training.TrainingListener;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * What a node tells of its training with each heartbeat: where it is, its speed since the heartbeat before, and loss and metrics as means
 * over the rows since then, because those of one step jump too much to be read.
 */
final class ProgressMeter implements TrainingListener {
    private static final double SMOOTHING = 0.7;

    private String phase = "starting";
    private long epoch;
    private long step;
    private long rows;
    private Duration feedWait = Duration.ZERO;
    private long windowStart = System.nanoTime();
    private long windowRows;
    private double weight;
    private final Map<String, Double> sums = new HashMap<>();
    private Map<String, Double> metrics = Map.of();
    private double rowsPerSecond;

    @Override
    public synchronized void phase(String name) {
        phase = name;
    }

    @Override
    public synchronized void step(StepInfo info) {
        phase = "training";
        if (info.localRows() > 0 && info.epoch() != epoch) { // a step joined without rows belongs to no epoch
            sums.clear(); // the means of one epoch do not hold rows of another
            weight = 0;
            epoch = info.epoch();
        }
        step = info.step();
        rows += info.localRows();
        windowRows += info.localRows();
        feedWait = feedWait.plus(info.feedWait());
        weight += info.globalRows();
        sums.merge("loss", info.loss() * info.globalRows(), Double::sum);
        info.metrics().forEach((name, value) -> sums.merge(name, value * info.globalRows(), Double::sum));
    }

    /** For main functions that train without a trainer. */
    synchronized void report(long newEpoch, long newStep, long newRows, Map<String, Double> values) {
        phase = "training";
        epoch = newEpoch;
        step = newStep;
        windowRows += newRows - rows;
        rows = newRows;
        metrics = Map.copyOf(values);
    }

    /** Called once for each heartbeat. */
    synchronized NodeProgress take() {
        long now = System.nanoTime();
        double seconds = (now - windowStart) / 1e9;
        if (seconds > 0.2) {
            double recent = windowRows / seconds;
            rowsPerSecond = rowsPerSecond == 0 ? recent : SMOOTHING * rowsPerSecond + (1 - SMOOTHING) * recent;
            windowRows = 0;
            windowStart = now;
        }
        if (weight > 0) {
            Map<String, Double> means = new HashMap<>();
            sums.forEach((name, sum) -> means.put(name, sum / weight));
            metrics = Map.copyOf(means);
            sums.clear();
            weight = 0;
        }
        return new NodeProgress(phase, epoch, step, rows, rowsPerSecond, feedWait, metrics);
    }
}
