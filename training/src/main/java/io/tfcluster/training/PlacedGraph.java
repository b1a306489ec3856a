package io.tfcluster.training;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Graph;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * A copy of a trainer's graph in which every operation has its process: variables and slots on parameter servers, the rest here.
 *
 * <p>A copy, since the gradients' operations come without a device from TensorFlow, and its placer would put them on the first device by
 * name, which is a parameter server. Devices that the model function set itself are kept.
 */
final class PlacedGraph {
    private PlacedGraph() {}

    /** Returns the copy; the caller closes it. */
    static Graph of(TrainGraph source, ParameterServers servers) {
        Map<String, Integer> homes = homes(source, servers.count());
        GraphDef.Builder graph = source.graph().toGraphDef().toBuilder();
        Map<String, Integer> handles = new HashMap<>();
        for (NodeDef node : graph.getNodeList()) {
            if (node.getOp().equals("VarHandleOp")) {
                String shared = node.getAttrOrThrow("shared_name").getS().toStringUtf8();
                handles.put(node.getName(), homes.getOrDefault(shared, 0));
            }
        }
        String here = "/job:" + servers.job() + "/task:" + servers.index();
        for (NodeDef.Builder node : graph.getNodeBuilderList()) {
            node.removeAttr(
                    "_class"); // gather's gradient asks to be where the variable is read, beside the device it gets
            if (node.getDevice().isEmpty()) {
                Integer ps = home(node, handles);
                node.setDevice(ps == null ? here : "/job:ps/task:" + ps);
            }
        }
        Graph placed = new Graph();
        try {
            placed.importGraphDef(graph.build());
            return placed;
        } catch (RuntimeException e) {
            placed.close();
            throw e;
        }
    }

    private static @Nullable Integer home(NodeDef.Builder node, Map<String, Integer> handles) {
        Integer own = handles.get(node.getName());
        if (own != null) {
            return own;
        }
        for (String input : node.getInputList()) {
            if (!input.startsWith("^") && handles.containsKey(GraphWalk.nodeOf(input))) {
                return handles.get(GraphWalk.nodeOf(input));
            }
        }
        return null;
    }

    /** Spreads variables: the largest first, each on the server with the least so far; the same in every process. */
    private static Map<String, Integer> homes(TrainGraph source, int servers) {
        long[] load = new long[servers];
        Map<String, Integer> homes = new HashMap<>();
        List<VariableStore.Variable> bySize = source.variables().stream()
                .sorted(Comparator.comparingLong(
                                (VariableStore.Variable v) -> -v.shape().size())
                        .thenComparing(VariableStore.Variable::name))
                .toList();
        for (VariableStore.Variable variable : bySize) {
            int least = 0;
            for (int ps = 1; ps < servers; ps++) {
                least = load[ps] < load[least] ? ps : least;
            }
            load[least] += variable.size();
            homes.put(variable.name(), least);
        }
        source.helpers().forEach((name, owner) -> homes.put(name, homes.getOrDefault(owner, 0)));
        return homes;
    }
}
