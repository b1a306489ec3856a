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
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/** Which operations of a graph lead to which: by node name, along data and control inputs. */
final class GraphWalk {
    private final Map<String, NodeDef> nodes = new LinkedHashMap<>();

    GraphWalk(GraphDef graph) {
        graph.getNodeList().forEach(node -> nodes.put(node.getName(), node));
    }

    NodeDef node(String name) {
        NodeDef node = nodes.get(name);
        if (node == null) {
            throw new IllegalArgumentException("no operation \"" + name + "\" in the graph");
        }
        return node;
    }

    /** Returns the nodes that must run for these to run, with these. */
    Set<String> ancestors(Collection<String> names) {
        return reach(names, name -> inputs(node(name)));
    }

    /** Returns the nodes that these lead to, with these. */
    Set<String> descendants(Collection<String> names) {
        Map<String, List<String>> consumers = new HashMap<>();
        nodes.values()
                .forEach(node -> inputs(node)
                        .forEach(input -> consumers
                                .computeIfAbsent(input, key -> new ArrayList<>())
                                .add(node.getName())));
        return reach(names, name -> consumers.getOrDefault(name, List.of()));
    }

    /** Returns the name of the node in an input such as "^node" or "node:1". */
    static String nodeOf(String input) {
        int from = input.startsWith("^") ? 1 : 0;
        int colon = input.indexOf(':');
        return input.substring(from, colon < 0 ? input.length() : colon);
    }

    private static List<String> inputs(NodeDef node) {
        return node.getInputList().stream().map(GraphWalk::nodeOf).toList();
    }

    private interface Neighbours {
        List<String> of(String name);
    }

    private static Set<String> reach(Collection<String> from, Neighbours neighbours) {
        Set<String> reached = new LinkedHashSet<>(from);
        Deque<String> open = new ArrayDeque<>(reached);
        while (!open.isEmpty()) {
            for (String name : neighbours.of(open.remove())) {
                if (reached.add(name)) {
                    open.add(name);
                }
            }
        }
        return reached;
    }
}
