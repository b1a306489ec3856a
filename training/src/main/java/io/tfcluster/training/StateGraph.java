package io.tfcluster.training;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.family.TType;

/**
 * All that a training graph remembers from step to step, by name: variables, states, slots, the global step. It reads and sets them through
 * whatever session the graph, or a placed copy of it, runs in.
 */
final class StateGraph {
    /** Part of the names of what is kept on parameter servers without being a state of the training. */
    static final String OWN = "tfcluster/";

    private static final String SCOPE = "state";

    /** One of them; the names are those of its operations. */
    record Stored(String name, DataType type, Shape shape, String read, String in, String assign) {
        boolean isSlot() {
            return name.startsWith("slots/");
        }

        @Override
        public String toString() {
            return describe(name, type, shape);
        }
    }

    private final Map<String, Stored> all = new LinkedHashMap<>();

    private StateGraph() {}

    /** Adds the operations for all variables that the graph has by now. */
    static StateGraph add(Graph graph) {
        StateGraph state = new StateGraph();
        Map<String, GraphOperation> handles = new TreeMap<>(); // by name: the order is the same in every process
        for (Iterator<GraphOperation> operations = graph.operations(); operations.hasNext(); ) {
            GraphOperation operation = operations.next();
            if (operation.type().equals(VarHandleOp.OP_NAME)) {
                handles.putIfAbsent(operation.attributes().getAttrString("shared_name"), operation);
            }
        }
        Ops tf = Ops.create(graph).withSubScope(SCOPE);
        handles.forEach((name, handle) -> {
            DataType type = handle.attributes().getAttrType("dtype");
            if (type != DataType.DT_STRING && !name.startsWith(OWN)) {
                state.add(tf, name, handle, type, handle.attributes().getAttrShape("shape"));
            }
        });
        return state;
    }

    private void add(Ops tf, String name, GraphOperation handle, DataType type, Shape shape) {
        int index = all.size();
        Class<? extends TType> java = TensorFile.type(type);
        Operand<?> read = tf.withName("read_" + index).readVariableOp(handle.output(0), java);
        Operand<?> in = tf.withName("in_" + index).placeholder(java, Placeholder.shape(shape));
        String assign = tf.withName("assign_" + index)
                .assignVariableOp(handle.output(0), in)
                .op()
                .name();
        all.put(name, new Stored(name, type, shape, TrainGraph.tensor(read), TrainGraph.tensor(in), assign));
    }

    Collection<Stored> all() {
        return all.values();
    }

    /** Returns "NAME: TYPE SHAPE" of each, as a checkpoint keeps it. */
    List<String> signature() {
        return all.values().stream().map(Stored::toString).toList();
    }

    static String describe(String name, DataType type, Shape shape) {
        return name + ": " + type + " " + Shapes.text(shape);
    }

    /** Reads all in one run; the caller closes them. */
    Map<String, Tensor> read(TrainSession session, String self) {
        List<String> fetches = all.values().stream().map(Stored::read).toList();
        // The result is not closed: its tensors are the caller's.
        Result result = session.run("reading the state of the training on " + self, Map.of(), fetches, List.of());
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        int index = 0;
        for (String name : all.keySet()) {
            tensors.put(name, result.get(index++));
        }
        return tensors;
    }

    /** Sets those that are given; others stay. The global step comes last: with parameter servers its presence tells that all are set. */
    void assign(TrainSession session, Map<String, Tensor> tensors, String self) {
        Map<String, Tensor> feeds = new HashMap<>();
        List<String> targets = new ArrayList<>();
        Map<String, Tensor> last = new HashMap<>();
        List<String> lastTargets = new ArrayList<>();
        tensors.forEach((name, tensor) -> {
            Stored stored = all.get(name);
            if (stored != null) {
                boolean step = name.equals(TrainGraph.GLOBAL_STEP);
                (step ? last : feeds).put(stored.in(), tensor);
                (step ? lastTargets : targets).add(stored.assign());
            }
        });
        session.run("restoring the variables of " + self, feeds, List.of(), targets)
                .close();
        if (!last.isEmpty()) {
            session.run("restoring the global step of " + self, last, List.of(), lastTargets)
                    .close();
        }
    }
}
