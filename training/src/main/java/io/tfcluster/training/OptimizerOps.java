package io.tfcluster.training;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.ReadVariableOp;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.op.train.ResourceApplyAdagrad;
import org.tensorflow.op.train.ResourceApplyAdam;
import org.tensorflow.op.train.ResourceApplyCenteredRmsProp;
import org.tensorflow.op.train.ResourceApplyFtrl;
import org.tensorflow.op.train.ResourceApplyGradientDescent;
import org.tensorflow.op.train.ResourceApplyMomentum;
import org.tensorflow.op.train.ResourceApplyRmsProp;
import org.tensorflow.types.TFloat32;

/**
 * An {@link Optimizer}'s operations in a graph, with its slots.
 *
 * <p>Slots are variables as well, "slots/KIND/VARIABLE", on the device of the variable they serve: a slot elsewhere would be another one
 * in each process. KIND is TensorFlow's word: momentum, accumulator, rms, mg, m, v, linear. Updates take the variable's lock, so that two workers' updates do not mix within one variable.
 */
final class OptimizerOps {
    private final Ops tf;
    private final Optimizer optimizer;
    private final List<Adjustment> adjustments;
    private final Operand<TFloat32> rate;
    private final Map<String, String> owners = new LinkedHashMap<>();
    private final List<VarHandleOp> slots = new ArrayList<>();
    private final List<Op> initialisers = new ArrayList<>();
    private final List<Op> afterwards = new ArrayList<>();
    private final List<Power> powers = new ArrayList<>();

    /** A running power of one of Adam's betas. */
    private record Power(VarHandleOp handle, Operand<TFloat32> value, Operand<TFloat32> beta) {}

    OptimizerOps(Ops tf, Optimizer optimizer, Operand<TFloat32> rate) {
        this.tf = tf;
        this.rate = rate;
        if (optimizer instanceof Optimizer.Adjusted adjusted) {
            this.optimizer = adjusted.inner();
            this.adjustments = adjusted.adjustments();
        } else {
            this.optimizer = optimizer;
            this.adjustments = List.of();
        }
        if (this.optimizer instanceof Optimizer.Adam adam) {
            powers.add(power("beta1_power", adam.beta1()));
            powers.add(power("beta2_power", adam.beta2()));
        }
    }

    /**
     * Adds the updates of all variables and returns them.
     *
     * @param variables all that the step changes by gradients, since a global norm is one of all
     * @param gradients means over the rows of all workers, one for each; adjustments are made to these
     */
    List<Op> apply(List<VariableStore.Variable> variables, List<Operand<TFloat32>> gradients) {
        List<Operand<TFloat32>> adjusted = GradientAdjuster.adjust(tf, adjustments, variables, gradients, rate);
        List<Op> applied = new ArrayList<>();
        for (int i = 0; i < variables.size(); i++) {
            applied.add(apply(variables.get(i), adjusted.get(i)));
        }
        return applied;
    }

