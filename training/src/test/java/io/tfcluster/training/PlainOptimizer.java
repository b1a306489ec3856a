package io.tfcluster.training;

import java.util.ArrayList;
import java.util.List;

/** Optimizers' published formulas in doubles, without TensorFlow: what the operations are tested against. */
final class PlainOptimizer {
    private final Optimizer optimizer;
    private final List<Adjustment> adjustments;
    private final List<String> names;
    private final List<double[]> variables;
    private final List<double[]> first = new ArrayList<>();
    private final List<double[]> second = new ArrayList<>();
    private final List<double[]> third = new ArrayList<>();
    private int step;

    PlainOptimizer(Optimizer optimizer, List<String> names, List<double[]> variables) {
        this.optimizer = optimizer instanceof Optimizer.Adjusted adjusted ? adjusted.inner() : optimizer;
        this.adjustments = optimizer instanceof Optimizer.Adjusted adjusted ? adjusted.adjustments() : List.of();
        this.names = names;
        this.variables = variables;
        double begin = this.optimizer instanceof Optimizer.Adagrad adagrad
                ? adagrad.initialAccumulator()
                : this.optimizer instanceof Optimizer.Ftrl ftrl ? ftrl.initialAccumulator() : 0;
        for (double[] variable : variables) {
            double[] slot = new double[variable.length];
            java.util.Arrays.fill(slot, begin);
            first.add(slot);
            second.add(new double[variable.length]);
            third.add(new double[variable.length]);
        }
    }

    /** Takes a step with one gradient for each variable. */
    void step(List<double[]> gradients) {
        double rate = optimizer.schedule().at(step++);
        adjustments.forEach(adjustment -> adjust(adjustment, gradients, rate));
        for (int i = 0; i < variables.size(); i++) {
            for (int j = 0; j < variables.get(i).length; j++) {
                variables.get(i)[j] = updated(variables.get(i)[j], gradients.get(i)[j], rate, i, j);
            }
        }
    }

    private void adjust(Adjustment adjustment, List<double[]> gradients, double rate) {
        if (adjustment instanceof WeightDecay decay) {
            for (int i = 0; i < gradients.size(); i++) {
                for (int j = 0; j < gradients.get(i).length && decay.appliesTo(names.get(i)); j++) {
                    if (decay.decoupled()) {
                        variables.get(i)[j] *= 1 - rate * decay.rate();
                    } else {
                        gradients.get(i)[j] += decay.rate() * variables.get(i)[j];
                    }
                }
            }
            return;
        }
        Clipping clipping = (Clipping) adjustment;
        double all = norm(gradients);
        for (double[] gradient : gradients) {
            double length = clipping.kind() == Clipping.Kind.NORM ? norm(List.of(gradient)) : all;
            for (int j = 0; j < gradient.length; j++) {
                gradient[j] = clipping.kind() == Clipping.Kind.VALUE
                        ? Math.max(-clipping.limit(), Math.min(clipping.limit(), gradient[j]))
                        : gradient[j] * Math.min(1, clipping.limit() / length);
            }
        }
    }

    private static double norm(List<double[]> gradients) {
        double squares = 0;
        for (double[] gradient : gradients) {
            for (double value : gradient) {
                squares += value * value;
            }
        }
        return Math.sqrt(squares);
    }

    private double updated(double v, double g, double rate, int i, int j) {
        double[] a = first.get(i);
        double[] b = second.get(i);
        double[] c = third.get(i);
        if (optimizer instanceof Optimizer.SGD) {
            return v - rate * g;
        }
        if (optimizer instanceof Optimizer.Momentum momentum) {
            a[j] = momentum.momentum() * a[j] + g;
            return v - rate * (momentum.nesterov() ? g + momentum.momentum() * a[j] : a[j]);
        }
        if (optimizer instanceof Optimizer.Adagrad adagrad) {
            a[j] += g * g;
            return v - rate * g / (Math.sqrt(a[j]) + adagrad.epsilon());
        }
        if (optimizer instanceof Optimizer.RMSProp rms) {
            a[j] = rms.decay() * a[j] + (1 - (double) rms.decay()) * g * g;
            b[j] = rms.decay() * b[j] + (1 - (double) rms.decay()) * g;
            double variance = rms.centered() ? a[j] - b[j] * b[j] : a[j];
            c[j] = rms.momentum() * c[j] + rate * g / Math.sqrt(variance + rms.epsilon());
            return v - c[j];
        }
        if (optimizer instanceof Optimizer.Adam adam) {
            a[j] = adam.beta1() * a[j] + (1 - (double) adam.beta1()) * g;
            b[j] = adam.beta2() * b[j] + (1 - (double) adam.beta2()) * g * g;
            double correction = Math.sqrt(1 - Math.pow(adam.beta2(), step)) / (1 - Math.pow(adam.beta1(), step));
            return v - rate * correction * a[j] / (Math.sqrt(b[j]) + adam.epsilon());
        }
        Optimizer.Ftrl ftrl = (Optimizer.Ftrl) optimizer;
        double before = Math.pow(a[j], -ftrl.power());
        a[j] += g * g;
        double after = Math.pow(a[j], -ftrl.power());
        b[j] += g + 2 * ftrl.shrinkage() * v - (after - before) / rate * v;
        double beyond = Math.max(0, Math.abs(b[j]) - ftrl.l1());
        return -Math.signum(b[j]) * beyond / (after / rate + 2 * ftrl.l2());
    }
}
