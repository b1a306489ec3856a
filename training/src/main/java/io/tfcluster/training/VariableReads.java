package io.tfcluster.training;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;

/**
 * Takes the variables out of a graph: where one was read, the graph then asks for a tensor that the trainer gives.
 *
 * <p>Knows both kinds, resources (TensorFlow 2) and references (TensorFlow 1).
 */
final class VariableReads {
    private static final Set<String> REFERENCES = Set.of("Variable", "VariableV2");
    private static final String HANDLE = "VarHandleOp";
    private static final Set<String> READING = Set.of(
            "ReadVariableOp",
            "ResourceGather",
            "ResourceGatherNd",
            "VariableShape",
            "DisableCopyOnRead",
            "VarIsInitializedOp");

    private final FlatGraph graph;
    private final Map<String, String> tensors = new LinkedHashMap<>();
    private final List<String> refused = new ArrayList<>();

    private VariableReads(FlatGraph graph) {
        this.graph = graph;
    }

    /**
     * Rewrites the graph.
     *
     * @return by variable name the tensor that the graph now asks for in its place
     * @throws IllegalArgumentException if an operation wants more of a variable than its value
     */
    static Map<String, String> replace(FlatGraph graph) {
        VariableReads reads = new VariableReads(graph);
        for (NodeDef node : List.copyOf(graph.nodes().values())) {
            reads.replace(node);
        }
        if (!reads.refused.isEmpty()) {
            throw new IllegalArgumentException(
                    "these operations do more with a variable than read it: " + reads.refused
                            + "; choose a signature or outputs that only compute. One that trains by itself is for ImportedModel.trainInto");
        }
        graph.follow();
        return reads.tensors;
    }

    /** Returns the variables that operations of the graph change. */
    static Set<String> changed(FlatGraph graph) {
        Set<String> changed = new LinkedHashSet<>();
        for (NodeDef node : graph.nodes().values()) {
            for (int i = 0; i < node.getInputCount(); i++) {
                NodeDef variable = takesWhole(graph, node, i);
                if (variable != null && !READING.contains(node.getOp())) {
                    changed.add(nameOf(variable));
                }
            }
        }
        return changed;
    }

    static boolean isVariable(NodeDef node) {
        return node.getOp().equals(HANDLE) || REFERENCES.contains(node.getOp());
    }

    /** Returns the name that the variable is known by. */
    static String nameOf(NodeDef variable) {
        String shared = variable.getAttrOrDefault("shared_name", AttrValue.getDefaultInstance())
                .getS()
                .toStringUtf8();
        return shared.isEmpty() ? variable.getName() : shared;
    }

    /** Returns the variable that a tensor refers to, if it does. */
    static @Nullable NodeDef variable(FlatGraph graph, String tensor) {
        NodeDef node = graph.nodes().get(GraphWalk.nodeOf(tensor));
        while (node != null && node.getOp().equals("Identity") && isResource(node)) {
            node = graph.nodes().get(GraphWalk.nodeOf(node.getInput(0)));
        }
        return node != null && isVariable(node) ? node : null;
    }

    private static boolean isResource(NodeDef node) {
        return node.getAttrOrDefault("T", AttrValue.getDefaultInstance()).getType() == DataType.DT_RESOURCE;
    }

    private void replace(NodeDef node) {
        switch (node.getOp()) {
            case "ReadVariableOp" -> {
                graph.redirect(node.getName(), tensorOf(node));
                forget(node);
            }
            case "ResourceGather" -> gather(node, false);
            case "ResourceGatherNd" -> gather(node, true);
            case "VariableShape" -> shape(node);
            case "DisableCopyOnRead" -> forget(node);
            case "EnsureShape" -> // C++ has no gradient for it
                graph.nodes()
                        .put(
                                node.getName(),
                                node.toBuilder()
                                        .setOp("Identity")
                                        .removeAttr("shape")
                                        .build());
            case "IdentityN" -> { // Keras' custom gradients; C++ has none for it
                for (int i = 0; i < node.getInputCount() && !FlatGraph.isControl(node.getInput(i)); i++) {
                    graph.redirect(FlatGraph.tensor(node.getName(), i), node.getInput(i));
                }
            }
            default -> {
                if (REFERENCES.contains(node.getOp())) {
                    graph.redirect(node.getName(), tensorOf(node));
                } else if (!node.getOp().equals("Identity")) {
                    checkInputs(node);
                }
            }
        }
    }