    private Op apply(VariableStore.Variable variable, Operand<TFloat32> gradient) {
        if (optimizer instanceof Optimizer.SGD) {
            return tf.train.resourceApplyGradientDescent(
                    variable.handle(), rate, gradient, ResourceApplyGradientDescent.useLocking(true));
        }
        if (optimizer instanceof Optimizer.Momentum momentum) {
            return tf.train.resourceApplyMomentum(
                    variable.handle(),
                    slot("momentum", variable, 0),
                    rate,
                    gradient,
                    tf.constant(momentum.momentum()),
                    ResourceApplyMomentum.useLocking(true),
                    ResourceApplyMomentum.useNesterov(momentum.nesterov()));
        }
        if (optimizer instanceof Optimizer.Adagrad adagrad) {
            return tf.train.resourceApplyAdagrad(
                    variable.handle(),
                    slot("accumulator", variable, adagrad.initialAccumulator()),
                    rate,
                    tf.constant(adagrad.epsilon()),
                    gradient,
                    ResourceApplyAdagrad.useLocking(true));
        }
        if (optimizer instanceof Optimizer.RMSProp rmsProp) {
            return apply(rmsProp, variable, gradient);
        }
        if (optimizer instanceof Optimizer.Adam adam) {
            return tf.train.resourceApplyAdam(
                    variable.handle(),
                    slot("m", variable, 0),
                    slot("v", variable, 0),
                    powers.get(0).value(),
                    powers.get(1).value(),
                    rate,
                    powers.get(0).beta(),
                    powers.get(1).beta(),
                    tf.constant(adam.epsilon()),
                    gradient,
                    ResourceApplyAdam.useLocking(true));
        }
        if (optimizer instanceof Optimizer.Ftrl ftrl) {
            return tf.train.resourceApplyFtrl(
                    variable.handle(),
                    slot("accumulator", variable, ftrl.initialAccumulator()),
                    slot("linear", variable, 0),
                    gradient,
                    rate,
                    tf.constant(ftrl.l1()),
                    tf.constant(ftrl.l2()),
                    tf.constant(ftrl.shrinkage()),
                    tf.constant(ftrl.power()),
                    ResourceApplyFtrl.useLocking(true));
        }
        throw new IllegalStateException("no operations for optimizer " + optimizer);
    }

    private Op apply(Optimizer.RMSProp rmsProp, VariableStore.Variable variable, Operand<TFloat32> gradient) {
        Operand<TFloat32> decay = tf.constant(rmsProp.decay());
        Operand<TFloat32> momentum = tf.constant(rmsProp.momentum());
        Operand<TFloat32> epsilon = tf.constant(rmsProp.epsilon());
        if (rmsProp.centered()) {
            return tf.train.resourceApplyCenteredRmsProp(
                    variable.handle(),
                    slot("mg", variable, 0),
                    slot("rms", variable, 0),
                    slot("momentum", variable, 0),
                    rate,
                    decay,
                    momentum,
                    epsilon,
                    gradient,
                    ResourceApplyCenteredRmsProp.useLocking(true));
        }
        return tf.train.resourceApplyRmsProp(
                variable.handle(),
                slot("rms", variable, 0),
                slot("momentum", variable, 0),
                rate,
                decay,
                momentum,
                epsilon,
                gradient,
                ResourceApplyRmsProp.useLocking(true));
    }

    /** Adds what is to be done once per step, after all variables are updated, and returns it with them. */
    List<Op> finish(List<Op> applied) {
        Ops after = tf.withControlDependencies(applied);
        afterwards.addAll(applied);
        for (Power power : powers) {
            afterwards.add(after.assignVariableOp(power.handle(), after.math.mul(power.value(), power.beta())));
        }
        return afterwards;
    }

    /** Operations that give slots their first values. */
    List<Op> initialisers() {
        return initialisers;
    }

    /** All slots. */
    List<VarHandleOp> slots() {
        return slots;
    }

    /** Slot name to the name of the variable it serves; "" if it serves all. */
    Map<String, String> owners() {
        return owners;
    }

    private VarHandleOp slot(String kind, VariableStore.Variable variable, float first) {
        return made("slots/" + kind + "/" + variable.name(), variable.name(), variable.shape(), first);
    }

    private Power power(String name, float beta) {
        VarHandleOp handle = made("slots/" + name, "", Shape.scalar(), beta);
        return new Power(handle, ReadVariableOp.create(tf.scope(), handle, TFloat32.class), tf.constant(beta));
    }

    private VarHandleOp made(String name, String owner, Shape shape, float first) {
        owners.put(name, owner);
        VarHandleOp handle = Names.handle(tf, "", name, TFloat32.class, shape);
        slots.add(handle);
        initialisers.add(tf.assignVariableOp(handle, tf.fill(tf.constant(shape.asArray()), tf.constant(first))));
        return handle;
    }
}
