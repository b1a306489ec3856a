package io.tfcluster.training.layers;

import io.tfcluster.training.Initializer;
import io.tfcluster.training.ModelBuilder;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TNumber;

/**
 * Thin functions over {@link ModelBuilder} for what most models have.
 *
 * <p>Pictures are [rows, height, width, channels]. Names are prefixes of the variables' names, which are Keras': {@code dense(model,
 * "head", …)} has {@code head/kernel} and {@code head/bias}. None has an activation: give the result to {@link #activation}, or to
 * TensorFlow's own operation.
 *
 * <pre>{@code
 * Operand<TFloat32> x = Layers.conv2d(model, "conv1", image, 32, Window.of(3), false, Initializer.heNormal());
 * x = tf.nn.relu(Layers.batchNorm(model, "norm1", x));
 * Layers.Head head = Layers.softmaxHead(model, "classes", Layers.globalAveragePool(model, x), 10);
 * }</pre>
 */
public final class Layers {
    private static final String PICTURES = "[rows, height, width, channels]";

    private Layers() {}

    /** Returns {@code x · kernel + bias}, [rows, units], for {@code x} of [rows, features] with features known. */
    public static Operand<TFloat32> dense(ModelBuilder model, String name, Operand<TFloat32> x, int units) {
        return dense(model, name, x, units, Initializer.glorotUniform());
    }

    /** As {@link #dense(ModelBuilder, String, Operand, int)}, with the kernel's initial values. */
    public static Operand<TFloat32> dense(
            ModelBuilder model, String name, Operand<TFloat32> x, int units, Initializer kernelValues) {
        Operand<TFloat32> kernel = model.variable(
                name + "/kernel", Shape.of(Sizes.known(name, x, 2, 1, "[rows, features]"), units), kernelValues);
        return biased(model, name, model.tf().linalg.matMul(x, kernel), units);
    }

    /**
     * What the last layer of a classifier says.
     *
     * @param logits for the loss and the metrics that ask for logits
     * @param probabilities for predictions and the metrics that ask for probabilities
     */
    public record Head(Operand<TFloat32> logits, Operand<TFloat32> probabilities) {}

    /** Returns a dense layer over classes of which one is right, {@code x} being [rows, features]. */
    public static Head softmaxHead(ModelBuilder model, String name, Operand<TFloat32> x, int classes) {
        Operand<TFloat32> logits = dense(model, name, x, classes);
        return new Head(logits, model.tf().nn.softmax(logits));
    }

    /** Returns a dense layer over yes-or-no questions, {@code x} being [rows, features]. */
    public static Head sigmoidHead(ModelBuilder model, String name, Operand<TFloat32> x, int questions) {
        Operand<TFloat32> logits = dense(model, name, x, questions);
        return new Head(logits, model.tf().math.sigmoid(logits));
    }

    /**
     * Returns a convolution with bias, padded to keep height / stride and width / stride.
     *
     * @param kernelSize height and width of the kernel
     */
    public static Operand<TFloat32> conv2d(
            ModelBuilder model, String name, Operand<TFloat32> x, int filters, int kernelSize, int stride) {
        return conv2d(model, name, x, filters, Window.of(kernelSize).stride(stride), true, Initializer.heNormal());
    }

    /**
     * Returns a convolution; its kernel is [height, width, channels, filters].
     *
     * @param bias whether there is one; a batch normalisation behind it makes it useless
     */
    public static Operand<TFloat32> conv2d(
            ModelBuilder model,
            String name,
            Operand<TFloat32> x,
            int filters,
            Window window,
            boolean bias,
            Initializer kernelValues) {
        Operand<TFloat32> kernel = kernel(model, name + "/kernel", x, window, filters, kernelValues);
        Operand<TFloat32> y = model.tf().nn.conv2d(x, kernel, window.strides(), window.pad());
        return bias ? biased(model, name, y, filters) : y;
    }

