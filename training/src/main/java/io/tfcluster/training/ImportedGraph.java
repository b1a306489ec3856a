package io.tfcluster.training;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tensorflow.GraphImport;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Tensor;
import org.tensorflow.internal.types.registry.TensorTypeRegistry;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.TFloat32;

/** Puts what some tensors of a file need into a model, with the model's variables in the place of the file's. */
final class ImportedGraph {
    private static final Logger log = LoggerFactory.getLogger(ImportedGraph.class);

    private final ImportedModel imported;
    private final ImportedFile file;

    ImportedGraph(ImportedModel imported, ImportedFile file) {
        this.imported = imported;
        this.file = file;
    }

    /** Imports what only reads variables; returns the wanted tensors by name. */
    Map<String, Output<?>> read(ModelBuilder model, Map<String, Operand<?>> given, Collection<String> wanted) {
        FlatGraph flat = FlatGraph.of(file.graph(), wanted, given.keySet());
        Map<String, String> reads = VariableReads.replace(flat);
        Set<String> cut = new HashSet<>(given.keySet());
        cut.addAll(reads.values());
        flat.keep(wanted, cut);
        check(flat.nodes().values());

        Set<String> asked = new HashSet<>();
        flat.nodes().values().forEach(node -> asked.addAll(node.getInputList()));
        wanted.forEach(tensor -> asked.add(flat.resolve(tensor)));
        reads.values().retainAll(asked);
        Map<String, Output<?>> inputs = variables(model, reads);
        given.forEach((tensor, operand) -> inputs.put(tensor, operand.asOutput()));

        List<String> made = wanted.stream()
                .map(flat::resolve)
                .filter(tensor -> !inputs.containsKey(tensor))
                .toList();
        String prefix = model.tf().scope().makeOpName("imported");
        Map<String, Output<?>> outputs = new LinkedHashMap<>(inputs);
        List<Output<?>> found =
                GraphImport.into(model.graph(), bare(file.graph(), flat), prefix, inputs, List.of(), made);
        for (int i = 0; i < made.size(); i++) {
            outputs.put(made.get(i), found.get(i));
        }
        Map<String, Output<?>> named = new LinkedHashMap<>();
        wanted.forEach(tensor -> {
            Output<?> output = outputs.get(flat.resolve(tensor));
            if (output != null) {
                named.put(tensor, output);
            }
        });
        return named;
    }

    /** Refuses what would fail later with less to say. */
    private void check(Collection<NodeDef> nodes) {
        checkGiven(nodes);
        for (NodeDef node : nodes) {
            String op = node.getOp();
            if (op.contains("HashTable") || op.startsWith("LookupTable")) {
                throw new IllegalArgumentException(
                        "operation \"" + node.getName() + "\" of " + file.path() + " (" + op
                                + ") needs a table, whose entries are not imported; look up before, or choose outputs behind it");
            }
            if (OpDefs.find(op).isEmpty()) {
                throw FlatGraph.unknown(node);
            }
        }
    }

    void checkGiven(Collection<NodeDef> nodes) {
        List<String> open = nodes.stream()
                .filter(node -> node.getOp().equals("Placeholder"))
                .map(NodeDef::getName)
                .toList();
        if (!open.isEmpty()) {
            throw new IllegalArgumentException("placeholders " + open + " of " + file.path() + " are given nothing");
        }
    }

    /** Makes the model's variables; returns their values by the tensors that stand for them. */
    private Map<String, Output<?>> variables(ModelBuilder model, Map<String, String> reads) {
        Map<String, Output<?>> values = new LinkedHashMap<>();
        ImportedValues sources = imported.values();
        List<String> constants = new ArrayList<>();
        List<String> learning = new ArrayList<>();
        List<String> fixed = new ArrayList<>();
        reads.forEach((name, tensor) -> {
            ImportedVariable variable = imported.variable(name);
            String called = imported.nameInModel(name);
            boolean state = model.isState(called);
            if (variable.type() == DataType.DT_FLOAT || state) {
                boolean learns = variable.trainable() && !state;
                Operand<TFloat32> value = learns
                        ? model.variable(called, sources.shape(name), sources.initializer(name))
                        : model.state(called, sources.shape(name), sources.initializer(name));
                values.put(tensor, typed(model.tf(), value, variable.type()).asOutput());
                (learns ? learning : fixed).add(called);
            } else if (variable.type() == DataType.DT_STRING) {
                throw new IllegalArgumentException("variable " + variable + " of " + file.path()
                        + " holds text, which cannot be imported; choose outputs that do not need it");
            } else {
                constants.add(name);
                fixed.add(called);
            }
        });
        Map<String, Tensor> tensors = sources.tensors(constants);
        try {
            tensors.forEach((name, tensor) -> values.put(reads.getOrDefault(name, name), constant(model, tensor)));
        } finally {
            tensors.values().forEach(Tensor::close);
        }
        if (model.training()) {
            log.info(
                    "{}: {} variables learn by gradients {}, {} do not {}",
                    imported,
                    learning.size(),
                    learning,
                    fixed.size(),
                    fixed);
        }
        return values;
    }

    private static Output<?> constant(ModelBuilder model, Tensor value) {
        return model.graph()
                .opBuilder(
                        "Const",
                        model.tf().scope().makeOpName("constant"),
                        model.tf().scope())
                .setAttr("dtype", value.dataType())
                .setAttr("value", value)
                .build()
                .output(0);
    }

    /** A state as what the file has: counters are whole numbers there. */
    static Operand<?> typed(Ops tf, Operand<TFloat32> value, DataType type) {
        if (type == DataType.DT_FLOAT) {
            return value;
        }
        return tf.dtypes.cast(tf.math.rint(value), TensorTypeRegistry.find(type).type());
    }

    /** Returns the graph to import: without devices, colocation and shapes that held where it comes from. */
    static GraphDef bare(GraphDef original, FlatGraph flat) {
        GraphDef.Builder bare = original.toBuilder().clearNode();
        boolean functions = false;
        for (NodeDef node : flat.nodes().values()) {
            bare.addNode(node.toBuilder().setDevice("").removeAttr("_class").removeAttr("_output_shapes"));
            functions |= node.getAttrMap().values().stream()
                    .anyMatch(value -> value.hasFunc() || value.getList().getFuncCount() > 0);
        }
        if (!functions) {
            return bare.clearLibrary().build();
        }
        bare.getLibraryBuilder()
                .getFunctionBuilderList()
                .forEach(function -> function.getNodeDefBuilderList().forEach(NodeDef.Builder::clearDevice));
        return bare.build();
    }
}
