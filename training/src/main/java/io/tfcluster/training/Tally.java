package io.tfcluster.training;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * The sums that a build reports with each batch, and what they become: {@code rows, rows·loss, sums of the first metric, …}.
 *
 * <p>Sums of several batches and workers may be added before they are read.
 */
final class Tally {
    static final String LOSS = "loss";
    private static final int METRICS = 2;

    private final ModelSpec spec;

    Tally(ModelSpec spec) {
        this.spec = spec;
    }

    /** How many sums there are. */
    int width() {
        return METRICS
                + spec.metrics().values().stream().mapToInt(Metric::width).sum();
    }

    /** Returns the names of what is reported. */
    List<String> names() {
        List<String> names = new ArrayList<>();
        spec.loss().ifPresent(loss -> names.add(LOSS));
        names.addAll(spec.metrics().keySet());
        return names;
    }

    /** Returns the sums of one batch, in pieces of one dimension. */
    List<Operand<TFloat32>> pieces(Ops tf, Operand<TFloat32> rows) {
        List<Operand<TFloat32>> pieces = new ArrayList<>();
        Operand<TFloat32> loss = spec.loss().orElseGet(() -> tf.constant(0f));
        pieces.add(tf.stack(List.of(rows, tf.math.mul(loss, rows))));
        spec.metrics().values().forEach(metric -> pieces.add(metric.sums(tf, rows)));
        return pieces;
    }

    /** Returns the sums of one batch out of the tensor. */
    static double[] read(TFloat32 fetched) {
        double[] sums = new double[Math.toIntExact(fetched.size())];
        for (int i = 0; i < sums.length; i++) {
            sums[i] = fetched.getFloat(i);
        }
        return sums;
    }

    /** Returns the mean loss, NaN if there were no rows. */
    static double loss(double[] sums) {
        return sums[1] / sums[0];
    }

    /** Returns the metrics, NaN if there were no rows. */
    Map<String, Double> metrics(double[] sums) {
        Map<String, Double> metrics = new LinkedHashMap<>();
        int at = METRICS;
        for (Map.Entry<String, Metric> metric : spec.metrics().entrySet()) {
            int width = metric.getValue().width();
            double[] own = Arrays.copyOfRange(sums, at, at + width);
            metrics.put(metric.getKey(), sums[0] > 0 ? metric.getValue().of(own, sums[0]) : Double.NaN);
            at += width;
        }
        return metrics;
    }

    /** Returns the loss, if the build has one, and the metrics. */
    Map<String, Double> all(double[] sums) {
        Map<String, Double> all = new LinkedHashMap<>();
        spec.loss().ifPresent(loss -> all.put(LOSS, loss(sums)));
        all.putAll(metrics(sums));
        return all;
    }
}
