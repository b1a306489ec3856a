package io.tfcluster.training;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * A copy of a trainer's graph in which every operation has its process: variables and slots on parameter servers, the rest here.
 *
 * <p>A copy, since the gradients' operations come without a device from TensorFlow, and its placer would put them on the first device by
 * name, which is a parameter server. Devices that the model function set itself are kept, and its gradients follow them. What is computed
 * from {@link PsSyncGraph}'s sums alone stays on the server of the sum, and constants are where all that read them are.
 */
final class PlacedGraph {
    private static final Pattern SERVER = Pattern.compile("/job:ps(/.*)?/task:(\\d+).*");
    private static final String COLOCATION = "_class";
    private static final Set<String> MADE_OF_NOTHING = Set.of("Const", "Fill");

    private final List<NodeDef.Builder> nodes;
    private final Map<String, String> devices = new HashMap<>();
    private final String here;

    private PlacedGraph(List<NodeDef.Builder> nodes, String here) {
        this.nodes = nodes;
        this.here = here;
    }

    /** Returns the copy; the caller closes it. */
    static Graph of(TrainGraph source, ParameterServers servers) {
        GraphDef.Builder graph = source.graph().toGraphDef().toBuilder();
        PlacedGraph placing = new PlacedGraph(graph.getNodeBuilderList(), servers.device());
        placing.placeOnServers(homes(source, servers.count()));
        placing.placeConstants();
        placing.placeGradients(source.lossNode());
        for (NodeDef.Builder node : placing.nodes) {
            node.setDevice(placing.devices.getOrDefault(node.getName(), placing.here));
            node.removeAttr(
                    COLOCATION); // some gradients have it, the embedding's for one, and it contradicts the device
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

    /** Places what has a device, variables, what takes their handles, and what is made of sums. */
    private void placeOnServers(Map<String, String> homes) {
        Map<String, String> handles = new HashMap<>();
        Map<String, String> ofSums = new HashMap<>();
        for (NodeDef.Builder node : nodes) { // inputs come before those that take them
            String name = node.getName();
            @Nullable String device = node.getDevice().isEmpty() ? null : node.getDevice();
            if (node.getOp().equals("VarHandleOp")) {
                String shared = shared(node);
                device = device == null ? homes.getOrDefault(shared, server(0)) : device;
                handles.put(name, device);
                if (shared.startsWith(PsSyncGraph.SUM)) {
                    ofSums.put(name, device);
                }
            }
            for (String input : data(node)) {
                String handle = handles.get(input);
                String sum = ofSums.get(input);
                device = device == null && handle != null ? handle : device;
                device = device == null && sum != null ? sum : device;
                if (sum != null && device != null) {
                    ofSums.put(name, device);
                }
            }
            if (device != null) {
                devices.put(name, device);
            }
        }
    }

    /** Puts constants to their readers, if all of these are on one device. */
    private void placeConstants() {
        Map<String, String> readers = new HashMap<>();
        for (int i = nodes.size() - 1; i >= 0; i--) {
            NodeDef.Builder node = nodes.get(i);
            String name = node.getName();
            String reader = readers.getOrDefault(name, here);
            if (!devices.containsKey(name) && MADE_OF_NOTHING.contains(node.getOp()) && !reader.isEmpty()) {
                devices.put(name, reader);
            }
            String device = devices.getOrDefault(name, here);
            data(node).forEach(input -> readers.merge(input, device, (a, b) -> a.equals(b) ? a : ""));
        }
    }

    private void placeGradients(String loss) {
        GradientPlacement gradients = new GradientPlacement(nodes, devices, here);
        if (gradients.needed()) {
            devices.putAll(gradients.devices(loss));
        }
    }

    static List<String> data(NodeDef.Builder node) {
        List<String> inputs = new ArrayList<>();
        for (String input : node.getInputList()) {
            if (!input.startsWith("^")) {
                inputs.add(GraphWalk.nodeOf(input));
            }
        }
        return inputs;
    }

    private static String shared(NodeDef.Builder handle) {
        return handle.getAttrOrThrow("shared_name").getS().toStringUtf8();
    }

    /** Device of a parameter server. */
    static String server(int index) {
        return "/job:ps/task:" + index;
    }

    /**
     * Spreads variables: the largest first, each on the server with the least so far; the same in every process. Those that the model gave
     * a device stay there.
     *
     * @return device by the name that processes share
     */
    static Map<String, String> homes(TrainGraph source, int servers) {
        long[] load = new long[servers];
        Map<String, String> homes = new HashMap<>();
        List<VariableStore.Variable> free = new ArrayList<>();
        for (VariableStore.Variable variable : source.variables()) {
            String device = ((GraphOperation) variable.handle().op()).device();
            if (device.isEmpty()) {
                free.add(variable);
                continue;
            }
            homes.put(variable.name(), device);
            Matcher server = SERVER.matcher(device);
            if (server.matches() && Integer.parseInt(server.group(2)) < servers) {
                load[Integer.parseInt(server.group(2))] += variable.size();
            }
        }
        free.sort(Comparator.comparingLong((VariableStore.Variable v) -> -v.size())
                .thenComparing(VariableStore.Variable::name));
        for (VariableStore.Variable variable : free) {
            int least = 0;
            for (int ps = 1; ps < servers; ps++) {
                least = load[ps] < load[least] ? ps : least;
            }
            load[least] += variable.size();
            homes.put(variable.name(), server(least));
        }
        source.helpers().forEach((name, owner) -> homes.put(name, homes.getOrDefault(owner, server(0))));
        return homes;
    }
}
