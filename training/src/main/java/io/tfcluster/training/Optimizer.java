package io.tfcluster.training;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * How gradients change variables: TensorFlow's own {@code ResourceApply*} operations, with the slots beside the variable.
 *
 * <p>{@code g} is the gradient of the mean loss over the rows of all workers, {@code v} the variable. What clipping and decay do, they do
 * to that mean. Optimizers are equal if they were made with the same numbers and equal schedules.
 *
 * <pre>{@code
 * Optimizer.adam(0.001)
 * Optimizer.momentum(Schedule.warmUp(100, Schedule.cosine(0.1, 5_000)), 0.9)
 *         .withWeightDecay(WeightDecay.l2(1e-4).exceptBiasesAndNorms())
 *         .withClipping(Clipping.byGlobalNorm(1))
 * }</pre>
 */
public sealed interface Optimizer extends Serializable
        permits Optimizer.SGD,
                Optimizer.Momentum,
                Optimizer.Adagrad,
                Optimizer.RMSProp,
                Optimizer.Adam,
                Optimizer.Ftrl,
                Optimizer.Adjusted {
    /** Returns the learning rate by step. */
    Schedule schedule();

    /** Returns this optimizer with gradients clipped, after the adjustments it has already. */
    default Optimizer withClipping(Clipping clipping) {
        return new Adjusted(this, List.of(clipping));
    }

    /** Returns this optimizer with variables that decay, after the adjustments it has already. */
    default Optimizer withWeightDecay(WeightDecay decay) {
        return new Adjusted(this, List.of(decay));
    }

    /** {@code v -= rate * g}. */
    static Optimizer sgd(double rate) {
        return sgd(Schedule.constant(rate));
    }

    /** {@code v -= rate * g}. */
    static Optimizer sgd(Schedule schedule) {
        return new SGD(schedule);
    }

    /** {@code a = momentum * a + g; v -= rate * a}. */
    static Optimizer momentum(double rate, double momentum) {
        return momentum(Schedule.constant(rate), momentum);
    }

    /** {@code a = momentum * a + g; v -= rate * a}. */
    static Optimizer momentum(Schedule schedule, double momentum) {
        return new Momentum(schedule, (float) momentum, false);
    }

    /** {@code a = momentum * a + g; v -= rate * (g + momentum * a)}: Nesterov's momentum. */
    static Optimizer nesterov(double rate, double momentum) {
        return nesterov(Schedule.constant(rate), momentum);
    }

    /** {@code a = momentum * a + g; v -= rate * (g + momentum * a)}: Nesterov's momentum. */
    static Optimizer nesterov(Schedule schedule, double momentum) {
        return new Momentum(schedule, (float) momentum, true);
    }

    /** Adagrad with Keras' constants: the sum of squares begins with 0.1, epsilon 1e-7. */
    static Optimizer adagrad(double rate) {
        return adagrad(Schedule.constant(rate));
    }

    /** Adagrad with Keras' constants: the sum of squares begins with 0.1, epsilon 1e-7. */
    static Optimizer adagrad(Schedule schedule) {
        return new Adagrad(schedule, 0.1f, 1e-7f);
    }

    /** RMSProp with Keras' constants: decay 0.9, no momentum, epsilon 1e-7, not centred. */
    static Optimizer rmsProp(double rate) {
        return rmsProp(Schedule.constant(rate));
    }

    /** RMSProp with Keras' constants: decay 0.9, no momentum, epsilon 1e-7, not centred. */
    static Optimizer rmsProp(Schedule schedule) {
        return new RMSProp(schedule, 0.9f, 0, 1e-7f, false);
    }

    /** Adam with the paper's constants: 0.9, 0.999, 1e-8. */
    static Optimizer adam(double rate) {
        return adam(Schedule.constant(rate));
    }

    /** Adam with the paper's constants: 0.9, 0.999, 1e-8. */
    static Optimizer adam(Schedule schedule) {
        return new Adam(schedule, 0.9f, 0.999f, 1e-8f);
    }

    /** Adam with decoupled decay of all variables: {@code v -= rate * decay * v} before Adam's step; Loshchilov and Hutter, 2019. */
    static Optimizer adamW(double rate, double decay) {
        return adamW(Schedule.constant(rate), WeightDecay.decoupled(decay));
    }

    /**
     * Adam with decoupled decay.
     *
     * @param decay such as {@code WeightDecay.decoupled(0.01).exceptBiasesAndNorms()}
     */
    static Optimizer adamW(Schedule schedule, WeightDecay decay) {
        return adam(schedule).withWeightDecay(decay);
    }

    /** Ftrl with Keras' constants: power -0.5, the sum of squares begins with 0.1, no regularisation. */
    static Optimizer ftrl(double rate) {
        return new Ftrl(Schedule.constant(rate), -0.5f, 0.1f, 0, 0, 0);
    }

    /**
     * Stochastic gradient descent.
     *
     * @param schedule learning rate by step
     */
    record SGD(Schedule schedule) implements Optimizer {
        /** Checks that there is a schedule. */
        public SGD {
            requireNonNull(schedule, "schedule");
        }
    }

    /**
     * Gradient descent with momentum. As TensorFlow has it, the rate is not part of what is gathered; Keras gathers {@code rate * g}, which
     * differs when the rate changes.
     *
     * @param schedule learning rate by step
     * @param momentum 0 to below 1
     * @param nesterov whether to look ahead: {@code v -= rate * (g + momentum * a)}
     */
    record Momentum(Schedule schedule, float momentum, boolean nesterov) implements Optimizer {
        /** Checks the momentum. */
        public Momentum {
            requireNonNull(schedule, "schedule");
            requireShare("momentum", momentum);
        }
    }

    /**
     * Adagrad, {@code s += g²; v -= rate * g / (sqrt(s) + epsilon)}: Duchi, Hazan and Singer, 2011.
     *
     * @param schedule learning rate by step
     * @param initialAccumulator what the sum of squares begins with, 0 or more
     * @param epsilon added to the root, above 0
     */
    record Adagrad(Schedule schedule, float initialAccumulator, float epsilon) implements Optimizer {
        /** Checks the constants. */
        public Adagrad {
            requireNonNull(schedule, "schedule");
            requireNotNegative("Adagrad's initialAccumulator", initialAccumulator);
            requirePositive("Adagrad's epsilon", epsilon);
        }
    }

    /**
     * RMSProp, {@code s = decay * s + (1 - decay) * g²; a = momentum * a + rate * g / sqrt(s + epsilon); v -= a}: Hinton, 2012.
     *
     * @param schedule learning rate by step
     * @param decay of the mean of squares, 0 to below 1; Keras' rho
     * @param momentum 0 to below 1
     * @param epsilon added to the squares, above 0
     * @param centered whether the square of the mean gradient is taken off the mean of squares: Graves, 2013
     */
    record RMSProp(Schedule schedule, float decay, float momentum, float epsilon, boolean centered)
            implements Optimizer {
        /** Checks the constants. */
        public RMSProp {
            requireNonNull(schedule, "schedule");
            requireShare("RMSProp's decay", decay);
            requireShare("RMSProp's momentum", momentum);
            requirePositive("RMSProp's epsilon", epsilon);
        }
    }

    /**
     * Adam: Kingma and Ba, 2015.
     *
     * @param schedule learning rate by step
     * @param beta1 decay of the mean, 0 to below 1
     * @param beta2 decay of the squares, 0 to below 1
     * @param epsilon added to the root, above 0
     */
    record Adam(Schedule schedule, float beta1, float beta2, float epsilon) implements Optimizer {
        /** Checks the constants. */
        public Adam {
            requireNonNull(schedule, "schedule");
            requireShare("Adam's beta1", beta1);
            requireShare("Adam's beta2", beta2);
            requirePositive("Adam's epsilon", epsilon);
        }
    }

    /**
     * Follow the regularised leader, for sparse linear models: McMahan et al., 2013. The rate must be above 0 at all steps.
     *
     * @param schedule learning rate by step
     * @param power of the sum of squares in the rate, 0 or less
     * @param initialAccumulator what the sum of squares begins with, above 0
     * @param l1 strength of the L1 regularisation, 0 or more
     * @param l2 strength of the L2 regularisation, 0 or more
     * @param shrinkage L2 regularisation of the gradient only, 0 or more
     */
    record Ftrl(Schedule schedule, float power, float initialAccumulator, float l1, float l2, float shrinkage)
            implements Optimizer {
        /** Checks the constants. */
        public Ftrl {
            requireNonNull(schedule, "schedule");
            if (!(power <= 0)) {
                throw new IllegalArgumentException("Ftrl's power must be 0 or less, got " + power);
            }
            requirePositive("Ftrl's initialAccumulator", initialAccumulator);
            requireNotNegative("Ftrl's l1", l1);
            requireNotNegative("Ftrl's l2", l2);
            requireNotNegative("Ftrl's shrinkage", shrinkage);
        }
    }

    /**
     * An optimizer whose gradients or variables are changed before it sees them.
     *
     * @param inner the optimizer, not an adjusted one
     * @param adjustments in the order in which they are done
     */
    record Adjusted(Optimizer inner, List<Adjustment> adjustments) implements Optimizer {
        /** Puts adjustments of an adjusted optimizer before these. */
        public Adjusted {
            requireNonNull(inner, "inner");
            adjustments = List.copyOf(adjustments);
            if (inner instanceof Adjusted adjusted) {
                List<Adjustment> joined = new ArrayList<>(adjusted.adjustments());
                joined.addAll(adjustments);
                adjustments = List.copyOf(joined);
                inner = adjusted.inner();
            }
        }

        @Override
        public Schedule schedule() {
            return inner.schedule();
        }
    }

    private static void requireShare(String what, float value) {
        if (!(value >= 0 && value < 1)) {
            throw new IllegalArgumentException(what + " must be 0 to below 1, got " + value);
        }
    }

    private static void requirePositive(String what, float value) {
        if (!(value > 0) || Float.isInfinite(value)) {
            throw new IllegalArgumentException(what + " must be above 0 and finite, got " + value);
        }
    }

    private static void requireNotNegative(String what, float value) {
        if (!(value >= 0) || Float.isInfinite(value)) {
            throw new IllegalArgumentException(what + " must be 0 or more and finite, got " + value);
        }
    }
}
