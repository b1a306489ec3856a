package io.tfcluster.training;

import java.util.function.Function;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.family.TType;

/** Names of variables and operations. */
final class Names {
    private static final String PART = "[A-Za-z0-9.][A-Za-z0-9_.\\-]*";

    private Names() {}

    /** Checks a name of parts parted by '/'. */
    static String check(String what, String name) {
        if (!name.matches(PART + "(/" + PART + ")*")) {
            throw new IllegalArgumentException(what + " name \"" + name
                    + "\" cannot be a TensorFlow name; use letters, digits, '.', '_', '-', parts separated by '/'");
        }
        return name;
    }

    /** Builds an operation whose name may have parts: Ops takes one scope at a time. */
    static <T> T scoped(Ops ops, String name, Function<Ops, T> build) {
        String[] parts = name.split("/", -1);
        Ops inner = ops;
        for (int i = 0; i < parts.length - 1; i++) {
            inner = inner.withSubScope(parts[i]);
        }
        return build.apply(inner.withName(parts[parts.length - 1]));
    }

    /**
     * Makes a variable's handle.
     *
     * @param shared name of the variable among all processes; the operation is called "prefix" + it, to the letter: Ops would number
     *     scopes that come again
     */
    static <T extends TType> VarHandleOp handle(Ops ops, String prefix, String shared, Class<T> type, Shape shape) {
        Graph graph = (Graph) ops.scope().env();
        return new VarHandleOp(graph.opBuilder(VarHandleOp.OP_NAME, prefix + shared, ops.scope())
                .setAttr("dtype", TensorTypes.dtype(type))
                .setAttr("shape", shape)
                .setAttr("shared_name", shared)
                .build());
    }

    /** The name of a variable among all processes. */
    static String shared(VarHandleOp handle) {
        return ((GraphOperation) handle.op()).attributes().getAttrString("shared_name");
    }
}
