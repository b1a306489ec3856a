package io.tfcluster.training;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/** Variables as one vector: to give all of them values at once, and to read them. */
final class FlatVariables {
    /** What {@link #ASSIGN} sets all variables to, one after the other. */
    static final String IN = "train/flat_in";

    static final String ASSIGN = "train/assign_flat";
    /** All variables one after the other. */
    static final String OUT = "train/flat";

    private FlatVariables() {}

    /** Adds the operations; {@code train} is the scope of the names above. */
    static void add(Ops train, Collection<VariableStore.Variable> variables) {
        long elements = variables.stream()
                .mapToLong(variable -> variable.shape().size())
                .sum();
        Operand<TFloat32> fed =
                train.withName("flat_in").placeholder(TFloat32.class, Placeholder.shape(Shape.of(elements)));
        List<Operand<TFloat32>> pieces = cut(train, fed, variables, 0);
        List<Op> assigned = new ArrayList<>();
        List<Operand<TFloat32>> values = new ArrayList<>();
        int index = 0;
        for (VariableStore.Variable variable : variables) {
            assigned.add(train.assignVariableOp(variable.handle(), pieces.get(index++)));
            values.add(train.reshape(
                    train.readVariableOp(variable.handle(), TFloat32.class), train.constant(new int[] {-1})));
        }
        train.withControlDependencies(assigned).withName("assign_flat").noOp();
        join(train, "flat", values);
    }

    /** Cuts a vector into pieces of the variables' shapes, leaving {@code rest} numbers at its end. */
    static List<Operand<TFloat32>> cut(
            Ops tf, Operand<TFloat32> vector, Collection<VariableStore.Variable> variables, int rest) {
        int[] sizes = new int[variables.size() + 1];
        int index = 0;
        for (VariableStore.Variable variable : variables) {
            sizes[index++] = variable.size();
        }
        sizes[variables.size()] = rest;
        List<Output<TFloat32>> cut = tf.splitV(vector, tf.constant(sizes), tf.constant(0), (long) sizes.length)
                .output();
        List<Operand<TFloat32>> pieces = new ArrayList<>();
        index = 0;
        for (VariableStore.Variable variable : variables) {
            pieces.add(tf.reshape(cut.get(index++), tf.constant(variable.shape().asArray())));
        }
        return pieces;
    }

    /** Puts vectors one after the other, under a name. */
    static Operand<TFloat32> join(Ops tf, String name, List<Operand<TFloat32>> pieces) {
        return pieces.size() == 1 // concat wants two
                ? tf.withName(name).identity(pieces.get(0))
                : tf.withName(name).concat(pieces, tf.constant(0));
    }
}
