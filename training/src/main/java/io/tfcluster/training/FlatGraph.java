package io.tfcluster.training;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NameAttrList;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;

/**
 * The part of a graph that some tensors need, with the bodies of functions in the place of their calls.
 *
 * <p>TensorFlow 2 keeps everything in functions, and TensorFlow's C++ gradients do not look into calls. Loops and branches keep their
 * functions. Tensors are named as in a GraphDef: "node" for output 0, "node:1" for the next.
 */
final class FlatGraph {
    private static final Set<String> CALLS = Set.of("PartitionedCall", "StatefulPartitionedCall");
    /** Functions within functions; more of them is a function that calls itself. */
    private static final int DEPTH = 200;

    private final Map<String, FunctionDef> functions = new HashMap<>();
    private final Map<String, NodeDef> nodes = new LinkedHashMap<>();
    private final Map<String, String> redirects = new HashMap<>();

    private FlatGraph(GraphDef graph) {
        graph.getNodeList().forEach(node -> nodes.put(node.getName(), node));
        graph.getLibrary()
                .getFunctionList()
                .forEach(function -> functions.put(function.getSignature().getName(), function));
    }

    /**
     * Flattens.
     *
     * @param roots tensors or, with "^" before them, operations that are wanted
     * @param given tensors that something else will take the place of; what only they need is left out
     * @throws IllegalArgumentException if a node or a function is missing
     */
    static FlatGraph of(GraphDef graph, Collection<String> roots, Set<String> given) {
        FlatGraph flat = new FlatGraph(graph);
        for (int depth = 0; ; depth++) {
            flat.keep(roots, given);
            List<NodeDef> calls =
                    flat.nodes.values().stream().filter(flat::isCall).toList();
            if (calls.isEmpty()) {
                return flat;
            }
            if (depth == DEPTH) {
                throw new IllegalArgumentException(
                        "function call \"" + calls.get(0).getName() + "\" stands in " + DEPTH
                                + " functions, one within the other; a function that calls itself cannot be imported");
            }
            calls.forEach(flat::inline);
            flat.follow();
        }
    }

    /** As above, but with the calls as they are. */
    static FlatGraph withCalls(GraphDef graph, Collection<String> roots, Set<String> given) {
        FlatGraph flat = new FlatGraph(graph);
        flat.keep(roots, given);
        return flat;
    }

    /** Returns "node" or "node:index" without a needless ":0". */
    static String tensor(String name) {
        return name.endsWith(":0") ? name.substring(0, name.length() - 2) : name;
    }

    static String tensor(String node, int index) {
        return index == 0 ? node : node + ":" + index;
    }

    static boolean isControl(String input) {
        return input.startsWith("^");
    }

    /** The operations by name; they may be replaced. */
    Map<String, NodeDef> nodes() {
        return nodes;
    }

    /** Returns what a tensor of the original graph is called here. */
    String resolve(String tensor) {
        String name = tensor(tensor);
        while (redirects.containsKey(name)) {
            name = redirects.get(name);
        }
        return name;
    }

    /** From now on another tensor stands where this one is asked for; {@link #follow()} carries it out. */
    void redirect(String tensor, String other) {
        redirects.put(tensor(tensor), tensor(other));
    }

    /** Drops the operations that neither the roots nor what they need ask for. */
    void keep(Collection<String> roots, Set<String> given) {
        Deque<String> open = new ArrayDeque<>();
        Set<String> kept = new LinkedHashSet<>();
        roots.forEach(root -> visit(resolve(root), given, open, kept));
        while (!open.isEmpty()) {
            String name = open.remove();
            NodeDef node = nodes.get(name);
            if (node == null) {
                throw new IllegalArgumentException("no operation \"" + name + "\" in the graph");
            }
            node.getInputList().forEach(input -> visit(resolve(input), given, open, kept));
        }
        nodes.keySet().retainAll(kept);
    }

    private static void visit(String input, Set<String> given, Deque<String> open, Set<String> kept) {
        String node = GraphWalk.nodeOf(input);
        if (!given.contains(input) && kept.add(node)) {
            open.add(node);
        }
    }

    /** Makes all operations ask for what the tensors were redirected to. */
    void follow() {
        nodes.replaceAll((name, node) -> {
            NodeDef.Builder changed = null;
            for (int i = 0; i < node.getInputCount(); i++) {
                String input = node.getInput(i);
                String resolved = isControl(input) ? input : resolve(input);
                if (!resolved.equals(input)) {
                    changed = changed == null ? node.toBuilder() : changed;
                    changed.setInput(i, resolved);
                }
            }
            return changed == null ? node : changed.build();
        });
    }

    private boolean isCall(NodeDef node) {
        return CALLS.contains(node.getOp()) || functions.containsKey(node.getOp());
    }