    /**
     * Returns a convolution of each channel by itself: {@code multiplier} results for each.
     *
     * <p>Its kernel is [height, width, channels, multiplier], its bias [channels * multiplier].
     */
    public static Operand<TFloat32> depthwiseConv2d(
            ModelBuilder model,
            String name,
            Operand<TFloat32> x,
            int multiplier,
            Window window,
            boolean bias,
            Initializer kernelValues) {
        Operand<TFloat32> kernel = kernel(model, name + "/kernel", x, window, multiplier, kernelValues);
        Operand<TFloat32> y = depthwise(model, x, kernel, window);
        return bias ? biased(model, name, y, Sizes.last(name, x) * multiplier) : y;
    }

    /**
     * Returns a convolution of each channel by itself, then one over all of them of each pixel by itself.
     *
     * <p>Variables: depthwise_kernel [height, width, channels, multiplier], pointwise_kernel [1, 1, channels * multiplier, filters], bias.
     */
    public static Operand<TFloat32> separableConv2d(
            ModelBuilder model,
            String name,
            Operand<TFloat32> x,
            int filters,
            int multiplier,
            Window window,
            boolean bias,
            Initializer kernelValues) {
        Operand<TFloat32> depthwise = kernel(model, name + "/depthwise_kernel", x, window, multiplier, kernelValues);
        Operand<TFloat32> each = depthwise(model, x, depthwise, window);
        Operand<TFloat32> pointwise =
                kernel(model, name + "/pointwise_kernel", each, Window.of(1), filters, kernelValues);
        Operand<TFloat32> y = model.tf().nn.conv2d(each, pointwise, Window.of(1).strides(), "VALID");
        return bias ? biased(model, name, y, filters) : y;
    }

    private static Operand<TFloat32> depthwise(
            ModelBuilder model, Operand<TFloat32> x, Operand<TFloat32> kernel, Window window) {
        return model.tf().nn.depthwiseConv2dNative(x, kernel, window.strides(), window.pad());
    }

    private static Operand<TFloat32> kernel(
            ModelBuilder model, String name, Operand<TFloat32> x, Window window, long last, Initializer values) {
        long channels = Sizes.known(name, x, 4, 3, PICTURES);
        return model.variable(name, Shape.of(window.height(), window.width(), channels, last), values);
    }

    private static Operand<TFloat32> biased(ModelBuilder model, String name, Operand<TFloat32> y, long units) {
        return model.tf().nn.biasAdd(y, model.variable(name + "/bias", Shape.of(units), Initializer.zeros()));
    }

    /** Returns batch normalisation with Keras' constants: momentum 0.99, epsilon 0.001. */
    public static Operand<TFloat32> batchNorm(ModelBuilder model, String name, Operand<TFloat32> x) {
        return batchNorm(model, name, x, 0.99, 1e-3);
    }

    /**
     * Returns {@code x} brought to mean 0 and variance 1 for each feature or channel, the last dimension, then times gamma plus beta.
     *
     * <p>Training builds take mean and variance of this worker's own rows of the step, and move the states {@code moving_mean} and
     * {@code moving_variance} towards them: by the mean over the workers, weighted by rows. Other builds take the states.
     *
     * @param momentum share of the moving values that stays with each step, 0 to below 1
     * @param epsilon added to the variance, above 0
     */
    public static Operand<TFloat32> batchNorm(
            ModelBuilder model, String name, Operand<TFloat32> x, double momentum, double epsilon) {
        return new BatchNorm(model, name, x, momentum, epsilon).apply();
    }

    /** Returns the largest of each {@code size} by {@code size} field; height and width are divided by {@code size}, rounded up. */
    public static Operand<TFloat32> maxPool(ModelBuilder model, Operand<TFloat32> x, int size) {
        return maxPool(model, x, Window.of(size).stride(size));
    }

