package io.tfcluster.training;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.NodeDef;

/**
 * Finds for each operation of a gradient the operation of the model it derives from, to run beside it.
 *
 * <p>TensorFlow's C++ gradients say neither device nor origin, so both are inferred: a gradient takes what flows back to the operations
 * that read its origin's result, and most take the origin's own inputs or result. Where that leaves a choice, such as for an identity, it
 * stays with what flows back: never wrong, at most a copy over the network that need not be.
 */
final class GradientPlacement {
    private static final String GRADIENTS = "gradients";
    /** How far back the origin may lie, in operations that left no gradient of their own. */
    private static final int REACH = 6;

    private final List<NodeDef.Builder> nodes;
    private final Map<String, String> placed;
    private final String here;
    private final Map<String, NodeDef.Builder> model = new HashMap<>();
    private final Map<String, String> origins = new HashMap<>();
    private final Map<String, Set<String>> given = new HashMap<>();

    /**
     * Makes a finder.
     *
     * @param nodes of the whole graph, inputs before those that take them
     * @param placed devices so far, by node
     * @param here the device of those that have none
     */
    GradientPlacement(List<NodeDef.Builder> nodes, Map<String, String> placed, String here) {
        this.nodes = nodes;
        this.placed = placed;
        this.here = here;
        nodes.stream().filter(node -> !isGradient(node.getName())).forEach(node -> model.put(node.getName(), node));
    }

    private static boolean isGradient(String node) {
        int slash = node.indexOf('/');
        return slash > 0 && node.substring(0, slash).matches(GRADIENTS + "(_\\d+)?");
    }

    /** Whether the model function has set devices; if not, all gradients are here. */
    boolean needed() {
        return nodes.stream()
                .anyMatch(node ->
                        node.getName().startsWith("model/") && !node.getDevice().isEmpty());
    }

    /** Returns the gradients' devices by node. */
    Map<String, String> devices(String loss) {
        for (NodeDef.Builder node : nodes) {
            if (isGradient(node.getName())) {
                String origin = origin(node, loss);
                if (origin != null) {
                    origins.put(node.getName(), origin);
                }
            }
        }
        Map<String, String> devices = new HashMap<>();
        Map<String, String> readers = new HashMap<>();
        for (int i = nodes.size() - 1; i >= 0; i--) {
            NodeDef.Builder node = nodes.get(i);
            String name = node.getName();
            if (!isGradient(name)) {
                continue;
            }
            String origin = origins.get(name);
            String device = origin == null ? readers.getOrDefault(name, here) : placed.getOrDefault(origin, here);
            devices.put(name, device);
            PlacedGraph.data(node).forEach(input -> readers.put(input, device));
        }
        return devices;
    }

    private @Nullable String origin(NodeDef.Builder node, String loss) {
        Set<String> back = new LinkedHashSet<>(); // origins of what flows back
        Set<String> own = new HashSet<>(); // what it takes of the model
        for (String input : PlacedGraph.data(node)) {
            String origin = origins.get(input);
            if (origin != null) {
                back.add(origin);
            } else if (isGradient(input)) {
                own.addAll(given.getOrDefault(input, Set.of()));
            } else {
                own.add(input);
            }
        }
        given.put(node.getName(), own);
        if (back.isEmpty()) {
            return own.contains(loss) ? loss : null;
        }
        String sameType =
                nearest(back, candidate -> isType(node, candidate) && (own.isEmpty() || touches(candidate, own)));
        if (sameType != null) {
            return sameType;
        }
        String touching = own.isEmpty() ? null : nearest(back, candidate -> touches(candidate, own));
        return touching == null ? back.iterator().next() : touching;
    }

    private interface Fits {
        boolean test(NodeDef.Builder candidate);
    }

    /** Searches the model backwards from operations, these included. */
    private @Nullable String nearest(Collection<String> from, Fits fits) {
        Set<String> seen = new HashSet<>(from);
        Deque<String> open = new ArrayDeque<>(from);
        for (int distance = 0; distance <= REACH; distance++) {
            for (int left = open.size(); left > 0; left--) {
                String name = open.remove();
                NodeDef.Builder candidate = model.get(name);
                if (candidate == null) {
                    continue;
                }
                if (fits.test(candidate)) {
                    return name;
                }
                for (String input : PlacedGraph.data(candidate)) {
                    if (seen.add(input)) {
                        open.add(input);
                    }
                }
            }
        }
        return null;
    }

    /** Whether a gradient's operation is named after one of the model: MatMul of MatMul, TanhGrad of Tanh. */
    private static boolean isType(NodeDef.Builder gradient, NodeDef.Builder candidate) {
        return gradient.getOp().startsWith(candidate.getOp().replaceFirst("V\\d+$", ""));
    }

    private static boolean touches(NodeDef.Builder candidate, Set<String> tensors) {
        return tensors.contains(candidate.getName())
                || PlacedGraph.data(candidate).stream().anyMatch(tensors::contains);
    }
}