    private void checkInputs(NodeDef node) {
        for (int i = 0; i < node.getInputCount(); i++) {
            NodeDef variable = takesWhole(graph, node, i);
            if (variable != null) {
                refused.add(node.getName() + " (" + node.getOp() + ") of " + nameOf(variable));
            }
        }
    }

    /** Returns the variable whose resource or reference the operation takes, not just the value. */
    private static @Nullable NodeDef takesWhole(FlatGraph graph, NodeDef node, int input) {
        String tensor = node.getInput(input);
        NodeDef variable =
                FlatGraph.isControl(tensor) || node.getOp().equals("Identity") ? null : variable(graph, tensor);
        if (variable == null || variable.getOp().equals(HANDLE)) {
            return variable;
        }
        return OpDefs.find(node.getOp()).filter(op -> OpDefs.changes(op, input)).isPresent() ? variable : null;
    }

    /** Leaves a NoOp, for those that only wait for it. */
    private void forget(NodeDef node) {
        NodeDef.Builder idle = NodeDef.newBuilder().setName(node.getName()).setOp("NoOp");
        node.getInputList().stream().filter(FlatGraph::isControl).forEach(idle::addInput);
        graph.nodes().put(node.getName(), idle.build());
    }

    private String tensorOf(NodeDef read) {
        NodeDef variable = isVariable(read) ? read : variable(graph, read.getInput(0));
        if (variable == null) {
            throw new IllegalArgumentException("operation \"" + read.getName() + "\" (" + read.getOp() + ") reads \""
                    + read.getInput(0) + "\", which is no variable of the file");
        }
        return tensors.computeIfAbsent(nameOf(variable), name -> "variable_" + tensors.size());
    }

    /** Gathers from the value: there is no gradient for gathering from the resource. */
    private void gather(NodeDef node, boolean nd) {
        NodeDef.Builder made = node.toBuilder().clearAttr().setInput(0, tensorOf(node));
        made.putAttr("Tparams", node.getAttrOrThrow("dtype")).putAttr("Tindices", node.getAttrOrThrow("Tindices"));
        if (nd) {
            graph.nodes().put(node.getName(), made.setOp("GatherNd").build());
            return;
        }
        AttrValue batch = node.getAttrOrDefault(
                "batch_dims", AttrValue.newBuilder().setI(0).build());
        NodeDef axis = constant(
                node.getName() + "/axis",
                TensorProto.newBuilder().setDtype(DataType.DT_INT32).addIntVal((int) batch.getI()));
        graph.nodes().put(axis.getName(), axis);
        made.setOp("GatherV2")
                .clearInput()
                .addInput(tensorOf(node))
                .addInput(node.getInput(1))
                .addInput(axis.getName());
        node.getInputList().stream().filter(FlatGraph::isControl).forEach(made::addInput);
        made.putAttr("Taxis", AttrValue.newBuilder().setType(DataType.DT_INT32).build())
                .putAttr("batch_dims", batch);
        graph.nodes().put(node.getName(), made.build());
    }

    private void shape(NodeDef node) {
        NodeDef.Builder made = node.toBuilder().clearAttr().setOp("Shape").setInput(0, tensorOf(node));
        NodeDef variable = variable(graph, node.getInput(0));
        if (variable != null) {
            made.putAttr("T", variable.getAttrOrThrow("dtype"));
        }
        AttrValue type = node.getAttrMap().get("out_type");
        if (type != null) {
            made.putAttr("out_type", type);
        }
        graph.nodes().put(node.getName(), made.build());
    }

    private static NodeDef constant(String name, TensorProto.Builder value) {
        TensorProto tensor =
                value.setTensorShape(TensorShapeProto.getDefaultInstance()).build();
        return NodeDef.newBuilder()
                .setName(name)
                .setOp("Const")
                .putAttr(
                        "dtype",
                        AttrValue.newBuilder().setType(tensor.getDtype()).build())
                .putAttr("value", AttrValue.newBuilder().setTensor(tensor).build())
                .build();
    }
}
