package io.tfcluster.training.layers;

import io.tfcluster.training.Metric;
import io.tfcluster.training.ModelBuilder;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TNumber;

/**
 * What a model reports: sums over rows, so that the numbers are exact over all batches and workers, however uneven.
 *
 * <p>The formulas are Keras'. What would be 0 / 0 is 0, as a precision where nothing was predicted. Labels of classes are [rows], 0 to
 * classes-1, for logits (or probabilities) of [rows, classes], of which the first of equals is the largest. Labels of a yes-or-no question are [rows], 1 for yes and 0 for no, for
 * probabilities of [rows] or [rows, 1]; yes is predicted above the threshold.
 *
 * <pre>{@code
 * ModelSpec.builder()
 *         .metric("accuracy", Metrics.accuracy(model, logits, label))
 *         .metric("top5", Metrics.topK(model, logits, label, 5))
 * }</pre>
 */
public final class Metrics {
    private static final int PARTS = 3;
    private static final int TRUE_POSITIVES = 0;
    private static final int PREDICTED = 1;
    private static final int ACTUAL = 2;

    private Metrics() {}

    /** Share of rows whose largest logit is the label's. */
    public static Metric accuracy(ModelBuilder model, Operand<TFloat32> logits, Operand<TInt64> labels) {
        Ops tf = model.tf();
        return share(tf, tf.math.equal(tf.math.argMax(logits, tf.constant(1)), labels));
    }

    /** Share of rows whose label is among the {@code k} largest logits. */
    public static Metric topK(ModelBuilder model, Operand<TFloat32> logits, Operand<TInt64> labels, int k) {
        if (k < 1) {
            throw new IllegalArgumentException("top k needs a k of 1 or more, got " + k);
        }
        Ops tf = model.tf();
        return share(tf, tf.nn.inTopK(logits, labels, tf.constant((long) k)));
    }

    /** Share of rows whose question is answered right. */
    public static Metric binaryAccuracy(
            ModelBuilder model, Operand<TFloat32> probabilities, Operand<? extends TNumber> labels, double threshold) {
        Binary binary = new Binary(model, probabilities, labels);
        return share(model.tf(), model.tf().math.equal(binary.predicted(threshold), binary.actual));
    }

    /** Share of those predicted yes that are yes. */
    public static Metric precision(
            ModelBuilder model, Operand<TFloat32> probabilities, Operand<? extends TNumber> labels, double threshold) {
        return Metric.ofSums(
                new Binary(model, probabilities, labels).counts(threshold),
                (sums, rows) -> ratio(sums[TRUE_POSITIVES], sums[PREDICTED]));
    }

    /** Share of those that are yes that are predicted yes. */
    public static Metric recall(
            ModelBuilder model, Operand<TFloat32> probabilities, Operand<? extends TNumber> labels, double threshold) {
        return Metric.ofSums(
                new Binary(model, probabilities, labels).counts(threshold),
                (sums, rows) -> ratio(sums[TRUE_POSITIVES], sums[ACTUAL]));
    }

    /** Harmonic mean of precision and recall. */
    public static Metric f1(
            ModelBuilder model, Operand<TFloat32> probabilities, Operand<? extends TNumber> labels, double threshold) {
        return Metric.ofSums(
                new Binary(model, probabilities, labels).counts(threshold),
                (sums, rows) -> ratio(2 * sums[TRUE_POSITIVES], sums[PREDICTED] + sums[ACTUAL]));
    }

    /** Precision of one class against all others, the largest logit being the prediction. */
    public static Metric precisionOfClass(
            ModelBuilder model, Operand<TFloat32> logits, Operand<TInt64> labels, int which) {
        ClassCounts counts = new ClassCounts(model, logits, labels);
        counts.check(which);
        return Metric.ofSums(counts.sums, (sums, rows) -> counts.precision(sums, which));
    }

    /** Recall of one class against all others, the largest logit being the prediction. */
    public static Metric recallOfClass(
            ModelBuilder model, Operand<TFloat32> logits, Operand<TInt64> labels, int which) {
        ClassCounts counts = new ClassCounts(model, logits, labels);
        counts.check(which);
        return Metric.ofSums(counts.sums, (sums, rows) -> counts.recall(sums, which));
    }

