package io.tfcluster.training;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TFloat32;

/** The variables of one graph by name, in the order in which they were first asked for: the same in every process. */
final class VariableStore {
    /**
     * One variable; {@code handle} is its resource.
     *
     * @param trainable whether gradients change it; if not, it is a state, such as a moving mean
     */
    record Variable(String name, Shape shape, Initializer initializer, boolean trainable, VarHandleOp handle) {
        int size() {
            return Math.toIntExact(shape.size());
        }
    }

    private final Ops root;
    private final Map<String, Variable> variables = new LinkedHashMap<>();
    private boolean sealed;
    private @Nullable String ownCopies;

    VariableStore(Ops root) {
        this.root = root;
    }

    /** Returns the variable of this name, made at the first call. */
    Variable variable(String name, Shape shape, Initializer initializer, boolean trainable) {
        Variable known = variables.get(name);
        if (known != null) {
            if (!known.shape().equals(shape)) {
                throw new IllegalArgumentException(
                        "variable \"" + name + "\" is asked for with shape " + Shapes.text(shape) + " but has shape "
                                + Shapes.text(known.shape()) + "; give two variables two names");
            }
            if (known.trainable() != trainable) {
                throw new IllegalArgumentException(
                        "\"" + name + "\" is asked for as a variable and as a state; give them two names");
            }
            return known;
        }
        if (isReserved(name)) {
            throw new IllegalArgumentException(
                    "variable name \"" + name + "\" is the trainer's own; \"slots/…\" and \"global_step\" are taken");
        }
        if (sealed) {
            throw new IllegalArgumentException(
                    "variable \"" + name
                            + "\" is asked for only when ModelBuilder.training() is false; build the same variables in both cases");
        }
        if (shape.isUnknown() || shape.hasUnknownDimension() || shape.size() < 1) {
            throw new IllegalArgumentException(
                    "variable \"" + name + "\" needs a shape with known sizes of 1 or more, got " + Shapes.text(shape));
        }
        Variable made = new Variable(
                name, shape, initializer, trainable, Names.handle(root, "variables/", name, TFloat32.class, shape));
        variables.put(name, made);
        return made;
    }

    static boolean isReserved(String name) {
        return name.startsWith("slots/") || name.equals(TrainGraph.GLOBAL_STEP);
    }

    /** Refuses new variables from now on. */
    void seal() {
        sealed = true;
    }

    /** Says that the model works on copies of its variables that each worker must have for itself, and what does so. */
    void needOwnCopies(String what) {
        ownCopies = what;
    }

    /** Refuses models that need copies of their own, where workers share them. */
    void checkShareable() {
        if (ownCopies != null) {
            throw new IllegalArgumentException(ownCopies
                    + " changes variables by itself, which only all-reduce can average; use Trainer.allReduce");
        }
    }

    Collection<Variable> all() {
        return variables.values();
    }

    /** Returns whether gradients change the variable of this name, if there is one. */
    boolean trainable(String name) {
        Variable variable = variables.get(name);
        return variable != null && variable.trainable();
    }

    /** Returns whether there is a state of this name. */
    boolean isState(String name) {
        Variable variable = variables.get(name);
        return variable != null && !variable.trainable();
    }

    /** Those that gradients change. */
    List<Variable> trainable() {
        return variables.values().stream().filter(Variable::trainable).toList();
    }

    /** Sum of the variables' sizes. */
    long elements() {
        return variables.values().stream().mapToLong(v -> v.shape().size()).sum();
    }
}
