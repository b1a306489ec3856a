package io.tfcluster.training;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.tensorflow.Operand;
import org.tensorflow.Tensor;
import org.tensorflow.TensorFlow;
import org.tensorflow.ndarray.NdArrays;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.AssignVariableOp;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.AssetFileDef;
import org.tensorflow.proto.CollectionDef;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.SavedModel;
import org.tensorflow.proto.SaverDef;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.proto.VariableDef;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TString;

/**
 * Writes a SavedModel by hand: TensorFlow for Java's own exporter drops resource variables without a word.
 *
 * <p>The model function is called once more for each way to ask the model, in a {@link ServingGraph}, which gets SaveV2 and RestoreV2
 * operations and is cut down to what the predictions need. Written beside the target and renamed, so that nobody reads half a model.
 */
final class SavedModelWriter {
    private static final String PREFIX = "save/prefix";
    private static final String CONTROL = "save/control";
    private static final String RESTORE = "save/restore_all";
    private static final String ASSIGN = "assign_exported";

    private final ModelFunction model;
    private final List<InputSpec> specs;
    private final TrainerConfig config;
    private final ExportConfig export;

    SavedModelWriter(ModelFunction model, List<InputSpec> specs, TrainerConfig config, ExportConfig export) {
        this.model = model;
        this.specs = specs;
        this.config = config;
        this.export = export;
    }

    /** Writes; {@code values} holds the variables by name. */
    void write(Map<String, Tensor> values) {
        Storage.Target target = Storage.Target.of(export.folder(), export.hadoop());
        Storage storage = target.parent();
        try {
            checkTarget(storage, target.name());
            String aside = "." + target.name() + "-" + UUID.randomUUID();
            Path staged = storage.stage(aside);
            try {
                writeTo(staged, values);
                storage.delete(target.name());
                storage.publish(staged, aside, target.name());
            } catch (IOException | RuntimeException e) {
                discard(storage, staged, aside, e);
                throw e;
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write a SavedModel to " + export.folder() + ": " + e, e);
        }
    }

    private void writeTo(Path folder, Map<String, Tensor> values) throws IOException {
        for (Map.Entry<String, String> asset : export.assets().entrySet()) {
            Path assets = Files.createDirectories(folder.resolve("assets"));
            Files.copy(Path.of(asset.getValue()), assets.resolve(asset.getKey()));
        }
        Path variables = Files.createDirectories(folder.resolve("variables"));
        try (ServingGraph graph = new ServingGraph(model, specs, config, export)) {
            List<VariableDef> defined = addSaver(graph);
            save(graph, values, variables.resolve("variables"));
            MetaGraphDef described = describe(graph, defined);
            try (OutputStream out = Files.newOutputStream(folder.resolve("saved_model.pb"))) {
                SavedModel.newBuilder()
                        .setSavedModelSchemaVersion(1)
                        .addMetaGraphs(described)
                        .build()
                        .writeTo(out);
            }
        }
    }

    /** Adds the operations that write and read checkpoints, with the names that the SaverDef tells; returns what Python asks of variables. */
    private static List<VariableDef> addSaver(ServingGraph graph) {
        Ops tf = graph.tf().withSubScope("save");
        Operand<TString> prefix = tf.withName("prefix").placeholderWithDefault(tf.constant("model"), Shape.scalar());
        List<VariableStore.Variable> all = graph.variables();
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
        List<VariableDef> defined = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            VariableStore.Variable variable = all.get(i);
            Op assigned = AssignVariableOp.create(
                    tf.scope(), variable.handle(), read.tensors().get(i));
            restored.add(assigned);
            defined.add(VariableDef.newBuilder()
                    .setVariableName(TrainGraph.tensor(variable.handle()))
                    .setInitializerName(assigned.op().name())
                    .setSnapshotName(TrainGraph.tensor(values.get(i)))
                    .setIsResource(true)
                    .setTrainable(variable.trainable())
                    .build());
        }
        tf.withControlDependencies(restored).withName("restore_all").noOp();
        return defined;
    }

