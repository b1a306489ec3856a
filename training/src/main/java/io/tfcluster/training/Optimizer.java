package io.tfcluster.training;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;

/**
 * How gradients change variables: TensorFlow's own {@code ResourceApply*} operations, with the slots beside the variable.
 *
 * <pre>{@code
 * Optimizer.adam(0.001)
 * Optimizer.momentum(Schedule.warmUp(100, Schedule.cosine(0.1, 5_000)), 0.9)
 * }</pre>
 */
public sealed interface Optimizer extends Serializable permits Optimizer.SGD, Optimizer.Momentum, Optimizer.Adam {
    /** Returns the learning rate by step. */
    Schedule schedule();

    /** {@code v -= rate * g}. */
    static Optimizer sgd(double rate) {
        return new SGD(Schedule.constant(rate));
    }

    /** {@code v -= rate * g}. */
    static Optimizer sgd(Schedule schedule) {
        return new SGD(schedule);
    }

    /** {@code a = momentum * a + g; v -= rate * a}. */
    static Optimizer momentum(double rate, double momentum) {
        return new Momentum(Schedule.constant(rate), (float) momentum, false);
    }

    /** {@code a = momentum * a + g; v -= rate * a}. */
    static Optimizer momentum(Schedule schedule, double momentum) {
        return new Momentum(schedule, (float) momentum, false);
    }

    /** Adam with the paper's constants: 0.9, 0.999, 1e-8. */
    static Optimizer adam(double rate) {
        return adam(Schedule.constant(rate));
    }

    /** Adam with the paper's constants: 0.9, 0.999, 1e-8. */
    static Optimizer adam(Schedule schedule) {
        return new Adam(schedule, 0.9f, 0.999f, 1e-8f);
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
     * Gradient descent with momentum.
     *
     * @param schedule learning rate by step
     * @param momentum 0 to below 1
     * @param nesterov whether to look ahead: {@code v -= rate * (g + momentum * a)}
     */
    record Momentum(Schedule schedule, float momentum, boolean nesterov) implements Optimizer {
        /** Checks the momentum. */
        public Momentum {
            requireNonNull(schedule, "schedule");
            if (!(momentum >= 0 && momentum < 1)) {
                throw new IllegalArgumentException("momentum must be 0 to below 1, got " + momentum);
            }
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
            if (!(beta1 >= 0 && beta1 < 1) || !(beta2 >= 0 && beta2 < 1) || !(epsilon > 0)) {
                throw new IllegalArgumentException("Adam needs betas from 0 to below 1 and epsilon above 0, got beta1 "
                        + beta1 + ", beta2 " + beta2 + ", epsilon " + epsilon);
            }
        }
    }
}
