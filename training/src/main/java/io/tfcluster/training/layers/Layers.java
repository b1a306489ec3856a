package io.tfcluster.training.layers;

import io.tfcluster.training.Initializer;
import io.tfcluster.training.ModelBuilder;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/**
 * Thin functions over {@link ModelBuilder} for what most models have.
 *
 * <p>Pictures are [rows, height, width, channels]. Names are prefixes of the variables' names: {@code dense(model, "head", …)} has
 * {@code head/kernel} and {@code head/bias}.
 */
public final class Layers {
    private Layers() {}

    /** Returns {@code x · kernel + bias}, [rows, units], for {@code x} of [rows, features] with features known. */
    public static Operand<TFloat32> dense(ModelBuilder model, String name, Operand<TFloat32> x, int units) {
        return dense(model, name, x, units, Initializer.glorotUniform());
    }

    /** As {@link #dense(ModelBuilder, String, Operand, int)}, with the kernel's initial values. */
    public static Operand<TFloat32> dense(
            ModelBuilder model, String name, Operand<TFloat32> x, int units, Initializer kernelValues) {
        Operand<TFloat32> kernel = model.variable(
                name + "/kernel", Shape.of(known(name, x, 2, 1, "[rows, features]"), units), kernelValues);
        Operand<TFloat32> bias = model.variable(name + "/bias", Shape.of(units), Initializer.zeros());
        return model.tf().nn.biasAdd(model.tf().linalg.matMul(x, kernel), bias);
    }

    /**
     * Returns a convolution with bias, padded to keep height / stride and width / stride.
     *
     * @param kernelSize height and width of the kernel
     */
    public static Operand<TFloat32> conv2d(
            ModelBuilder model, String name, Operand<TFloat32> x, int filters, int kernelSize, int stride) {
        long channels = known(name, x, 4, 3, "[rows, height, width, channels]");
        Operand<TFloat32> kernel = model.variable(
                name + "/kernel", Shape.of(kernelSize, kernelSize, channels, filters), Initializer.heNormal());
        Operand<TFloat32> bias = model.variable(name + "/bias", Shape.of(filters), Initializer.zeros());
        return model.tf()
                .nn
                .biasAdd(model.tf().nn.conv2d(x, kernel, List.of(1L, (long) stride, (long) stride, 1L), "SAME"), bias);
    }

    /** Returns the largest of each {@code size} by {@code size} field; height and width are divided by {@code size}, rounded up. */
    public static Operand<TFloat32> maxPool(ModelBuilder model, Operand<TFloat32> x, int size) {
        Operand<org.tensorflow.types.TInt32> window = model.tf().constant(new int[] {1, size, size, 1});
        return model.tf().nn.maxPool(x, window, window, "SAME");
    }

    /** Returns the mean over height and width: [rows, channels]. */
    public static Operand<TFloat32> globalAveragePool(ModelBuilder model, Operand<TFloat32> x) {
        return model.tf().math.mean(x, model.tf().constant(new int[] {1, 2}));
    }

    /** Returns [rows, everything else], for {@code x} with all sizes but the rows known. */
    public static Operand<TFloat32> flatten(ModelBuilder model, Operand<TFloat32> x) {
        long features = 1;
        for (int i = 1; i < x.shape().numDimensions(); i++) {
            features *= known("flatten", x, x.shape().numDimensions(), i, "[rows, …] with known sizes");
        }
        return model.tf().reshape(x, model.tf().constant(new long[] {-1, features}));
    }

    /**
     * Returns {@code x} with a share of its values set to 0 and the rest scaled up, in training builds; otherwise {@code x} itself.
     *
     * @param rate share to drop, 0 to below 1
     */
    public static Operand<TFloat32> dropout(ModelBuilder model, Operand<TFloat32> x, double rate) {
        if (!(rate >= 0 && rate < 1)) {
            throw new IllegalArgumentException("dropout rate must be 0 to below 1, got " + rate);
        }
        if (!model.training() || rate == 0) {
            return x;
        }
        Ops tf = model.tf();
        Operand<TFloat32> random = tf.random.statelessRandomUniform(tf.shape(x), model.randomSeed(), TFloat32.class);
        Operand<TFloat32> keep =
                tf.dtypes.cast(tf.math.greaterEqual(random, tf.constant((float) rate)), TFloat32.class);
        return tf.math.mul(x, tf.math.mul(keep, tf.constant((float) (1 / (1 - rate)))));
    }

    /**
     * Returns the mean cross entropy of a softmax over classes.
     *
     * @param logits [rows, classes]
     * @param labels [rows], 0 to classes-1; others fail the step, instead of counting as nothing
     * @param smoothing share of each label that is spread evenly over all classes, 0 for none
     */
    public static Operand<TFloat32> softmaxCrossEntropy(
            ModelBuilder model, Operand<TFloat32> logits, Operand<TInt64> labels, double smoothing) {
        Ops tf = model.tf();
        int classes = Math.toIntExact(known("softmaxCrossEntropy", logits, 2, 1, "[rows, classes]"));
        float off = (float) (smoothing / classes);
        float on = (float) (1 - smoothing) + off;
        Operand<TInt64> above = tf.constant((long) classes);
        Operand<TBool> valid = tf.reduceAll(
                tf.math.logicalAnd(tf.math.greaterEqual(labels, tf.constant(0L)), tf.math.less(labels, above)),
                tf.constant(0));
        Ops checked = tf.withControlDependencies(
                tf.assertThat(valid, List.of(tf.constant("labels must be 0 to " + (classes - 1) + ", got"), labels)));
        // One-hot, since SparseSoftmaxCrossEntropyWithLogits has no gradient outside Python.
        Operand<TFloat32> target = checked.oneHot(labels, tf.constant(classes), tf.constant(on), tf.constant(off));
        return mean(model, tf.nn.softmaxCrossEntropyWithLogits(logits, target).loss());
    }

    /** Returns the share of rows whose largest logit is the label's: a scalar. */
    public static Operand<TFloat32> accuracy(ModelBuilder model, Operand<TFloat32> logits, Operand<TInt64> labels) {
        Ops tf = model.tf();
        Operand<TInt64> best = tf.math.argMax(logits, tf.constant(1));
        return mean(model, tf.dtypes.cast(tf.math.equal(best, labels), TFloat32.class));
    }

    /** Returns the mean of all values: a scalar. */
    public static Operand<TFloat32> mean(ModelBuilder model, Operand<TFloat32> x) {
        Ops tf = model.tf();
        return tf.math.mean(tf.reshape(x, tf.constant(new int[] {-1})), tf.constant(0));
    }

    private static long known(String name, Operand<?> x, int rank, int dimension, String expected) {
        Shape shape = x.shape();
        if (shape.isUnknown() || shape.numDimensions() != rank || shape.get(dimension) == Shape.UNKNOWN_SIZE) {
            throw new IllegalArgumentException("layer \"" + name + "\" needs " + expected
                    + " with a known size there, got " + shape.toString().replace("-1", "?"));
        }
        return shape.get(dimension);
    }
}
