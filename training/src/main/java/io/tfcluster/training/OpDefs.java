package io.tfcluster.training;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.tensorflow.TensorFlow;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;

/** The operations that this TensorFlow has, and how their outputs are counted. */
final class OpDefs {
    private static final Map<String, OpDef> KNOWN = TensorFlow.registeredOpList().getOpList().stream()
            .collect(Collectors.toUnmodifiableMap(OpDef::getName, op -> op));

    private OpDefs() {}

    static Optional<OpDef> find(String op) {
        return Optional.ofNullable(KNOWN.get(op));
    }

    /** Returns how many tensors stand behind one argument of an operation with these attributes. */
    static int count(OpDef.ArgDef argument, Map<String, AttrValue> attributes) {
        if (!argument.getNumberAttr().isEmpty()) {
            return Math.toIntExact(attributes
                    .getOrDefault(argument.getNumberAttr(), AttrValue.getDefaultInstance())
                    .getI());
        }
        if (!argument.getTypeListAttr().isEmpty()) {
            return attributes
                    .getOrDefault(argument.getTypeListAttr(), AttrValue.getDefaultInstance())
                    .getList()
                    .getTypeCount();
        }
        return 1;
    }

    /** Returns the number of the first tensor of an output that functions name, as graphs count them. */
    static int firstOf(OpDef op, NodeDef node, String output) {
        int first = 0;
        for (OpDef.ArgDef argument : op.getOutputArgList()) {
            if (argument.getName().equals(output)) {
                return first;
            }
            first += count(argument, node.getAttrMap());
        }
        throw new IllegalArgumentException("operation \"" + node.getName() + "\" (" + op.getName()
                + ") has no output \"" + output + "\"; the file is damaged or of a newer TensorFlow");
    }

    /** Returns whether the operation changes what this input refers to: true for the references of Assign and the like. */
    static boolean changes(OpDef op, int input) {
        List<OpDef.ArgDef> arguments = op.getInputArgList();
        return input < arguments.size() && arguments.get(input).getIsRef();
    }

    /**
     * Removes attributes that a newer TensorFlow writes and this one does not have, where they say what was always so.
     *
     * @param producer operations as the writing TensorFlow had them, by name
     */
    static NodeDef understood(NodeDef node, Map<String, OpDef> producer) {
        OpDef known = KNOWN.get(node.getOp());
        OpDef written = producer.get(node.getOp());
        if (known == null || written == null) {
            return node;
        }
        Map<String, AttrValue> defaults = new HashMap<>();
        written.getAttrList().forEach(attr -> defaults.put(attr.getName(), attr.getDefaultValue()));
        known.getAttrList().forEach(attr -> defaults.remove(attr.getName()));
        NodeDef.Builder cut = node.toBuilder();
        defaults.forEach((name, value) -> {
            if (value.equals(node.getAttrMap().get(name))) {
                cut.removeAttr(name);
            }
        });
        return cut.build();
    }
}