    private void save(ServingGraph graph, Map<String, Tensor> values, Path prefix) {
        Ops tf = graph.tf();
        Map<String, Tensor> feeds = new HashMap<>();
        List<Op> assigned = new ArrayList<>();
        for (VariableStore.Variable variable : graph.variables()) {
            Placeholder<TFloat32> value = tf.placeholder(TFloat32.class, Placeholder.shape(variable.shape()));
            Tensor tensor = values.get(variable.name());
            if (tensor == null) {
                throw new IllegalArgumentException("variable \"" + variable.name()
                        + "\" is asked for in the export only; build the same variables in training");
            }
            feeds.put(TrainGraph.tensor(value), tensor);
            assigned.add(tf.assignVariableOp(variable.handle(), value));
        }
        tf.withControlDependencies(assigned).withName(ASSIGN).noOp();
        try (TString path = TString.scalarOf(prefix.toString());
                TrainSession session =
                        TrainSession.open(graph.graph(), "", ConfigProto.getDefaultInstance(), config.stepTimeout())) {
            session.run("filling the exported variables", feeds, List.of(), List.of(ASSIGN))
                    .close();
            session.run("writing the exported variables", Map.of(PREFIX, path), List.of(), List.of(CONTROL))
                    .close();
        }
    }

    private static MetaGraphDef describe(ServingGraph graph, List<VariableDef> variables) {
        List<String> roots = new ArrayList<>(graph.roots());
        roots.addAll(List.of(CONTROL, RESTORE));
        GraphDef whole = graph.graph().toGraphDef();
        MetaGraphDef.Builder described = MetaGraphDef.newBuilder()
                .setMetaInfoDef(MetaGraphDef.MetaInfoDef.newBuilder()
                        .addTags("serve")
                        .setTensorflowVersion(TensorFlow.version()))
                .setGraphDef(cut(whole, new GraphWalk(whole).ancestors(roots)))
                .setSaverDef(SaverDef.newBuilder()
                        .setFilenameTensorName(PREFIX + ":0")
                        .setSaveTensorName(CONTROL + ":0")
                        .setRestoreOpName(RESTORE)
                        .setVersion(SaverDef.CheckpointFormatVersion.V2))
                .putAllSignatureDef(graph.signatures());
        graph.assets()
                .forEach((name, path) -> described.addAssetFileDef(AssetFileDef.newBuilder()
                        .setFilename(name)
                        .setTensorInfo(TensorInfo.newBuilder().setName(path).setDtype(DataType.DT_STRING))));
        // Python lists a loaded model's variables from these.
        described.putCollectionDef("variables", collection(variables));
        described.putCollectionDef(
                "trainable_variables",
                collection(variables.stream().filter(VariableDef::getTrainable).toList()));
        String onLoad = graph.onLoad();
        if (onLoad != null) {
            described.putCollectionDef(
                    "saved_model_main_op",
                    CollectionDef.newBuilder()
                            .setNodeList(CollectionDef.NodeList.newBuilder().addValue(onLoad))
                            .build());
        }
        return described.build();
    }

    private static CollectionDef collection(List<VariableDef> variables) {
        CollectionDef.BytesList.Builder bytes = CollectionDef.BytesList.newBuilder();
        variables.forEach(variable -> bytes.addValue(variable.toByteString()));
        return CollectionDef.newBuilder().setBytesList(bytes).build();
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

    private void checkTarget(Storage storage, String name) throws IOException {
        List<String> there = storage.names(name);
        if (!there.isEmpty()) {
            throw new IllegalArgumentException(
                    "export directory " + export.folder() + " has something in it; give an empty or a new one");
        }
    }

    /** Removes what was written; the error of that goes beside the error that was the cause. */
    private static void discard(Storage storage, Path staged, String aside, Exception error) {
        try {
            Storage.deleteLocal(staged);
            storage.delete(aside);
        } catch (IOException e) {
            error.addSuppressed(e);
        }
    }
}
