package io.tfcluster.training;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.ReadVariableOp;
import org.tensorflow.types.TFloat32;

/**
 * The operations of {@link Adjustment}s: gradients go in and come out changed.
 *
 * <p>Decay that is decoupled changes variables. It waits for all gradients, and the gradients that come out wait for it, so that no
 * gradient is computed from decayed variables and no step is taken before the decay.
 */
final class GradientAdjuster {
    private final Ops tf;
    private final List<VariableStore.Variable> variables;
    private final Operand<TFloat32> rate;
    private List<Operand<TFloat32>> gradients;

    private GradientAdjuster(
            Ops tf, List<VariableStore.Variable> variables, List<Operand<TFloat32>> gradients, Operand<TFloat32> rate) {
        this.tf = tf;
        this.variables = variables;
        this.gradients = gradients;
        this.rate = rate;
    }

    static List<Operand<TFloat32>> adjust(
            Ops tf,
            List<Adjustment> adjustments,
            List<VariableStore.Variable> variables,
            List<Operand<TFloat32>> gradients,
            Operand<TFloat32> rate) {
        GradientAdjuster adjuster = new GradientAdjuster(tf, variables, gradients, rate);
        adjustments.forEach(adjuster::apply);
        return adjuster.gradients;
    }

    private void apply(Adjustment adjustment) {
        if (adjustment instanceof Clipping clipping) {
            gradients = switch (clipping.kind()) {
                case VALUE -> byValue(clipping.limit());
                case NORM -> byNorm(clipping.limit());
                case GLOBAL_NORM -> byGlobalNorm(clipping.limit());
            };
        } else if (adjustment instanceof WeightDecay decay) {
            gradients = decay.decoupled() ? decoupled(decay) : l2(decay);
        } else {
            throw new IllegalStateException("no operations for " + adjustment);
        }
    }

    private List<Operand<TFloat32>> byValue(float limit) {
        List<Operand<TFloat32>> clipped = new ArrayList<>();
        for (Operand<TFloat32> gradient : gradients) {
            clipped.add(tf.math.minimum(tf.math.maximum(gradient, tf.constant(-limit)), tf.constant(limit)));
        }
        return clipped;
    }

    private List<Operand<TFloat32>> byNorm(float limit) {
        Map<String, Operand<TFloat32>> sums = new HashMap<>(); // by name, since a variable may be in parts
        for (int i = 0; i < gradients.size(); i++) {
            sums.merge(
                    variables.get(i).whole().name(), squares(gradients.get(i)), (sum, more) -> tf.math.add(sum, more));
        }
        List<Operand<TFloat32>> clipped = new ArrayList<>();
        for (int i = 0; i < gradients.size(); i++) {
            Operand<TFloat32> squares = sums.get(variables.get(i).whole().name());
            clipped.add(tf.math.mul(gradients.get(i), scale(requireNonNull(squares, "squares"), limit)));
        }
        return clipped;
    }

    private List<Operand<TFloat32>> byGlobalNorm(float limit) {
        Operand<TFloat32> sum = squares(gradients.get(0));
        for (Operand<TFloat32> gradient : gradients.subList(1, gradients.size())) {
            sum = tf.math.add(sum, squares(gradient));
        }
        Operand<TFloat32> scale = scale(sum, limit);
        List<Operand<TFloat32>> clipped = new ArrayList<>();
        for (Operand<TFloat32> gradient : gradients) {
            clipped.add(tf.math.mul(gradient, scale));
        }
        return clipped;
    }

    private Operand<TFloat32> squares(Operand<TFloat32> gradient) {
        return tf.reduceSum(tf.math.square(tf.reshape(gradient, tf.constant(new int[] {-1}))), tf.constant(0));
    }

    private Operand<TFloat32> scale(Operand<TFloat32> squares, float limit) {
        return tf.math.div(tf.constant(limit), tf.math.maximum(tf.math.sqrt(squares), tf.constant(limit)));
    }

    private List<Operand<TFloat32>> l2(WeightDecay decay) {
        List<Operand<TFloat32>> grown = new ArrayList<>();
        for (int i = 0; i < variables.size(); i++) {
            VariableStore.Variable variable = variables.get(i);
            Operand<TFloat32> gradient = gradients.get(i);
            grown.add(
                    decay.appliesTo(variable.whole().name())
                            ? tf.math.add(gradient, tf.math.mul(tf.constant(decay.rate()), read(tf, variable)))
                            : gradient);
        }
        return grown;
    }

    private List<Operand<TFloat32>> decoupled(WeightDecay decay) {
        Ops after = tf.withControlDependencies(new ArrayList<Op>(gradients));
        Operand<TFloat32> share = tf.math.mul(rate, tf.constant(decay.rate()));
        List<Op> decayed = new ArrayList<>();
        for (VariableStore.Variable variable : variables) {
            if (decay.appliesTo(variable.whole().name())) {
                decayed.add(after.assignSubVariableOp(variable.handle(), tf.math.mul(share, read(after, variable))));
            }
        }
        Ops later = tf.withControlDependencies(decayed);
        List<Operand<TFloat32>> same = new ArrayList<>();
        for (Operand<TFloat32> gradient : gradients) {
            same.add(later.identity(gradient));
        }
        return same;
    }

    private static Operand<TFloat32> read(Ops ops, VariableStore.Variable variable) {
        return ReadVariableOp.create(ops.scope(), variable.handle(), TFloat32.class)
                .value();
    }
}
