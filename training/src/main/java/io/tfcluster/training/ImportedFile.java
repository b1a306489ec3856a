package io.tfcluster.training;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorShapeProto;

/** What is in the file of an {@link ImportedModel}; read once per process. */
final class ImportedFile {
    private final Path path;
    private final GraphDef graph;
    private final Map<String, SignatureDef> signatures = new TreeMap<>();
    private final Map<String, NodeDef> variables = new LinkedHashMap<>();
    private final Map<String, CheckpointReader.Part> parts;
    private final Map<String, String> initial;
    private final Set<String> fixed;
    private final boolean saved;

    private ImportedFile(Path path, MetaGraphDef meta, boolean saved) {
        this.path = path;
        this.saved = saved;
        Map<String, OpDef> producer = new HashMap<>();
        meta.getMetaInfoDef().getStrippedOpList().getOpList().forEach(op -> producer.put(op.getName(), op));
        GraphDef.Builder understood = meta.getGraphDef().toBuilder();
        understood.getNodeBuilderList().forEach(node -> {
            NodeDef cut = OpDefs.understood(node.build(), producer);
            node.clear().mergeFrom(cut);
        });
        understood
                .getLibraryBuilder()
                .getFunctionBuilderList()
                .forEach(function -> function.getNodeDefBuilderList().forEach(node -> {
                    NodeDef cut = OpDefs.understood(node.build(), producer);
                    node.clear().mergeFrom(cut);
                }));
        this.graph = understood.build();
        meta.getSignatureDefMap().forEach((name, signature) -> {
            if (!name.startsWith("__saved_model")) { // what initialises, not what is called
                signatures.put(name, signature);
            }
        });
        for (NodeDef node : graph.getNodeList()) {
            if (VariableReads.isVariable(node)) {
                variables.putIfAbsent(VariableReads.nameOf(node), node);
            }
        }
        this.parts = saved ? VariableSources.parts(meta) : Map.of();
        this.initial = saved ? Map.of() : VariableSources.initialTensors(graph);
        this.fixed = VariableSources.fixed(meta, variables.keySet(), parts);
    }

    static ImportedFile savedModel(Path directory, Set<String> tags) {
        return new ImportedFile(directory, SavedModelFile.read(directory, tags), true);
    }

    static ImportedFile graph(Path file) {
        MetaGraphDef bare = MetaGraphDef.newBuilder()
                .setGraphDef(SavedModelFile.graph(file))
                .build();
        return new ImportedFile(file, bare, false);
    }

    Path path() {
        return path;
    }

    GraphDef graph() {
        return graph;
    }

    Map<String, SignatureDef> signatures() {
        return signatures;
    }

    SignatureDef signature(String name) {
        SignatureDef signature = signatures.get(name);
        if (signature == null) {
            throw new IllegalArgumentException("no signature \"" + name + "\" in " + path + "; "
                    + (saved ? "it has " + signatures.keySet() : "a bare graph has none: use tensorsInto"));
        }
        return signature;
    }

    Map<String, NodeDef> variables() {
        return variables;
    }

    /** Whether the author marked the variable as one that does not learn. */
    boolean isFixed(String variable) {
        return fixed.contains(variable);
    }

    NodeDef variable(String name) {
        NodeDef node = variables.get(name);
        if (node == null) {
            throw new IllegalArgumentException("variable \"" + name + "\" of " + path
                    + " stands within a function only and has no saved value; it cannot be imported");
        }
        return node;
    }

    /** The part of the SavedModel's own checkpoint that holds the variable, if its restore operation tells. */
    CheckpointReader.@Nullable Part part(String variable) {
        return parts.get(variable);
    }

    /** The tensor of a bare graph that the variable is given at first. */
    @Nullable
    String initial(String variable) {
        return initial.get(variable);
    }

    /** The prefix of the SavedModel's own checkpoint; null for a bare graph. */
    @Nullable
    Path checkpoint() {
        return saved ? path.resolve("variables/variables") : null;
    }

    static Shape shape(TensorShapeProto proto) {
        return proto.getUnknownRank()
                ? Shape.unknown()
                : Shape.of(proto.getDimList().stream()
                        .mapToLong(TensorShapeProto.Dim::getSize)
                        .toArray());
    }
}
