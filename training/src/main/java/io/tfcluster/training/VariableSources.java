package io.tfcluster.training;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.CollectionDef;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedObject;
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedObjectGraph;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TrackableObjectGraphOuterClass.TrackableObjectGraph.TrackableObject.ObjectReference;
import org.tensorflow.proto.VariableDef;

/** Where the variables of a graph get their values from, and which of them learn. */
final class VariableSources {
    private static final Logger log = LoggerFactory.getLogger(VariableSources.class);
    private static final Set<String> PASSING = Set.of("Identity", "Reshape", "EnsureShape", "Snapshot");
    private static final Set<String> ASSIGNING = Set.of("Assign", "AssignVariableOp");

    private VariableSources() {}

    /** Returns by variable name what the SavedModel's own restore operation reads into it. */
    static Map<String, CheckpointReader.Part> parts(MetaGraphDef meta) {
        Map<String, CheckpointReader.Part> parts = new HashMap<>();
        String restore = meta.getSaverDef().getRestoreOpName();
        if (restore.isEmpty()) {
            return parts;
        }
        FlatGraph graph = FlatGraph.of(meta.getGraphDef(), List.of("^" + GraphWalk.nodeOf(restore)), Set.of());
        for (NodeDef node : graph.nodes().values()) {
            NodeDef variable =
                    ASSIGNING.contains(node.getOp()) ? VariableReads.variable(graph, node.getInput(0)) : null;
            if (variable != null) {
                part(graph, node.getInput(1)).ifPresent(part -> parts.put(VariableReads.nameOf(variable), part));
            }
        }
        return parts;
    }

    private static Optional<CheckpointReader.Part> part(FlatGraph graph, String value) {
        String tensor = value;
        NodeDef node = graph.nodes().get(GraphWalk.nodeOf(tensor));
        while (node != null && PASSING.contains(node.getOp())) {
            tensor = node.getInput(0);
            node = graph.nodes().get(GraphWalk.nodeOf(tensor));
        }
        if (node == null || !node.getOp().equals("RestoreV2")) {
            return Optional.empty();
        }
        int colon = tensor.indexOf(':');
        int index = colon < 0 ? 0 : Integer.parseInt(tensor.substring(colon + 1));
        return Optional.of(new CheckpointReader.Part(
                string(graph, node.getInput(1), index), string(graph, node.getInput(2), index)));
    }

    private static String string(FlatGraph graph, String tensor, int index) {
        NodeDef node = graph.nodes().get(GraphWalk.nodeOf(tensor));
        TensorProto strings = node == null
                ? TensorProto.getDefaultInstance()
                : node.getAttrOrDefault("value", AttrValue.getDefaultInstance()).getTensor();
        int count = strings.getStringValCount();
        return count == 0
                ? ""
                : strings.getStringVal(Math.min(index, count - 1)).toStringUtf8();
    }

    /** Returns by variable name the tensor that a bare graph gives it at first: what an assignment takes without reading anything. */
    static Map<String, String> initialTensors(GraphDef graph) {
        Map<String, NodeDef> nodes = new LinkedHashMap<>();
        graph.getNodeList().forEach(node -> nodes.put(node.getName(), node));
        GraphWalk walk = new GraphWalk(graph);
        Map<String, String> tensors = new HashMap<>();
        for (NodeDef node : nodes.values()) {
            NodeDef variable = ASSIGNING.contains(node.getOp()) ? nodes.get(GraphWalk.nodeOf(node.getInput(0))) : null;
            if (variable != null && VariableReads.isVariable(variable)) {
                String value = node.getInput(1);
                boolean constant = walk.ancestors(List.of(GraphWalk.nodeOf(value))).stream()
                        .map(walk::node)
                        .noneMatch(from -> VariableReads.isVariable(from)
                                || from.getOp().startsWith("Restore")
                                || from.getOp().startsWith("Placeholder"));
                if (constant) {
                    tensors.putIfAbsent(VariableReads.nameOf(variable), FlatGraph.tensor(value));
                }
            }
        }
        return tensors;
    }

    /** Returns the variables that their author marked as not to be trained. */
    static Set<String> fixed(MetaGraphDef meta, Set<String> variables, Map<String, CheckpointReader.Part> parts) {
        Set<String> fixed = new HashSet<>();
        SavedObjectGraph objects = meta.getObjectGraphDef();
        for (String variable : variables) {
            CheckpointReader.Part part = parts.get(variable);
            SavedObject object = part == null || objects.getNodesCount() == 0 ? null : object(objects, part.key());
            if (object != null && object.hasVariable() && !object.getVariable().getTrainable()) {
                fixed.add(variable);
            }
        }
        CollectionDef marked = meta.getCollectionDefMap().get("trainable_variables");
        if (marked != null) {
            fixed.addAll(variables);
            marked.getBytesList().getValueList().forEach(value -> fixed.remove(name(value)));
        }
        return fixed;
    }

    /** Follows a key such as "layers/0/kernel/.ATTRIBUTES/VARIABLE_VALUE" from the root to its object. */
    private static @Nullable SavedObject object(SavedObjectGraph objects, String key) {
        SavedObject object = objects.getNodes(0);
        int end = key.indexOf("/.ATTRIBUTES/");
        for (String step : key.substring(0, Math.max(0, end)).split("/", -1)) {
            String name = step.replace(".S", "/").replace("..", ".");
            Optional<ObjectReference> child = object.getChildrenList().stream()
                    .filter(reference -> reference.getLocalName().equals(name))
                    .findFirst();
            if (child.isEmpty()) {
                return null;
            }
            object = objects.getNodes(child.get().getNodeId());
        }
        return object;
    }

    private static @Nullable String name(ByteString definition) {
        try {
            return GraphWalk.nodeOf(VariableDef.parseFrom(definition).getVariableName());
        } catch (InvalidProtocolBufferException e) {
            log.warn("an entry of the collection trainable_variables cannot be read; its variable is not trained", e);
            return null;
        }
    }
}