    /** Puts the body beside the call, which becomes a NoOp that waits for what the function does besides its results. */
    private void inline(NodeDef call) {
        boolean direct = functions.containsKey(call.getOp());
        NameAttrList named =
                call.getAttrOrDefault("f", AttrValue.getDefaultInstance()).getFunc();
        FunctionDef function = functions.get(direct ? call.getOp() : named.getName());
        if (function == null) {
            throw new IllegalArgumentException("operation \"" + call.getName() + "\" calls function \""
                    + named.getName() + "\", which the file does not have");
        }
        Body body = new Body(call, function, direct ? call.getAttrMap() : named.getAttrMap());
        NodeDef.Builder end =
                NodeDef.newBuilder().setName(call.getName()).setOp("NoOp").addAllInput(body.controls);
        function.getControlRetMap().values().forEach(node -> end.addInput("^" + call.getName() + "/" + node));
        nodes.put(call.getName(), end.build());
        for (NodeDef node : function.getNodeDefList()) {
            NodeDef placed = body.place(node);
            nodes.put(placed.getName(), placed);
        }
        int index = 0;
        for (OpDef.ArgDef output : function.getSignature().getOutputArgList()) {
            String returned = function.getRetOrDefault(output.getName(), "");
            for (int i = 0; i < OpDefs.count(output, body.attributes); i++) {
                redirect(tensor(call.getName(), index++), body.input(returned, i));
            }
        }
    }

    /** A function's body at the place of one call. */
    private final class Body {
        private final String prefix;
        private final Map<String, AttrValue> attributes;
        private final Map<String, NodeDef> inside = new HashMap<>();
        private final Map<String, List<String>> arguments = new HashMap<>();
        private final List<String> controls;

        Body(NodeDef call, FunctionDef function, Map<String, AttrValue> attributes) {
            this.prefix = call.getName() + "/";
            this.attributes = attributes;
            this.controls =
                    call.getInputList().stream().filter(FlatGraph::isControl).toList();
            List<String> data = call.getInputList().stream()
                    .filter(input -> !isControl(input))
                    .toList();
            int next = 0;
            for (OpDef.ArgDef argument : function.getSignature().getInputArgList()) {
                int count = OpDefs.count(argument, attributes);
                if (next + count > data.size()) {
                    throw new IllegalArgumentException("operation \"" + call.getName() + "\" gives function \""
                            + function.getSignature().getName() + "\" " + data.size() + " arguments, too few");
                }
                arguments.put(argument.getName(), data.subList(next, next + count));
                next += count;
            }
            function.getNodeDefList().forEach(node -> inside.put(node.getName(), substituted(node)));
        }

        private NodeDef substituted(NodeDef node) {
            NodeDef.Builder filled = node.toBuilder().setDevice("");
            node.getAttrMap().forEach((name, value) -> {
                if (!value.getPlaceholder().isEmpty()) {
                    filled.putAttr(name, attributes.getOrDefault(value.getPlaceholder(), value));
                }
            });
            return filled.build();
        }

        NodeDef place(NodeDef node) {
            NodeDef.Builder placed = substituted(node).toBuilder();
            placed.setName(prefix + node.getName()).clearInput();
            List<String> inputs =
                    node.getInputList().stream().map(name -> input(name, 0)).toList();
            placed.addAllInput(inputs);
            if (inputs.stream()
                    .allMatch(FlatGraph::isControl)) { // nothing else makes it wait for what the call waits for
                placed.addAllInput(controls);
            }
            return placed.build();
        }

        /** Translates "argument", "argument:1", "node:output:0" and "^node". */
        String input(String name, int offset) {
            if (isControl(name)) {
                String node = name.substring(1);
                List<String> argument = arguments.get(node);
                return "^" + (argument == null ? prefix + node : GraphWalk.nodeOf(argument.get(0)));
            }
            List<String> parts = new ArrayList<>(List.of(name.split(":", -1)));
            List<String> argument = arguments.get(parts.get(0));
            int last = parts.size() == 1 ? 0 : parts.size() - 1;
            int index = (last == 0 ? 0 : Integer.parseInt(parts.get(last))) + offset;
            if (argument != null) {
                return tensor(argument.get(index));
            }
            NodeDef node = inside.get(parts.get(0));
            if (node == null || parts.size() != 3) {
                throw new IllegalArgumentException(
                        "no tensor \"" + name + "\" in the function that \"" + prefix + "\" calls");
            }
            return tensor(prefix + parts.get(0), OpDefs.firstOf(definition(node), node, parts.get(1)) + index);
        }

        private OpDef definition(NodeDef node) {
            FunctionDef called = functions.get(node.getOp());
            return called != null
                    ? called.getSignature()
                    : OpDefs.find(node.getOp()).orElseThrow(() -> unknown(node));
        }
    }

    /** Returns the error for an operation that this TensorFlow does not have. */
    static IllegalArgumentException unknown(NodeDef node) {
        return new IllegalArgumentException(
                "operation \"" + node.getName() + "\" is a " + node.getOp()
                        + ", which TensorFlow " + org.tensorflow.TensorFlow.version()
                        + " does not have; it comes from a library of the program that wrote the file, or from a newer TensorFlow");
    }
}
