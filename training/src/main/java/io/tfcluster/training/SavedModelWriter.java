package io.tfcluster.training;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Tensor;
import org.tensorflow.TensorBytes;
import org.tensorflow.TensorFlow;
import org.tensorflow.ndarray.NdArrays;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.AssignVariableOp;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.SavedModel;
import org.tensorflow.proto.SaverDef;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TString;

/**
 * Writes a SavedModel by hand: TensorFlow for Java's own exporter drops resource variables without a word.
 *
 * <p>The model function is called once more, for prediction, in a graph of its own, which gets SaveV2 and RestoreV2 operations and is cut
 * down to what the predictions need. Written beside the target and renamed, so that nobody reads half a model.
 */
final class SavedModelWriter {
    private static final String PREFIX = "save/prefix";
    private static final String CONTROL = "save/control";
    private static final String RESTORE = "save/restore_all";
    private static final String PREDICT = "tensorflow/serving/predict";

    private final ModelFunction model;
    private final List<InputSpec> specs;
    private final TrainerConfig config;
    private final ServingFunction serving;

    SavedModelWriter(ModelFunction model, List<InputSpec> specs, TrainerConfig config, ServingFunction serving) {
        this.model = model;
        this.specs = specs;
        this.config = config;
        this.serving = serving;
    }

