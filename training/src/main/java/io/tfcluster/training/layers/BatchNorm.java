package io.tfcluster.training.layers;

import io.tfcluster.training.Initializer;
import io.tfcluster.training.ModelBuilder;
import java.util.stream.IntStream;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.nn.FusedBatchNorm;
import org.tensorflow.types.TFloat32;

/**
 * Batch normalisation: Ioffe and Szegedy, 2015, as Keras 3 has it.
 *
 * <p>Moving variances are those of the batch itself, divided by its count. TensorFlow's fused operation reports count / (count - 1) times
 * that, so it is taken back: pictures and vectors are treated alike.
 */
final class BatchNorm {
    private final ModelBuilder model;
    private final Ops tf;
    private final String name;
    private final Operand<TFloat32> x;
    private final float momentum;
    private final float epsilon;
    private final long channels;
    private final Operand<TFloat32> gamma;
    private final Operand<TFloat32> beta;
    private final Operand<TFloat32> movingMean;
    private final Operand<TFloat32> movingVariance;

    BatchNorm(ModelBuilder model, String name, Operand<TFloat32> x, double momentum, double epsilon) {
        Sizes.requireShare("the momentum of batch normalisation \"" + name + "\"", momentum);
        if (!(epsilon > 0)) {
            throw new IllegalArgumentException(
                    "the epsilon of batch normalisation \"" + name + "\" must be above 0, got " + epsilon);
        }
        this.model = model;
        this.tf = model.tf();
        this.name = name;
        this.x = x;
        this.momentum = (float) momentum;
        this.epsilon = (float) epsilon;
        this.channels = Sizes.last(name, x);
        Shape shape = Shape.of(channels);
        this.gamma = model.variable(name + "/gamma", shape, Initializer.ones());
        this.beta = model.variable(name + "/beta", shape, Initializer.zeros());
        this.movingMean = model.state(name + "/moving_mean", shape, Initializer.zeros());
        this.movingVariance = model.state(name + "/moving_variance", shape, Initializer.ones());
    }

    Operand<TFloat32> apply() {
        boolean pictures = x.shape().numDimensions() == 4;
        if (!model.training()) {
            return pictures ? fused(movingMean, movingVariance, false).y() : plain(movingMean, movingVariance);
        }
        if (pictures) {
            Operand<TFloat32> none = tf.constant(new float[0]);
            FusedBatchNorm<TFloat32, TFloat32> fused = fused(none, none, true);
            move(fused.batchMean(), tf.math.mul(fused.batchVariance(), ofCount()));
            return fused.y();
        }
        int last = x.shape().numDimensions() - 1;
        Operand<org.tensorflow.types.TInt32> allButLast =
                tf.constant(IntStream.range(0, last).toArray());
        Operand<TFloat32> mean = tf.math.mean(x, allButLast);
        Operand<TFloat32> variance = tf.math.mean(tf.math.square(tf.math.sub(x, mean)), allButLast);
        move(mean, variance);
        return plain(mean, variance);
    }

    private FusedBatchNorm<TFloat32, TFloat32> fused(
            Operand<TFloat32> mean, Operand<TFloat32> variance, boolean training) {
        return tf.nn.fusedBatchNorm(
                x, gamma, beta, mean, variance, FusedBatchNorm.epsilon(epsilon), FusedBatchNorm.isTraining(training));
    }

    private Operand<TFloat32> plain(Operand<TFloat32> mean, Operand<TFloat32> variance) {
        Operand<TFloat32> scale = tf.math.mul(gamma, tf.math.rsqrt(tf.math.add(variance, tf.constant(epsilon))));
        return tf.math.add(tf.math.mul(tf.math.sub(x, mean), scale), beta);
    }

    /** (count - 1) / count, 1 for a count of 1, for which the operation does not correct. */
    private Operand<TFloat32> ofCount() {
        Operand<TFloat32> count =
                tf.math.div(tf.dtypes.cast(tf.size(x), TFloat32.class), tf.constant((float) channels));
        Operand<TFloat32> one = tf.constant(1f);
        return tf.math.div(tf.math.maximum(tf.math.sub(count, one), one), count);
    }

    private void move(Operand<TFloat32> mean, Operand<TFloat32> variance) {
        model.updateState(name + "/moving_mean", mix(movingMean, mean));
        model.updateState(name + "/moving_variance", mix(movingVariance, variance));
    }

    private Operand<TFloat32> mix(Operand<TFloat32> old, Operand<TFloat32> batch) {
        return tf.math.add(tf.math.mul(old, tf.constant(momentum)), tf.math.mul(batch, tf.constant(1 - momentum)));
    }
}
