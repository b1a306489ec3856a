package io.tfcluster.training;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;

/** Compares tensors with the inputs that were declared, before TensorFlow does with less to say. */
final class Feeds {
    private final Map<String, InputSpec> specs = new LinkedHashMap<>();
    private final Map<String, String> placeholders;

    Feeds(List<InputSpec> specs, Map<String, String> placeholders) {
        specs.forEach(spec -> this.specs.put(spec.name(), spec));
        this.placeholders = placeholders;
    }

    /**
     * Returns the tensors by placeholder; those that are no input of the model are left out.
     *
     * @param rows how many rows each must have, or -1 if they must only agree
     * @param needed inputs that may not be missing
     */
    Map<String, Tensor> of(Map<String, ? extends Tensor> tensors, long rows, List<String> needed) {
        for (String name : needed) {
            if (!tensors.containsKey(name)) {
                throw new IllegalArgumentException("input \"" + name + "\" is missing; the model needs " + needed
                        + ", given are " + tensors.keySet());
            }
        }
        Map<String, Tensor> feeds = new HashMap<>();
        long expected = rows;
        for (Map.Entry<String, ? extends Tensor> entry : tensors.entrySet()) {
            InputSpec spec = specs.get(entry.getKey());
            String placeholder = placeholders.get(entry.getKey());
            if (spec == null || placeholder == null) {
                continue;
            }
            expected = check(spec, entry.getValue(), expected);
            feeds.put(placeholder, entry.getValue());
        }
        return feeds;
    }

    private static long check(InputSpec spec, Tensor tensor, long rows) {
        Shape shape = tensor.shape();
        if (tensor.dataType() != TensorTypes.dtype(spec.type())
                || !spec.batchShape().isCompatibleWith(shape)) {
            throw new IllegalArgumentException(
                    "expected input " + spec + ", found " + tensor.dataType() + " " + Shapes.text(shape));
        }
        if (rows >= 0 && shape.get(0) != rows) {
            throw new IllegalArgumentException(
                    "input " + spec + " has " + shape.get(0) + " rows in a batch of " + rows + " rows");
        }
        return shape.get(0);
    }
}
