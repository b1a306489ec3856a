package io.tfcluster.training;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Result;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;

/** Asks the model what it makes of rows, with the variables as they are. */
final class Prediction {
    private final TrainGraph graph;
    private final Strategy strategy;
    private final Feeds feeds;

    Prediction(TrainGraph graph, Strategy strategy, Feeds feeds) {
        this.graph = graph;
        this.strategy = strategy;
        this.feeds = feeds;
    }

    /** Returns the graph's tensors by prediction name, at least one. */
    Map<String, String> names() {
        Map<String, String> predictions = graph.predictions();
        if (predictions.isEmpty()) {
            throw new IllegalStateException(
                    "the model function gives no prediction; add one with ModelSpec.builder().prediction(…)");
        }
        return predictions;
    }

    /** What {@link Trainer#predict} promises. */
    Map<String, Tensor> of(Map<String, ? extends Tensor> inputs) {
        Map<String, String> predictions = names();
        Map<String, Tensor> fed = feeds.of(inputs, -1, graph.neededFor(predictions.values()));
        Map<String, Tensor> predicted = new LinkedHashMap<>();
        // The result is not closed when all is well: its tensors are the caller's.
        Result result =
                strategy.session().run("prediction on " + strategy.self(), fed, predictions.values(), List.of());
        try {
            long rows = rows(fed);
            int index = 0;
            for (String name : predictions.keySet()) {
                Tensor tensor = result.get(index++);
                check(name, tensor, rows);
                predicted.put(name, tensor);
            }
            return predicted;
        } catch (RuntimeException e) {
            result.close();
            throw e;
        }
    }

    /** Returns how many rows the inputs have; -1 if the predictions need none. */
    private static long rows(Map<String, Tensor> fed) {
        return fed.values().stream()
                .mapToLong(tensor -> tensor.shape().get(0))
                .findFirst()
                .orElse(-1);
    }

    private static void check(String name, Tensor predicted, long rows) {
        Shape shape = predicted.shape();
        if (rows >= 0 && (shape.numDimensions() == 0 || shape.get(0) != rows)) {
            throw new IllegalArgumentException("prediction \"" + name + "\" has shape " + Shapes.text(shape) + " for "
                    + rows + " rows; a prediction has one entry per row");
        }
    }
}
