package io.tfcluster.estimator;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;

/** Finds type and shape of tensors that no signature names, by importing the graph: this loads TensorFlow's library into the driver. */
final class GraphTensors {
    private GraphTensors() {}

    /**
     * Returns the tensors by the names that were asked for, "scope/op" or "scope/op:0".
     *
     * @throws IllegalArgumentException if one is not there; the text has the nearest names
     */
    static Map<String, TensorSpec> find(ModelInfo model, Collection<String> names) {
        Map<String, TensorSpec> found = new LinkedHashMap<>();
        try (Graph graph = new Graph()) {
            graph.importGraphDef(model.graph());
            for (String name : names) {
                found.put(name, spec(model, graph, name));
            }
        }
        return found;
    }

    private static TensorSpec spec(ModelInfo model, Graph graph, String name) {
        int colon = name.lastIndexOf(':');
        String node = colon < 0 ? name : name.substring(0, colon);
        int index = index(name, colon);
        GraphOperation operation = graph.operation(node);
        if (operation == null) {
            List<String> known = new ArrayList<>(model.inputs().keySet());
            known.addAll(model.outputs().keySet());
            known.addAll(model.operations());
            String question = Nearest.question(node, known);
            throw new IllegalArgumentException("no tensor \"" + name + "\" in " + model.text() + "; "
                    + (model.outputs().isEmpty()
                            ? "its last operations are " + last(model.operations())
                            : "its outputs are " + model.outputs().keySet())
                    + (question.isEmpty() ? "" : ". " + question));
        }
        if (index < 0 || index >= operation.numOutputs()) {
            throw new IllegalArgumentException("no tensor \"" + name + "\" in " + model.text() + ": the operation \""
                    + node + "\" has " + operation.numOutputs() + " outputs, counted from 0");
        }
        Output<?> output = operation.output(index);
        int number = output.dataType().getNumber();
        TensorType type = TensorType.of(number)
                .orElseThrow(() -> new IllegalArgumentException("tensor \"" + name + "\" of " + model.text()
                        + " is of type " + output.dataType() + ", which no column holds"));
        Shape shape = ((Operand<?>) output).shape();
        return new TensorSpec(
                name,
                node + ":" + index,
                type,
                shape.isUnknown()
                        ? List.of()
                        : java.util.Arrays.stream(shape.asArray()).boxed().collect(Collectors.toList()),
                !shape.isUnknown());
    }

    private static int index(String name, int colon) {
        if (colon < 0) {
            return 0;
        }
        String digits = name.substring(colon + 1);
        if (!digits.matches("\\d{1,4}")) {
            throw new IllegalArgumentException(
                    "\"" + name + "\" is no name of a tensor: after the colon comes a number, as in \"scope/op:0\"");
        }
        return Integer.parseInt(digits);
    }

    private static List<String> last(List<String> names) {
        return names.subList(Math.max(0, names.size() - 5), names.size());
    }
}
