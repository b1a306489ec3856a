package io.tfcluster.training;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TString;
import org.tensorflow.types.family.TType;

/**
 * What a {@link ModelFunction} asks for and gives, seen by building it once in a graph that is never run: on a driver for instance, before
 * anything starts.
 *
 * <pre>{@code
 * ModelOutline outline = ModelOutline.of(model, List.of(new InputSpec("x", TFloat64.class, Shape.of(2))));
 * outline.inputs();   // x as float32, if that is what the model asks for
 * }</pre>
 *
 * @param inputs those that the model asks for, in the order in which it does, with the types it wants
 * @param predictionInputs names of those that its predictions need; the others, labels mostly, serve the loss and the metrics
 * @param predictions what it predicts, in its order
 * @param metrics names of the metrics when it does not train
 * @param lossByRow whether its loss is given row by row, so that rows may have weights
 */
public record ModelOutline(
        List<InputSpec> inputs,
        List<String> predictionInputs,
        List<Prediction> predictions,
        List<String> metrics,
        boolean lossByRow) {
    /**
     * One prediction.
     *
     * @param name as the model calls it
     * @param type of its tensor
     * @param shape with the dimension of the rows; unknown sizes are -1
     */
    public record Prediction(String name, DataType type, Shape shape) {
        /** Checks that all is there. */
        public Prediction {
            requireNonNull(name, "name");
            requireNonNull(type, "type");
            requireNonNull(shape, "shape");
        }
    }

    /** Copies the lists. */
    public ModelOutline {
        inputs = List.copyOf(inputs);
        predictionInputs = List.copyOf(predictionInputs);
        predictions = List.copyOf(predictions);
        metrics = List.copyOf(metrics);
    }

    /**
     * Builds a model, for training and for prediction, and looks at it. Loads TensorFlow's native library.
     *
     * @param offered what there is to ask for; a model that asks for another type than the one offered gets its own
     * @throws IllegalArgumentException if the model asks for something else, has no loss, or does not fit its inputs
     */
    public static ModelOutline of(ModelFunction model, List<InputSpec> offered) {
        try (Graph graph = new Graph()) {
            Ops root = Ops.create(graph);
            Offered inputs = new Offered(root.withSubScope("inputs"), offered);
            VariableStore variables = new VariableStore(root);
            ModelBuild training = build(model, graph, root.withSubScope("model"), inputs, variables, true);
            if (training.spec().loss().isEmpty()) {
                throw new IllegalArgumentException(
                        "the model function set no loss; a trainer needs one to minimise: ModelSpec.builder().loss(…)");
            }
            variables.seal();
            ModelBuild predicting = build(model, graph, root.withSubScope("predict"), inputs, variables, false);
            return outline(graph, inputs, training, predicting);
        }
    }

    private static ModelBuild build(
            ModelFunction model, Graph graph, Ops tf, Offered inputs, VariableStore variables, boolean training) {
        return ModelBuild.of(
                model, new ModelBuilder(graph, tf, inputs, variables, training, 1, tf.constant(0L)), inputs, null);
    }

    private static ModelOutline outline(Graph graph, Offered inputs, ModelBuild training, ModelBuild predicting) {
        List<Prediction> predictions = new ArrayList<>();
        predicting
                .spec()
                .predictions()
                .forEach((name, operand) ->
                        predictions.add(new Prediction(name, operand.asOutput().dataType(), operand.shape())));
        Set<String> ancestors = new GraphWalk(graph.toGraphDef())
                .ancestors(predicting.spec().predictions().values().stream()
                        .map(operand -> operand.asOutput().op().name())
                        .toList());
        List<String> needed = inputs.asked.entrySet().stream()
                .filter(input -> ancestors.contains(
                        input.getValue().placeholder().asOutput().op().name()))
                .map(Map.Entry::getKey)
                .toList();
        return new ModelOutline(
                inputs.asked.values().stream().map(Asked::spec).toList(),
                needed,
                predictions,
                List.copyOf(predicting.spec().metrics().keySet()),
                training.spec().lossByRow());
    }

    private record Asked(InputSpec spec, Operand<?> placeholder) {}

    /** Makes an input when it is asked for, of the type that is asked for. */
    private static final class Offered implements ModelInputs {
        private final Ops tf;
        private final Map<String, InputSpec> offered = new LinkedHashMap<>();
        private final Map<String, Asked> asked = new LinkedHashMap<>();

        Offered(Ops tf, List<InputSpec> offered) {
            this.tf = tf;
            offered.forEach(spec -> this.offered.put(spec.name(), spec));
        }

        @Override
        public @Nullable Operand<?> find(String name) {
            InputSpec spec = offered.get(name);
            return spec == null ? null : find(name, spec.type());
        }

        @Override
        public @Nullable Operand<?> find(String name, Class<? extends TType> type) {
            InputSpec spec = offered.get(name);
            if (spec == null) {
                return null;
            }
            // Numbers can be brought to any other type of numbers, but not text: then the builder says what is wrong.
            boolean other = (type == TString.class) != (spec.type() == TString.class);
            InputSpec made = other ? spec : new InputSpec(name, type, spec.rowShape());
            return asked.computeIfAbsent(name, key -> make(made)).placeholder();
        }

        private Asked make(InputSpec spec) {
            return new Asked(
                    spec, tf.withName(spec.name()).placeholder(spec.type(), Placeholder.shape(spec.batchShape())));
        }

        @Override
        public List<String> names() {
            return List.copyOf(offered.keySet());
        }

        @Override
        public String table() {
            return offered.values().stream().map(InputSpec::toString).collect(Collectors.joining(", "));
        }
    }
}
