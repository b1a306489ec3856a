package io.tfcluster.training;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * A number to report, made of sums over rows: exact over several batches and workers, since sums add up.
 *
 * <pre>{@code
 * // root of the mean squared error
 * Metric.ofSums(tf.reshape(sumOfSquares, tf.constant(new int[] {1})), (sums, rows) -> Math.sqrt(sums[0] / rows))
 * }</pre>
 */
public final class Metric {
    /** Makes the metric of the sums. */
    @FunctionalInterface
    public interface Finish {
        /**
         * Returns the metric.
         *
         * @param sums over all rows, as many as the metric has
         * @param rows how many rows these were, above 0
         */
        double of(double[] sums, double rows);
    }

    private final Operand<TFloat32> operand;
    private final @Nullable Finish finish;

    private Metric(Operand<TFloat32> operand, @Nullable Finish finish) {
        this.operand = operand;
        this.finish = finish;
    }

    /** Returns a metric that is a mean over rows, given as the scalar mean over the rows of the batch. */
    public static Metric mean(Operand<TFloat32> scalar) {
        return new Metric(requireNonNull(scalar, "scalar"), null);
    }

    /**
     * Returns a metric of several sums.
     *
     * @param sums sums over the rows of the batch, shape [count] with the count known
     * @param finish what they become
     */
    public static Metric ofSums(Operand<TFloat32> sums, Finish finish) {
        return new Metric(requireNonNull(sums, "sums"), requireNonNull(finish, "finish"));
    }

    void check(String name) {
        if (finish == null) {
            ModelBuild.checkScalar("metric \"" + name + "\"", operand);
            return;
        }
        Shape shape = operand.shape();
        if (shape.isUnknown() || shape.numDimensions() != 1 || shape.get(0) == Shape.UNKNOWN_SIZE) {
            throw new IllegalArgumentException("the sums of metric \"" + name
                    + "\" must be a vector of known size, but have shape " + Shapes.text(shape));
        }
    }

    /** How many sums there are. */
    int width() {
        return finish == null ? 1 : Math.toIntExact(operand.shape().get(0));
    }

    /** Returns the sums over the rows of the batch, shape [width]. */
    Operand<TFloat32> sums(Ops tf, Operand<TFloat32> rows) {
        return finish == null ? tf.reshape(tf.math.mul(operand, rows), tf.constant(new int[] {1})) : operand;
    }

    double of(double[] sums, double rows) {
        return finish == null ? sums[0] / rows : finish.of(sums, rows);
    }
}
