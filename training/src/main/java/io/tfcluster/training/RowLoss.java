package io.tfcluster.training;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TNumber;

/** Makes the one number that is minimised of a loss that a model gives row by row, with the rows' weights. */
final class RowLoss {
    private RowLoss() {}

    /** Returns the spec with a loss that is the mean over the rows, if it has any loss. */
    static ModelSpec joined(ModelSpec spec, ModelBuilder builder, @Nullable String weights) {
        if (weights != null && spec.loss().isPresent()) {
            throw new IllegalArgumentException("input \"" + weights + "\" is to weigh the rows, but the model function"
                    + " gives loss(…), a mean in which no row can be told; have it give ModelSpec.builder().rowLosses(…) of"
                    + " shape [rows], such as Losses.softmaxCrossEntropyRows");
        }
        return spec.rowLosses()
                .map(rows -> spec.withLoss(mean(spec, rows, builder, weights)))
                .orElse(spec);
    }

    private static Operand<TFloat32> mean(
            ModelSpec spec, Operand<TFloat32> rows, ModelBuilder builder, @Nullable String weights) {
        Ops tf = builder.tf().withSubScope("loss");
        checkVector("rowLosses", rows);
        Operand<TFloat32> weighted =
                weights == null ? rows : tf.math.mul(rows, checked(tf, weights, builder.input(weights)));
        Operand<TFloat32> mean = tf.math.mean(weighted, tf.constant(0));
        return spec.penalty().map(penalty -> sum(tf, mean, penalty)).orElse(mean);
    }

    private static Operand<TFloat32> sum(Ops tf, Operand<TFloat32> mean, Operand<TFloat32> penalty) {
        ModelBuild.checkScalar("the penalty", penalty);
        return tf.math.add(mean, penalty);
    }

    /** Weights as numbers that have been looked at: one below 0 would turn learning round. */
    private static Operand<TFloat32> checked(Ops tf, String name, Operand<?> weights) {
        checkVector("weights \"" + name + "\"", weights);
        if (!weights.asOutput().dataType().name().matches("DT_(FLOAT|DOUBLE|U?INT8|INT32|INT64)")) {
            throw new IllegalArgumentException("weights must be numbers, but " + ModelBuilder.describe(name, weights));
        }
        @SuppressWarnings("unchecked") // the data type was looked at
        Operand<? extends TNumber> numbers = (Operand<? extends TNumber>) weights;
        Operand<TFloat32> given = tf.dtypes.cast(numbers, TFloat32.class);
        Operand<TBool> valid = tf.reduceAll(
                tf.math.logicalAnd(tf.math.greaterEqual(given, tf.constant(0f)), tf.math.isFinite(given)),
                tf.constant(0));
        return tf.withControlDependencies(tf.assertThat(
                        valid,
                        List.of(tf.constant("weights of rows must be 0 or more and finite, got " + name), given)))
                .identity(given);
    }

    private static void checkVector(String what, Operand<?> operand) {
        Shape shape = operand.shape();
        if (!shape.isUnknown() && shape.numDimensions() != 1) {
            throw new IllegalArgumentException(
                    what + " must have one number per row, shape [rows], but has shape " + Shapes.text(shape));
        }
    }
}
