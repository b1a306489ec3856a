package io.tfcluster.training.layers;

import io.tfcluster.training.ModelBuilder;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.framework.regularizers.L1L2;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TNumber;

/**
 * What a model minimises: scalars, means over the rows of the batch, and terms without rows to add to them.
 *
 * <p>The trainer takes the mean of the workers' losses weighted by their rows. A term that is the same on all workers, such as
 * {@link #l2}, comes out of that as it went in: it counts once, however many workers there are.
 *
 * <pre>{@code
 * Operand<TFloat32> loss = tf.math.add(
 *         Losses.softmaxCrossEntropy(model, logits, label, 0.1), Losses.l2(model, 1e-4, List.of(kernel)));
 * }</pre>
 */
public final class Losses {
    private Losses() {}

    /**
     * Returns the mean cross entropy of a softmax over classes.
     *
     * @param logits [rows, classes]
     * @param labels [rows], 0 to classes-1; others fail the step, instead of counting as nothing
     * @param smoothing share of each label that is spread evenly over all classes, 0 for none
     */
    public static Operand<TFloat32> softmaxCrossEntropy(
            ModelBuilder model, Operand<TFloat32> logits, Operand<TInt64> labels, double smoothing) {
        return Layers.mean(model, softmaxCrossEntropyRows(model, logits, labels, smoothing));
    }

    /** As {@link #softmaxCrossEntropy}, but of each row, [rows]: for {@code ModelSpec.Builder.rowLosses}. */
    public static Operand<TFloat32> softmaxCrossEntropyRows(
            ModelBuilder model, Operand<TFloat32> logits, Operand<TInt64> labels, double smoothing) {
        Sizes.requireShare("label smoothing", smoothing);
        Ops tf = model.tf();
        int classes = Math.toIntExact(Sizes.known("softmaxCrossEntropy", logits, 2, 1, "[rows, classes]"));
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
        return tf.nn.softmaxCrossEntropyWithLogits(logits, target).loss();
    }

    /**
     * Returns the mean cross entropy of a sigmoid for each of several yes-or-no questions.
     *
     * @param logits [rows, questions], or [rows]
     * @param labels of the same shape, 0 to 1
     * @param smoothing share of each label that is spread evenly over yes and no, 0 for none
     */
    public static Operand<TFloat32> sigmoidCrossEntropy(
            ModelBuilder model, Operand<TFloat32> logits, Operand<? extends TNumber> labels, double smoothing) {
        Sizes.requireShare("label smoothing", smoothing);
        Sizes.same("sigmoidCrossEntropy", logits, labels);
        return Layers.mean(
                model,
                org.tensorflow.framework.losses.Losses.binaryCrossentropy(
                        model.tf(), labels, logits, true, (float) smoothing));
    }

    /** As {@link #sigmoidCrossEntropy}, but the mean over the questions of each row, [rows]: for {@code ModelSpec.Builder.rowLosses}. */
    public static Operand<TFloat32> sigmoidCrossEntropyRows(
            ModelBuilder model, Operand<TFloat32> logits, Operand<? extends TNumber> labels, double smoothing) {
        Sizes.requireShare("label smoothing", smoothing);
        Sizes.same("sigmoidCrossEntropyRows", logits, labels);
        return org.tensorflow.framework.losses.Losses.binaryCrossentropy(
                model.tf(), table(model, labels), table(model, logits), true, (float) smoothing);
    }

    /** Returns the mean of the squared differences of each row, [rows]: for {@code ModelSpec.Builder.rowLosses}. */
    public static Operand<TFloat32> squaredErrorRows(
            ModelBuilder model, Operand<TFloat32> predicted, Operand<? extends TNumber> expected) {
        Sizes.same("squaredErrorRows", predicted, expected);
        return org.tensorflow.framework.losses.Losses.meanSquaredError(
                model.tf(), table(model, expected), table(model, predicted));
    }

    /** Makes [rows, …] a table of [rows, numbers of one row]. */
    private static <T extends TNumber> Operand<T> table(ModelBuilder model, Operand<T> x) {
        Ops tf = model.tf();
        return x.shape().isUnknown() || x.shape().numDimensions() == 1
                ? tf.expandDims(x, tf.constant(1))
                : tf.reshape(
                        x,
                        tf.concat(
                                List.of(
                                        tf.gather(tf.shape(x), tf.constant(new int[] {0}), tf.constant(0)),
                                        tf.constant(new int[] {-1})),
                                tf.constant(0)));
    }

    /** Returns the mean of the squared differences, for two of the same shape. */
    public static Operand<TFloat32> meanSquaredError(
            ModelBuilder model, Operand<TFloat32> predicted, Operand<? extends TNumber> expected) {
        Sizes.same("meanSquaredError", predicted, expected);
        return Layers.mean(
                model, org.tensorflow.framework.losses.Losses.meanSquaredError(model.tf(), expected, predicted));
    }

    /** Returns the mean of the absolute differences, for two of the same shape. */
    public static Operand<TFloat32> meanAbsoluteError(
            ModelBuilder model, Operand<TFloat32> predicted, Operand<? extends TNumber> expected) {
        Sizes.same("meanAbsoluteError", predicted, expected);
        return Layers.mean(
                model, org.tensorflow.framework.losses.Losses.meanAbsoluteError(model.tf(), expected, predicted));
    }

    /**
     * Returns the mean of half the squared differences up to {@code delta}, from there on growing straight: Huber, 1964.
     *
     * @param delta above 0
     */
    public static Operand<TFloat32> huber(
            ModelBuilder model, Operand<TFloat32> predicted, Operand<? extends TNumber> expected, double delta) {
        Sizes.same("huber", predicted, expected);
        if (!(delta > 0)) {
            throw new IllegalArgumentException("the delta of a Huber loss must be above 0, got " + delta);
        }
        return Layers.mean(
                model, org.tensorflow.framework.losses.Losses.huber(model.tf(), expected, predicted, (float) delta));
    }

    /** Returns {@code strength * Σ |w|} over all kernels, a term to add to a loss. */
    public static Operand<TFloat32> l1(ModelBuilder model, double strength, List<Operand<TFloat32>> kernels) {
        return regularisation(model, new L1L2((float) strength, 0), kernels);
    }

    /** Returns {@code strength * Σ w²} over all kernels (Keras' L2, without the half), a term to add to a loss. */
    public static Operand<TFloat32> l2(ModelBuilder model, double strength, List<Operand<TFloat32>> kernels) {
        return regularisation(model, new L1L2(0, (float) strength), kernels);
    }

    private static Operand<TFloat32> regularisation(
            ModelBuilder model, L1L2 regularizer, List<Operand<TFloat32>> kernels) {
        Operand<TFloat32> sum = model.tf().constant(0f);
        for (Operand<TFloat32> kernel : kernels) {
            sum = model.tf().math.add(sum, regularizer.call(model.tf(), kernel));
        }
        return sum;
    }
}
