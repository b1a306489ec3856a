package io.tfcluster.training;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.types.TString;

/**
 * The graph of an export: the model once for each serving function that stands before it, all on the same variables, and the paths of the
 * assets.
 */
final class ServingGraph implements AutoCloseable {
    private static final String ON_LOAD = "on_load";
    private static final String PREDICT = "tensorflow/serving/predict";

    private final Graph graph = new Graph();
    private final Ops tf = Ops.create(graph);
    private final VariableStore variables = new VariableStore(tf);
    private final ModelFunction model;
    private final List<InputSpec> specs;
    private final long seed;
    private final Map<String, Operand<TString>> assets = new LinkedHashMap<>();
    private final Map<String, Signed> signatures = new LinkedHashMap<>();
    private final List<ServingBuilder> builders = new ArrayList<>();
    private final List<Op> onLoad = new ArrayList<>();

    /** One call of the model; {@code taken} are the inputs that a signature may have. */
    private record Built(
            Map<String, Operand<?>> placeholders, Map<String, Operand<?>> taken, Map<String, Operand<?>> predictions) {}

    private record Signed(Built built, Map<String, Operand<?>> outputs) {}

    ServingGraph(ModelFunction model, List<InputSpec> specs, TrainerConfig config, ExportConfig export) {
        this.model = model;
        this.specs = specs;
        this.seed = Seeds.mix(config.seed(), "predicting");
        try {
            Ops paths = tf.withSubScope("assets");
            export.assets().keySet().forEach(name -> assets.put(name, paths.constant(name)));
            Map<ServingFunction, Built> known = new HashMap<>();
            export.all().forEach((name, signature) -> {
                Built built = known.get(signature.serving());
                if (built == null) {
                    built = build(signature.serving());
                    known.put(signature.serving(), built);
                }
                signatures.put(name, new Signed(built, chosen(name, built, signature.predictions())));
            });
            if (!onLoad.isEmpty()) {
                tf.withControlDependencies(onLoad).withName(ON_LOAD).noOp();
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private Built build(ServingFunction serving) {
        ServingBuilder builder = new ServingBuilder(graph, tf, assets, onLoad);
        builders.add(builder);
        Map<String, Operand<?>> given = new HashMap<>(serving.inputs(builder));
        Map<String, Operand<?>> placeholders = ModelBuild.placeholders(tf.withSubScope("inputs"), specs);
        Map<String, Operand<?>> inputs = new LinkedHashMap<>(placeholders);
        for (Map.Entry<String, Operand<?>> input : given.entrySet()) {
            if (inputs.put(input.getKey(), input.getValue()) == null) {
                throw new IllegalArgumentException("the serving function gives inputs " + given.keySet()
                        + " that the model does not have; it has " + placeholders.keySet());
            }
        }
        placeholders.keySet().removeAll(given.keySet());
        ModelBuild build = ModelBuild.of(
                model, graph, tf.withSubScope("model"), inputs, variables, false, seed, tf.constant(0L), null);
        boolean own = builder.declared().isEmpty();
        return new Built(
                own ? Map.of() : placeholders,
                own ? inputs : builder.declared(),
                build.spec().predictions());
    }

    private static Map<String, Operand<?>> chosen(String signature, Built built, List<String> predictions) {
        if (predictions.isEmpty()) {
            return built.predictions();
        }
        Map<String, Operand<?>> chosen = new LinkedHashMap<>();
        for (String name : predictions) {
            Operand<?> prediction = built.predictions().get(name);
            if (prediction == null) {
                throw new IllegalArgumentException("signature \"" + signature + "\" asks for prediction \"" + name
                        + "\"; the model has " + built.predictions().keySet());
            }
            chosen.put(name, prediction);
        }
        return chosen;
    }

    Graph graph() {
        return graph;
    }

    Ops tf() {
        return tf;
    }

    List<VariableStore.Variable> variables() {
        return List.copyOf(variables.all());
    }

    /** The operation to run when the model is loaded, if there is one. */
    @Nullable
    String onLoad() {
        return onLoad.isEmpty() ? null : ON_LOAD;
    }

    /** Asset names to the tensors that hold their paths. */
    Map<String, String> assets() {
        Map<String, String> tensors = new LinkedHashMap<>();
        assets.forEach((name, path) -> tensors.put(name, TrainGraph.tensor(path)));
        return tensors;
    }

    /** Operations that the export must keep, beside those that save and restore. */
    List<String> roots() {
        List<String> roots = new ArrayList<>();
        assets.values().forEach(path -> roots.add(node(path)));
        signatures.values().forEach(signed -> signed.outputs().values().forEach(output -> roots.add(node(output))));
        if (!onLoad.isEmpty()) {
            roots.add(ON_LOAD);
        }
        return roots;
    }

    /** Returns the signatures, each with the inputs that its predictions need. */
    Map<String, SignatureDef> signatures() {
        GraphWalk walk = new GraphWalk(graph.toGraphDef());
        Map<String, SignatureDef> all = new LinkedHashMap<>();
        signatures.forEach((name, signed) -> {
            Set<String> needed = walk.ancestors(
                    signed.outputs().values().stream().map(ServingGraph::node).toList());
            signed.built().placeholders().forEach((input, placeholder) -> {
                if (needed.contains(node(placeholder))) {
                    throw new IllegalArgumentException("the predictions of signature \"" + name + "\" need input \""
                            + input + "\", which the serving function does not give");
                }
            });
            SignatureDef.Builder signature = SignatureDef.newBuilder().setMethodName(PREDICT);
            signed.built().taken().forEach((input, operand) -> {
                if (needed.contains(node(operand))) {
                    signature.putInputs(input, info(operand));
                }
            });
            signed.outputs().forEach((output, operand) -> signature.putOutputs(output, info(operand)));
            all.put(name, signature.build());
        });
        return all;
    }

    private static String node(Operand<?> operand) {
        return operand.asOutput().op().name();
    }

    private static TensorInfo info(Operand<?> operand) {
        DataType type = operand.asOutput().dataType();
        return TensorInfo.newBuilder()
                .setName(TrainGraph.tensor(operand))
                .setDtype(type)
                .setTensorShape(Shapes.proto(operand.shape()))
                .build();
    }

    /** Frees the graph; its sessions must be closed before. */
    @Override
    public void close() {
        builders.forEach(ServingBuilder::close);
        graph.close();
    }
}
