package io.tfcluster.training;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tensorflow.DeviceSpec;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TFloat32;

/** The variables of one graph by name, in the order in which they were first asked for: the same in every process. */
final class VariableStore {
    /**
     * What the model asked for by one name: one variable, or several parts of it, one after the other along axis 0.
     *
     * @param trainable whether gradients change it; if not, it is a state, such as a moving mean
     */
    record Whole(String name, Shape shape, Initializer initializer, boolean trainable) {
        int size() {
            return Math.toIntExact(shape.size());
        }
    }

    /**
     * One variable; {@code handle} is its resource.
     *
     * @param name that of the whole, or "WHOLE/part_0" and so on
     * @param whole what it is, or is a part of
     * @param offset where in the whole it begins, in numbers, not rows
     */
    record Variable(String name, Shape shape, Whole whole, int offset, VarHandleOp handle) {
        int size() {
            return Math.toIntExact(shape.size());
        }

        boolean trainable() {
            return whole.trainable();
        }
    }

    private final Ops root;
    private final PsPartition partition;
    private final Map<String, List<Variable>> wholes = new LinkedHashMap<>();
    private final Map<String, Variable> variables = new LinkedHashMap<>();
    private boolean sealed;
    private @Nullable String ownCopies;

    VariableStore(Ops root) {
        this(root, PsPartition.NONE);
    }

    VariableStore(Ops root, PsPartition partition) {
        this.root = root;
        this.partition = partition;
    }

    /** Returns the variable of this name, or its parts in order; made at the first call, on a device if one is given. */
    List<Variable> parts(
            String name, Shape shape, Initializer initializer, boolean trainable, @Nullable DeviceSpec device) {
        List<Variable> known = wholes.get(name);
        if (known != null) {
            Whole whole = known.get(0).whole();
            if (!whole.shape().equals(shape)) {
                throw new IllegalArgumentException(
                        "variable \"" + name + "\" is asked for with shape " + Shapes.text(shape) + " but has shape "
                                + Shapes.text(whole.shape()) + "; give two variables two names");
            }
            if (whole.trainable() != trainable) {
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
        Whole whole = new Whole(name, shape, initializer, trainable);
        Ops ops = placed() && device != null ? root.withDevice(device) : root;
        List<Variable> made = new ArrayList<>();
        List<Shape> shapes = device == null ? partition.cut(shape) : List.of(shape);
        int offset = 0;
        for (Shape cut : shapes) {
            String part = shapes.size() == 1 ? name : name + "/part_" + made.size();
            Variable variable =
                    new Variable(part, cut, whole, offset, Names.handle(ops, "variables/", part, TFloat32.class, cut));
            if (variables.putIfAbsent(part, variable) != null) {
                throw new IllegalArgumentException(
                        "variable name \"" + part + "\" is that of a part of \"" + name + "\"; give it another name");
            }
            made.add(variable);
            offset += variable.size();
        }
        wholes.put(name, List.copyOf(made));
        return made;
    }

    static boolean isReserved(String name) {
        return name.startsWith("slots/") || name.equals(TrainGraph.GLOBAL_STEP);
    }

    /** Returns the variable of this name that was asked for, or its parts in order. */
    List<Variable> parts(String name) {
        return wholes.getOrDefault(name, List.of());
    }

    /** Whether devices that a model sets are kept: where variables live on other processes. */
    boolean placed() {
        return partition.servers() > 0;
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

    /** All variables, those in parts as parts, in the order in which they were first asked for. */
    Collection<Variable> all() {
        return variables.values();
    }

    /** Returns whether gradients change the variable of this name, if there is one. */
    boolean trainable(String name) {
        List<Variable> parts = wholes.get(name);
        return parts != null && parts.get(0).trainable();
    }

    /** Returns whether there is a state of this name. */
    boolean isState(String name) {
        List<Variable> parts = wholes.get(name);
        return parts != null && !parts.get(0).trainable();
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
