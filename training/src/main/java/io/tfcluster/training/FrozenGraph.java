package io.tfcluster.training;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.tensorflow.GraphImport;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/** Puts a graph whose variables are constants (a {@code frozen_graph.pb}) into a model, as a feature extractor that does not learn. */
public final class FrozenGraph {
    private FrozenGraph() {}

    /**
     * Imports the graph and connects it.
     *
     * @param file GraphDef in binary form
     * @param inputs what takes the place of the graph's placeholders, by their names
     * @param output tensor to return, "name" or "name:index"
     * @throws IllegalArgumentException if a name is not in the graph (the message lists what is), or the types do not fit
     * @throws UncheckedIOException if the file cannot be read or is no GraphDef
     */
    public static Output<?> importInto(
            ModelBuilder model, Path file, Map<String, ? extends Operand<?>> inputs, String output) {
        GraphDef graph = read(file);
        Map<String, NodeDef> nodes = new LinkedHashMap<>();
        graph.getNodeList().forEach(node -> nodes.put(node.getName(), node));
        for (String name : inputs.keySet()) {
            if (!nodes.containsKey(name)) {
                throw new IllegalArgumentException(
                        "no input \"" + name + "\" in " + file + "; its placeholders are " + placeholders(nodes));
            }
        }
        if (!nodes.containsKey(GraphImport.nodeOf(output))) {
            throw new IllegalArgumentException("no tensor \"" + output + "\" in " + file + "; its last nodes are "
                    + nodes.keySet().stream()
                            .skip(Math.max(0, nodes.size() - 5))
                            .toList());
        }
        for (NodeDef node : nodes.values()) {
            if (node.getOp().equals("Placeholder") && !inputs.containsKey(node.getName())) {
                throw new IllegalArgumentException("placeholder \"" + node.getName() + "\" of " + file
                        + " is given nothing; inputs given: " + inputs.keySet());
            }
        }
        Map<String, Output<?>> outputs = inputs.entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, e -> e.getValue().asOutput()));
        String prefix = model.tf().scope().makeOpName("frozen");
        return GraphImport.into(model.graph(), graph, prefix, outputs, output);
    }

    private static String placeholders(Map<String, NodeDef> nodes) {
        return nodes.values().stream()
                .filter(node -> node.getOp().equals("Placeholder"))
                .map(NodeDef::getName)
                .toList()
                .toString();
    }

    private static GraphDef read(Path file) {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
            return GraphDef.parseFrom(in);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read a GraphDef from " + file + ": " + e.getMessage(), e);
        }
    }
}