    /** Mean of all classes' precisions. */
    public static Metric macroPrecision(ModelBuilder model, Operand<TFloat32> logits, Operand<TInt64> labels) {
        ClassCounts counts = new ClassCounts(model, logits, labels);
        return Metric.ofSums(counts.sums, (sums, rows) -> counts.mean(sums, counts::precision));
    }

    /** Mean of all classes' recalls. */
    public static Metric macroRecall(ModelBuilder model, Operand<TFloat32> logits, Operand<TInt64> labels) {
        ClassCounts counts = new ClassCounts(model, logits, labels);
        return Metric.ofSums(counts.sums, (sums, rows) -> counts.mean(sums, counts::recall));
    }

    /** Mean of all classes' harmonic means of precision and recall. */
    public static Metric macroF1(ModelBuilder model, Operand<TFloat32> logits, Operand<TInt64> labels) {
        ClassCounts counts = new ClassCounts(model, logits, labels);
        return Metric.ofSums(counts.sums, (sums, rows) -> counts.mean(sums, counts::f1));
    }

    /** Rows of class {@code actual} whose largest logit is that of {@code predicted}: one cell of the confusion matrix. */
    public static Metric confusion(
            ModelBuilder model, Operand<TFloat32> logits, Operand<TInt64> labels, int actual, int predicted) {
        Ops tf = model.tf();
        Operand<TInt64> best = tf.math.argMax(logits, tf.constant(1));
        Operand<TBool> cell = tf.math.logicalAnd(
                tf.math.equal(labels, tf.constant((long) actual)), tf.math.equal(best, tf.constant((long) predicted)));
        return Metric.ofSums(count(tf, cell), (sums, rows) -> sums[0]);
    }

    /** Area under the curve of true over false positive rates, with Keras' 200 thresholds. */
    public static Metric rocAuc(
            ModelBuilder model, Operand<TFloat32> probabilities, Operand<? extends TNumber> labels) {
        return Metric.ofSums(
                new Binary(model, probabilities, labels).buckets(Auc.THRESHOLDS), (sums, rows) -> Auc.roc(sums));
    }

    /** Area under the curve of precision over recall, with Keras' 200 thresholds and interpolation (Davis and Goadrich, 2006). */
    public static Metric prAuc(ModelBuilder model, Operand<TFloat32> probabilities, Operand<? extends TNumber> labels) {
        return Metric.ofSums(
                new Binary(model, probabilities, labels).buckets(Auc.THRESHOLDS),
                (sums, rows) -> Auc.precisionRecall(sums));
    }

    /** Mean of the squared differences, for two of the same shape. */
    public static Metric meanSquaredError(
            ModelBuilder model, Operand<TFloat32> predicted, Operand<? extends TNumber> expected) {
        return Metric.mean(Losses.meanSquaredError(model, predicted, expected));
    }

    /** Mean of the absolute differences, for two of the same shape. */
    public static Metric meanAbsoluteError(
            ModelBuilder model, Operand<TFloat32> predicted, Operand<? extends TNumber> expected) {
        return Metric.mean(Losses.meanAbsoluteError(model, predicted, expected));
    }

    /** Root of the mean of the squared differences, for two of the same shape. */
    public static Metric rootMeanSquaredError(
            ModelBuilder model, Operand<TFloat32> predicted, Operand<? extends TNumber> expected) {
        Ops tf = model.tf();
        Operand<TInt32> rows = tf.gather(tf.shape(predicted), tf.constant(new int[] {0}), tf.constant(0));
        Operand<TFloat32> sum =
                tf.math.mul(Losses.meanSquaredError(model, predicted, expected), tf.dtypes.cast(rows, TFloat32.class));
        return Metric.ofSums(tf.reshape(sum, tf.constant(new int[] {1})), (sums, all) -> Math.sqrt(sums[0] / all));
    }

    /** Counts, and divides once at the end: a mean would be rounded in each batch. */
    private static Metric share(Ops tf, Operand<TBool> hits) {
        return Metric.ofSums(count(tf, hits), (sums, rows) -> sums[0] / rows);
    }

    private static Operand<TFloat32> count(Ops tf, Operand<TBool> rows) {
        return tf.reshape(
                tf.reduceSum(tf.dtypes.cast(rows, TFloat32.class), tf.constant(0)), tf.constant(new int[] {1}));
    }

    private static double ratio(double part, double whole) {
        return whole == 0 ? 0 : part / whole;
    }

    /** A yes-or-no question: probabilities and labels as vectors. */
    private static final class Binary {
        private final Ops tf;
        private final Operand<TFloat32> probability;
        private final Operand<TBool> actual;