    /** Writes; {@code values} holds all variables one after the other. */
    void write(Path directory, TFloat32 values) {
        checkTarget(directory);
        Path target = directory.toAbsolutePath();
        Path aside = target.resolveSibling("." + target.getFileName() + "-" + UUID.randomUUID());
        try {
            Files.createDirectories(aside.resolve("variables"));
            try (Graph graph = new Graph();
                    ServingBuilder builder = new ServingBuilder(graph, Ops.create(graph))) {
                SavedModel saved = build(graph, builder, values, aside.resolve("variables/variables"));
                try (OutputStream out = Files.newOutputStream(aside.resolve("saved_model.pb"))) {
                    saved.writeTo(out);
                }
            }
            Files.deleteIfExists(target);
            Files.move(aside, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw failed(
                    aside,
                    new UncheckedIOException("cannot write a SavedModel to " + directory + ": " + e.getMessage(), e));
        } catch (RuntimeException e) {
            throw failed(aside, e);
        }
    }

    private SavedModel build(Graph graph, ServingBuilder builder, TFloat32 values, Path prefix) {
        Ops tf = builder.tf();
        Map<String, Operand<?>> given = new HashMap<>(serving.inputs(builder));
        boolean own = builder.declared().isEmpty();
        Map<String, Operand<?>> inputs = new LinkedHashMap<>();
        ModelBuild.placeholders(tf.withSubScope("inputs"), specs).forEach((name, placeholder) -> {
            Operand<?> replaced = given.remove(name);
            inputs.put(name, replaced == null ? placeholder : replaced);
        });
        if (!given.isEmpty()) {
            throw new IllegalArgumentException("the serving function gives inputs " + given.keySet()
                    + " that the model does not have; it has " + inputs.keySet());
        }
        VariableStore variables = new VariableStore(tf);
        ModelBuild build = ModelBuild.of(
                model,
                graph,
                tf.withSubScope("model"),
                inputs,
                variables,
                false,
                Seeds.mix(config.seed(), "predicting"),
                tf.constant(0L));
        Map<String, Operand<?>> outputs = build.spec().predictions();

        List<String> roots = new ArrayList<>(List.of(CONTROL, RESTORE));
        addSaver(tf, variables);
        outputs.values().forEach(output -> roots.add(output.asOutput().op().name()));
        save(graph, tf, variables, values, prefix);
        Set<String> kept = new GraphWalk(graph.toGraphDef()).ancestors(roots);
        Map<String, Operand<?>> taken = own ? inputs : builder.declared();
        SignatureDef.Builder signature = SignatureDef.newBuilder().setMethodName(PREDICT);
        taken.forEach((name, operand) -> {
            if (kept.contains(operand.asOutput().op().name())) {
                signature.putInputs(name, info(operand));
            }
        });
        checkInputs(inputs, taken, kept);
        outputs.forEach((name, operand) -> signature.putOutputs(name, info(operand)));
        return proto(cut(graph.toGraphDef(), kept), signature.build());
    }

    private void checkInputs(Map<String, Operand<?>> inputs, Map<String, Operand<?>> taken, Set<String> kept) {
        inputs.forEach((name, operand) -> {
            String node = operand.asOutput().op().name();
            if (node.equals("inputs/" + name) && kept.contains(node) && !taken.containsKey(name)) {
                throw new IllegalArgumentException(
                        "the predictions need input \"" + name + "\", which the serving function does not give");
            }
        });
    }

    /** Adds the operations that write and read checkpoints, with the names that the SaverDef tells. */
    private static void addSaver(Ops root, VariableStore variables) {
        Ops tf = root.withSubScope("save");
        Operand<TString> prefix = tf.withName("prefix").placeholderWithDefault(tf.constant("model"), Shape.scalar());
        List<VariableStore.Variable> all = List.copyOf(variables.all());
        String[] names = all.stream().map(VariableStore.Variable::name).toArray(String[]::new);
        Operand<TString> keys = tf.constant(NdArrays.vectorOfObjects(names));
        Operand<TString> slices = tf.constant(
                NdArrays.vectorOfObjects(all.stream().map(variable -> "").toArray(String[]::new)));
        List<Operand<?>> values = new ArrayList<>();
        all.forEach(variable -> values.add(tf.readVariableOp(variable.handle(), TFloat32.class)));
        Op saved = tf.train.save(prefix, keys, slices, values);
        tf.withControlDependencies(saved).withName("control").identity(prefix);
        List<Op> restored = new ArrayList<>();
        var read = tf.train.restore(
                prefix,
                keys,
                slices,
                new ArrayList<>(all.stream().map(v -> TFloat32.class).toList()));
        for (int i = 0; i < all.size(); i++) {
            restored.add(AssignVariableOp.create(
                    tf.scope(), all.get(i).handle(), read.tensors().get(i)));
        }
        tf.withControlDependencies(restored).withName("restore_all").noOp();
    }

    private void save(Graph graph, Ops tf, VariableStore variables, TFloat32 values, Path prefix) {
        Map<String, Tensor> feeds = new HashMap<>();
        List<Op> assigned = new ArrayList<>();
        List<Tensor> opened = new ArrayList<>();
        try {
            ByteBuffer bytes = TensorBytes.of(values);
            int at = 0;
            for (VariableStore.Variable variable : variables.all()) {
                Placeholder<TFloat32> value = tf.placeholder(TFloat32.class, Placeholder.shape(variable.shape()));
                Tensor tensor = Tensor.of(TFloat32.class, variable.shape());
                opened.add(tensor);
                int length = variable.size() * Float.BYTES;
                TensorBytes.of(tensor).put(bytes.slice(at, length));
                at += length;
                feeds.put(TrainGraph.tensor(value), tensor);
                assigned.add(tf.assignVariableOp(variable.handle(), value));
            }
            tf.withControlDependencies(assigned).withName("assign_exported").noOp();
            TString path = TString.scalarOf(prefix.toString());
            opened.add(path);
            try (TrainSession session =
                    TrainSession.open(graph, "", ConfigProto.getDefaultInstance(), config.stepTimeout())) {
                session.run("filling the exported variables", feeds, List.of(), List.of("assign_exported"))
                        .close();
                session.run("writing the exported variables", Map.of(PREFIX, path), List.of(), List.of(CONTROL))
                        .close();
            }
        } finally {
            opened.forEach(Tensor::close);
        }
    }

    private static GraphDef cut(GraphDef graph, Set<String> kept) {
        GraphDef.Builder cut = graph.toBuilder().clearNode();
        for (NodeDef node : graph.getNodeList()) {
            if (kept.contains(node.getName())) {
                cut.addNode(node);
            }
        }
        return cut.build();
    }

    private static SavedModel proto(GraphDef graph, SignatureDef signature) {
        return SavedModel.newBuilder()
                .setSavedModelSchemaVersion(1)
                .addMetaGraphs(MetaGraphDef.newBuilder()
                        .setMetaInfoDef(MetaGraphDef.MetaInfoDef.newBuilder()
                                .addTags("serve")
                                .setTensorflowVersion(TensorFlow.version()))
                        .setGraphDef(graph)
                        .setSaverDef(SaverDef.newBuilder()
                                .setFilenameTensorName(PREFIX + ":0")
                                .setSaveTensorName(CONTROL + ":0")
                                .setRestoreOpName(RESTORE)
                                .setVersion(SaverDef.CheckpointFormatVersion.V2))
                        .putSignatureDef("serving_default", signature))
                .build();
    }

    private static TensorInfo info(Operand<?> operand) {
        return TensorInfo.newBuilder()
                .setName(TrainGraph.tensor(operand))
                .setDtype(operand.asOutput().dataType())
                .setTensorShape(Shapes.proto(operand.shape()))
                .build();
    }

    private static void checkTarget(Path directory) {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> entries = Files.list(directory)) {
            if (entries.findAny().isPresent()) {
                throw new IllegalArgumentException(
                        "export directory " + directory + " has something in it; give an empty or a new one");
            }
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "export directory " + directory + " is no directory that can be read", e);
        }
    }

    /** Removes what was written; returns the error, with that of the removal beside it. */
    private static RuntimeException failed(Path aside, RuntimeException error) {
        if (Files.exists(aside)) {
            try (Stream<Path> entries = Files.walk(aside)) {
                for (Path entry : entries.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(entry);
                }
            } catch (IOException e) {
                error.addSuppressed(e);
            }
        }
        return error;
    }
}
