package io.tfcluster.training;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tensorflow.Graph;
import org.tensorflow.GraphImport;
import org.tensorflow.Operand;
import org.tensorflow.Operation;
import org.tensorflow.Output;
import org.tensorflow.internal.types.registry.TensorTypeRegistry;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.ReadVariableOp;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TType;

/**
 * Makes a signature that changes its variables a training step.
 *
 * <pre>
 *  states of the model ──assign──▶ copies of this graph ──▶ the signature's operations change them ──read──▶ new values of the states
 * </pre>
 *
 * The trainer then makes the states the mean of the workers' new values, weighted by rows.
 */
final class SignatureTraining {
    private static final Logger log = LoggerFactory.getLogger(SignatureTraining.class);

    private final ImportedModel imported;
    private final ImportedFile file;

    SignatureTraining(ImportedModel imported, ImportedFile file) {
        this.imported = imported;
        this.file = file;
    }

    /** A variable of the graph that the signature works on. */
    private record Copy(ImportedVariable variable, Output<?> handle, boolean resource) {
        Op assign(Ops tf, Operand<?> value) {
            return new RawOperation(((Graph) tf.scope().env())
                    .opBuilder(
                            resource ? "AssignVariableOp" : "Assign", tf.scope().makeOpName("assign"), tf.scope())
                    .addInput(handle)
                    .addInput(value.asOutput())
                    .build());
        }

        /**
         * Returns the value as float. No Identity stands between a reference and its Cast: TensorFlow's optimizer swaps the two, and the
         * Cast then waits for nothing.
         */
        Operand<TFloat32> read(Ops tf) {
            Class<? extends TType> type =
                    TensorTypeRegistry.find(variable.type()).type();
            Output<?> value =
                    resource ? ReadVariableOp.create(tf.scope(), handle, type).asOutput() : handle;
            if (variable.type() == DataType.DT_FLOAT) {
                @SuppressWarnings("unchecked") // the data type was compared
                Operand<TFloat32> floats = (Operand<TFloat32>)
                        (resource ? value : tf.identity(handle).asOutput());
                return floats;
            }
            return tf.dtypes.cast((Operand<? extends TType>) value, TFloat32.class);
        }
    }

    /** An operation that the typed API makes only with types known at compile time. */
    private record RawOperation(Operation op) implements Op {}

    /** Adds the step; returns the wanted tensors by name, without those that are operations only. */
    Map<String, Output<?>> add(ModelBuilder model, Map<String, Operand<?>> given, Collection<String> wanted) {
        Set<String> changed = VariableReads.changed(FlatGraph.of(file.graph(), wanted, given.keySet()));
        if (changed.isEmpty()) {
            throw new IllegalArgumentException("no operation behind " + wanted + " of " + file.path()
                    + " changes a variable, so it trains nothing; use ImportedModel.importInto and a loss of your own");
        }
        model.needOwnCopies("the signature of " + file.path());
        FlatGraph calls = FlatGraph.withCalls(file.graph(), wanted, given.keySet());
        String prefix = model.tf().scope().makeOpName("imported");
        Ops tf = model.tf();
        Map<String, Output<?>> inputs = new LinkedHashMap<>();
        given.forEach((tensor, operand) -> inputs.put(tensor, operand.asOutput()));
        ImportedValues sources = imported.values();
        List<Copy> copies = new ArrayList<>();
        List<Op> assigned = new ArrayList<>();
        for (NodeDef node : List.copyOf(calls.nodes().values())) {
            if (VariableReads.isVariable(node)) {
                Copy copy = copy(model, prefix, node, sources.shape(VariableReads.nameOf(node)));
                inputs.put(node.getName(), copy.handle());
                copies.add(copy);
                String name = copy.variable().name();
                Operand<TFloat32> state =
                        model.state(imported.nameInModel(name), sources.shape(name), sources.initializer(name));
                assigned.add(copy.assign(
                        tf, ImportedGraph.typed(tf, state, copy.variable().type())));
            }
        }
        calls.keep(wanted, inputs.keySet());
        new ImportedGraph(imported, file).checkGiven(calls.nodes().values());
        Op begin = tf.withControlDependencies(assigned).noOp();
        List<String> tensors =
                wanted.stream().filter(tensor -> outputs(calls, tensor) > 0).toList();
        List<Output<?>> made = GraphImport.into(
                model.graph(), ImportedGraph.bare(file.graph(), calls), prefix, inputs, List.of(begin), tensors);
        Map<String, Output<?>> named = new LinkedHashMap<>();
        for (int i = 0; i < tensors.size(); i++) {
            named.put(tensors.get(i), made.get(i));
        }
        List<Op> done = new ArrayList<>();
        for (String tensor : wanted) {
            done.add(new RawOperation(model.graph().operationOrThrow(prefix + "/" + GraphWalk.nodeOf(tensor))));
        }
        update(model, tf.withControlDependencies(done), copies, changed);
        return named;
    }

    private Copy copy(ModelBuilder model, String prefix, NodeDef node, Shape shape) {
        ImportedVariable variable = imported.variable(VariableReads.nameOf(node));
        if (variable.type() == DataType.DT_STRING) {
            throw new IllegalArgumentException("variable " + variable + " of " + file.path()
                    + " holds text; a signature that needs it cannot be trained");
        }
        boolean resource = node.getOp().equals("VarHandleOp");
        String name = prefix + "/copies/" + node.getName();
        var builder = model.graph()
                .opBuilder(
                        resource ? "VarHandleOp" : "VariableV2",
                        name,
                        model.tf().scope())
                .setAttr("dtype", variable.type())
                .setAttr("shape", shape)
                .setAttr("shared_name", name); // of this graph alone
        return new Copy(variable, builder.build().output(0), resource);
    }

    private static int outputs(FlatGraph graph, String tensor) {
        NodeDef node = graph.nodes().get(GraphWalk.nodeOf(tensor));
        return node == null
                ? 0
                : OpDefs.find(node.getOp())
                        .map(op -> op.getOutputArgList().stream()
                                .mapToInt(output -> OpDefs.count(output, node.getAttrMap()))
                                .sum())
                        .orElse(1);
    }

    private void update(ModelBuilder model, Ops after, List<Copy> copies, Set<String> changed) {
        List<String> names = new ArrayList<>();
        for (Copy copy : copies) {
            String name = copy.variable().name();
            if (changed.contains(name)) {
                model.updateState(imported.nameInModel(name), copy.read(after));
                names.add(name);
            }
        }
        if (model.training()) {
            log.info("{} trains {}; they become the mean over the workers' rows after each step", imported, names);
        }
    }
}