        Binary(ModelBuilder model, Operand<TFloat32> probabilities, Operand<? extends TNumber> labels) {
            Sizes.same("a metric of a yes-or-no question", probabilities, labels);
            this.tf = model.tf();
            Operand<TInt32> flat = tf.constant(new int[] {-1});
            this.probability = tf.reshape(probabilities, flat);
            this.actual = tf.dtypes.cast(tf.reshape(labels, flat), TBool.class);
        }

        Operand<TBool> predicted(double threshold) {
            Sizes.requireShare("a threshold", threshold);
            return tf.math.greater(probability, tf.constant((float) threshold));
        }

        /** True positives, predicted, actual. */
        Operand<TFloat32> counts(double threshold) {
            Operand<TBool> predicted = predicted(threshold);
            return tf.concat(
                    List.of(count(tf, tf.math.logicalAnd(predicted, actual)), count(tf, predicted), count(tf, actual)),
                    tf.constant(0));
        }

        /** Rows that are yes by bucket of probability, then those that are no. Bucket b holds b / (n-1) to (b+1) / (n-1). */
        Operand<TFloat32> buckets(int thresholds) {
            Operand<TFloat32> one = tf.constant(1f);
            Operand<TBool> valid = tf.reduceAll(
                    tf.math.logicalAnd(
                            tf.math.greaterEqual(probability, tf.constant(0f)), tf.math.lessEqual(probability, one)),
                    tf.constant(0));
            Ops checked = tf.withControlDependencies(tf.assertThat(
                    valid,
                    List.of(tf.constant("the area under a curve needs probabilities of 0 to 1, got"), probability)));
            Operand<TFloat32> above =
                    tf.math.ceil(checked.math.mul(probability, tf.constant((float) (thresholds - 1))));
            Operand<TInt32> bucket =
                    tf.dtypes.cast(tf.math.maximum(tf.math.sub(above, one), tf.constant(0f)), TInt32.class);
            Operand<TFloat32> yes = tf.dtypes.cast(actual, TFloat32.class);
            Operand<TInt32> count = tf.constant(thresholds);
            return tf.concat(
                    List.of(
                            tf.math.unsortedSegmentSum(yes, bucket, count),
                            tf.math.unsortedSegmentSum(tf.math.sub(one, yes), bucket, count)),
                    tf.constant(0));
        }
    }

    /** True positives of each class, then how often each is predicted, then how often it is right. */
    private static final class ClassCounts {
        private final int classes;
        private final Operand<TFloat32> sums;

        ClassCounts(ModelBuilder model, Operand<TFloat32> logits, Operand<TInt64> labels) {
            Ops tf = model.tf();
            classes = Math.toIntExact(Sizes.known("a metric of classes", logits, 2, 1, "[rows, classes]"));
            Operand<TInt32> count = tf.constant(classes);
            Operand<TFloat32> one = tf.constant(1f);
            Operand<TFloat32> zero = tf.constant(0f);
            Operand<TFloat32> predicted = tf.oneHot(tf.math.argMax(logits, tf.constant(1)), count, one, zero);
            Operand<TFloat32> actual = tf.oneHot(labels, count, one, zero);
            Operand<TInt32> rows = tf.constant(0);
            sums = tf.concat(
                    List.of(
                            tf.reduceSum(tf.math.mul(predicted, actual), rows),
                            tf.reduceSum(predicted, rows),
                            tf.reduceSum(actual, rows)),
                    rows);
        }

        private interface OfClass {
            double of(double[] sums, int which);
        }

        void check(int which) {
            if (which < 0 || which >= classes) {
                throw new IllegalArgumentException("classes are 0 to " + (classes - 1) + ", got " + which);
            }
        }

        double precision(double[] counts, int which) {
            return ratio(counts[which], counts[PREDICTED * classes + which]);
        }

        double recall(double[] counts, int which) {
            return ratio(counts[which], counts[ACTUAL * classes + which]);
        }

        double f1(double[] counts, int which) {
            return ratio(2 * counts[which], counts[PREDICTED * classes + which] + counts[ACTUAL * classes + which]);
        }

        double mean(double[] counts, OfClass ofClass) {
            double sum = 0;
            for (int which = 0; which < counts.length / PARTS; which++) {
                sum += ofClass.of(counts, which);
            }
            return sum / classes;
        }
    }
}
