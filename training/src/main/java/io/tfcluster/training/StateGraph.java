package io.tfcluster.training;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.ReadVariableOp;
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
    private static final Pattern PART = Pattern.compile("(.+)/part_(\\d+)");

    /** One of them; the names are those of its operations. */
    record Stored(String name, DataType type, Shape shape, String read, String in, String assign) {
        @Override
        public String toString() {
            return describe(name, type, shape);
        }
    }

    private final Map<String, Stored> all = new LinkedHashMap<>();

    private final List<Op> reads = new ArrayList<>();
    private final List<Op> before;

    private StateGraph(List<Op> before) {
        this.before = before;
    }

    /** Adds the operations for all variables that the graph has by now. */
    static StateGraph add(Graph graph) {
        return add(graph, SCOPE, List.of());
    }

    /** As above, once more: what is read is read after {@code before}. */
    static StateGraph add(Graph graph, String scope, List<Op> before) {
        StateGraph state = new StateGraph(before);
        Map<String, GraphOperation> handles = new TreeMap<>(); // by name: the order is the same in every process
        for (Iterator<GraphOperation> operations = graph.operations(); operations.hasNext(); ) {
            GraphOperation operation = operations.next();
            if (operation.type().equals(VarHandleOp.OP_NAME)) {
                handles.putIfAbsent(operation.attributes().getAttrString("shared_name"), operation);
            }
        }
        Ops tf = Ops.create(graph).withSubScope(scope);
        wholes(handles).forEach((name, parts) -> {
            DataType type = parts.get(0).attributes().getAttrType("dtype");
            if (type != DataType.DT_STRING && !name.startsWith(OWN)) {
                state.add(tf, name, parts, type, TensorFile.type(type));
            }
        });
        return state;
    }

    /** Adds a variable that may lie in several parts, one after the other along axis 0; it is saved as one. */
    private <T extends TType> void add(Ops tf, String name, List<GraphOperation> parts, DataType type, Class<T> java) {
        int index = all.size();
        List<Operand<T>> reads = new ArrayList<>();
        long[] sizes = new long[parts.size()];
        Shape first = parts.get(0).attributes().getAttrShape("shape");
        long rows = 0;
        for (int i = 0; i < sizes.length; i++) {
            GraphOperation part = parts.get(i);
            ReadVariableOp<T> read = tf.withControlDependencies(before).readVariableOp(part.output(0), java);
            reads.add(read);
            this.reads.add(read);
            sizes[i] = sizes.length == 1
                    ? 0
                    : part.attributes().getAttrShape("shape").get(0);
            rows += sizes[i];
        }
        Shape shape = sizes.length == 1 ? first : first.tail().prepend(rows);
        Operand<T> in = tf.withName("in_" + index).placeholder(java, Placeholder.shape(shape));
        List<Operand<T>> pieces = new ArrayList<>();
        if (sizes.length == 1) {
            pieces.add(in);
        } else {
            pieces.addAll(tf.splitV(in, tf.constant(sizes), tf.constant(0), (long) sizes.length)
                    .output());
        }
        List<Op> assigned = new ArrayList<>();
        for (int i = 0; i < sizes.length; i++) {
            assigned.add(tf.assignVariableOp(parts.get(i).output(0), pieces.get(i)));
        }
        Operand<T> read = reads.size() == 1 ? reads.get(0) : tf.concat(reads, tf.constant(0));
        String assign = tf.withControlDependencies(assigned)
                .withName("assign_" + index)
                .noOp()
                .op()
                .name();
        all.put(name, new Stored(name, type, shape, TrainGraph.tensor(read), TrainGraph.tensor(in), assign));
    }

    /** Puts the parts of a variable, "WHOLE/part_0" and so on, under the name of the whole. */
    private static Map<String, List<GraphOperation>> wholes(Map<String, GraphOperation> handles) {
        Map<String, List<GraphOperation>> wholes = new TreeMap<>();
        for (Map.Entry<String, GraphOperation> handle : handles.entrySet()) {
            Matcher part = PART.matcher(handle.getKey());
            String whole = part.matches() ? part.group(1) : "";
            if (whole.isEmpty() || !handles.containsKey(whole + "/part_0") || !handles.containsKey(whole + "/part_1")) {
                wholes.put(handle.getKey(), List.of(handle.getValue()));
            } else if (part.group(2).equals("0")) {
                List<GraphOperation> parts = new ArrayList<>();
                GraphOperation next = handle.getValue();
                while (next != null) {
                    parts.add(next);
                    next = handles.get(whole + "/part_" + parts.size());
                }
                wholes.put(whole, parts);
            }
        }
        return wholes;
    }

    /** What reads them. */
    List<Op> reads() {
        return reads;
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

    /** Reads those that are wanted in one run; the caller closes them. */
    Map<String, Tensor> read(TrainSession session, String self, Predicate<Stored> wanted) {
        List<Stored> some = all.values().stream().filter(wanted).toList();
        List<String> fetches = some.stream().map(Stored::read).toList();
        // The result is not closed: its tensors are the caller's.
        Result result = session.run("reading the state of the training on " + self, Map.of(), fetches, List.of());
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        int index = 0;
        for (Stored stored : some) {
            tensors.put(stored.name(), result.get(index++));
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