    /** Returns the largest value in each window. */
    public static Operand<TFloat32> maxPool(ModelBuilder model, Operand<TFloat32> x, Window window) {
        Ops tf = model.tf();
        Operand<TInt32> size = tf.constant(new int[] {1, window.height(), window.width(), 1});
        Operand<TInt32> stride = tf.constant(new int[] {1, window.stride(), window.stride(), 1});
        return tf.nn.maxPool(x, size, stride, window.pad());
    }

    /** Returns the mean of each window; what pads it does not count. */
    public static Operand<TFloat32> averagePool(ModelBuilder model, Operand<TFloat32> x, Window window) {
        return model.tf().nn.avgPool(x, window.sizes(), window.strides(), window.pad());
    }

    /** Returns the mean over height and width: [rows, channels]. */
    public static Operand<TFloat32> globalAveragePool(ModelBuilder model, Operand<TFloat32> x) {
        return model.tf().math.mean(x, model.tf().constant(new int[] {1, 2}));
    }

    /** Returns the largest value over height and width: [rows, channels]. */
    public static Operand<TFloat32> globalMaxPool(ModelBuilder model, Operand<TFloat32> x) {
        return model.tf().reduceMax(x, model.tf().constant(new int[] {1, 2}));
    }

    /** Returns [rows, everything else], for {@code x} with all sizes but the rows known. */
    public static Operand<TFloat32> flatten(ModelBuilder model, Operand<TFloat32> x) {
        long features = 1;
        for (int i = 1; i < x.shape().numDimensions(); i++) {
            features *= Sizes.known("flatten", x, x.shape().numDimensions(), i, "[rows, …] with known sizes");
        }
        return model.tf().reshape(x, model.tf().constant(new long[] {-1, features}));
    }

    /** Returns an embedding whose table begins uniform within ±0.05, as Keras'. */
    public static Operand<TFloat32> embedding(
            ModelBuilder model, String name, Operand<? extends TNumber> ids, int count, int width) {
        return embedding(model, name, ids, count, width, Initializer.randomUniform(-0.05, 0.05));
    }

    /**
     * Returns a learned vector for each number: shape of {@code ids} and [width] behind it.
     *
     * <p>The table is {@code name/embeddings}, [count, width]. Its gradient is a whole table, since TensorFlow has a sparse one in Python
     * only: it travels between workers with each step, so keep tables to some million numbers.
     *
     * @param ids int32 or int64, 0 to count-1; others fail the step
     */
    public static Operand<TFloat32> embedding(
            ModelBuilder model,
            String name,
            Operand<? extends TNumber> ids,
            int count,
            int width,
            Initializer tableValues) {
        Operand<TFloat32> table = model.variable(name + "/embeddings", Shape.of(count, width), tableValues);
        return model.tf().gather(table, ids, model.tf().constant(0));
    }

    /**
     * Returns {@code x} with a share of its values set to 0 and the rest scaled up, in training builds; otherwise {@code x} itself.
     *
     * @param rate share to drop, 0 to below 1
     */
    public static Operand<TFloat32> dropout(ModelBuilder model, Operand<TFloat32> x, double rate) {
        Sizes.requireShare("dropout rate", rate);
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
     * Returns an activation by Keras' name.
     *
     * @param name linear, relu, relu6, leaky_relu, elu, selu, gelu, swish, softplus, softsign, sigmoid, hard_sigmoid, tanh, exponential,
     *     softmax
     */
    public static Operand<TFloat32> activation(ModelBuilder model, String name, Operand<TFloat32> x) {
        return Activations.of(model.tf(), name, x);
    }

    /** Short for {@link Losses#softmaxCrossEntropy}. */
    public static Operand<TFloat32> softmaxCrossEntropy(
            ModelBuilder model, Operand<TFloat32> logits, Operand<TInt64> labels, double smoothing) {
        return Losses.softmaxCrossEntropy(model, logits, labels, smoothing);
    }

    /** Returns the share of rows whose largest logit is the label's: a scalar; see {@link Metrics} for others. */
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
}
