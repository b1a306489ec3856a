package io.tfcluster.estimator;

import com.google.protobuf.InvalidProtocolBufferException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.SavedModel;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;

/**
 * What a model's file says of its inputs and outputs. Read with the messages of Protocol Buffers alone: TensorFlow's library is needed only
 * for tensors that no signature names.
 */
final class ModelInfo {
    private final ModelSource source;
    private final String signature;
    private final GraphDef graph;
    private final Map<String, SignatureDef> signatures;
    private final Map<String, TensorSpec> inputs;
    private final Map<String, TensorSpec> outputs;

    private ModelInfo(
            ModelSource source,
            String signature,
            GraphDef graph,
            Map<String, SignatureDef> signatures,
            Map<String, TensorSpec> inputs,
            Map<String, TensorSpec> outputs) {
        this.source = source;
        this.signature = signature;
        this.graph = graph;
        this.signatures = signatures;
        this.inputs = inputs;
        this.outputs = outputs;
    }

    /**
     * Reads what a stage's Params name.
     *
     * @throws IllegalArgumentException if they name no model, or two
     */
    static ModelInfo of(TFModel stage, Configuration conf) {
        check(stage);
        if (stage.isSet(stage.frozenGraph())) {
            return frozenGraph(ModelFiles.frozenGraph(stage.getOrDefault(stage.frozenGraph()), conf), conf);
        }
        if (stage.hasModelFunction()) {
            // The export has what we export: these tags, and this signature.
            return savedModel(
                    ModelFiles.savedModel(stage.exported(conf).toUri().toString(), List.of("serve"), conf),
                    "serving_default",
                    conf);
        }
        return savedModel(
                ModelFiles.savedModel(stage.getExportDir(), tags(stage), conf), stage.getSignatureDefKey(), conf);
    }

    /**
     * Checks that a stage's Params name one model.
     *
     * @throws IllegalArgumentException if they name none, or two, or versions of something that has none
     */
    static void check(TFModel stage) {
        List<String> set = new ArrayList<>();
        if (stage.isSet(stage.exportDir())) {
            set.add("exportDir");
        }
        if (stage.isSet(stage.frozenGraph())) {
            set.add("frozenGraph");
        }
        if (stage.hasModelFunction()) {
            set.add("the model function of a checkpoint");
        }
        if (set.size() != 1) {
            throw new IllegalArgumentException(
                    set.isEmpty()
                            ? "no model: set exportDir to a SavedModel, frozenGraph to a GraphDef, or modelDir and"
                                    + " the model function to a checkpoint"
                            : String.join(" and ", set) + " are set; a stage has one model, clear the others");
        }
        if (stage.getVersions().equals(ModelVersions.LATEST) && !stage.isSet(stage.exportDir())) {
            throw new IllegalArgumentException("versions is \"latest\", but the model is " + set.get(0)
                    + "; only exportDir has versions, leave the other out");
        }
    }

    /** Returns the tags of the stage's graph. */
    static List<String> tags(TFModel stage) {
        return Arrays.stream(stage.getTagSet().split(",", -1))
                .map(String::strip)
                .filter(tag -> !tag.isEmpty())
                .toList();
    }

    /**
     * Reads a SavedModel's graph and one of its signatures.
     *
     * @throws IllegalArgumentException if the tags or the signature are not there; the text lists what is
     */
    static ModelInfo savedModel(ModelSource source, String signature, Configuration conf) {
        MetaGraphDef graph = graph(source, conf);
        Map<String, SignatureDef> signatures = new TreeMap<>(graph.getSignatureDefMap());
        signatures.keySet().removeIf(name -> name.startsWith("__saved_model")); // what initialises, not what is asked
        SignatureDef chosen = signatures.get(signature);
        if (chosen == null) {
            throw new IllegalArgumentException("no signature \"" + signature + "\" in " + source.path() + "; it has "
                    + signatures.keySet() + "; set signatureDefKey. "
                    + Nearest.question(signature, signatures.keySet()));
        }
        return new ModelInfo(
                source,
                signature,
                graph.getGraphDef(),
                signatures,
                specs(source, signature, chosen.getInputsMap()),
                specs(source, signature, chosen.getOutputsMap()));
    }

    /** Returns the graph with the source's tags. */
    static MetaGraphDef graph(ModelSource source, Configuration conf) {
        SavedModel model;
        try {
            model = SavedModel.parseFrom(ModelFiles.read(source, ModelFiles.GRAPH, conf));
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalArgumentException(
                    source.path() + "/" + ModelFiles.GRAPH + " is damaged or no SavedModel (" + e.getMessage()
                            + "); export it again",
                    e);
        }
        List<Set<String>> there = new ArrayList<>();
        for (MetaGraphDef graph : model.getMetaGraphsList()) {
            Set<String> tags = new TreeSet<>(graph.getMetaInfoDef().getTagsList());
            if (tags.equals(new TreeSet<>(source.tags()))) {
                return graph;
            }
            there.add(tags);
        }
        throw new IllegalArgumentException(
                "no graph tagged " + source.tags() + " in " + source.path() + "; it has " + there + "; set tagSet");
    }

    /** Reads a GraphDef, whose placeholders are the inputs. */
    static ModelInfo frozenGraph(ModelSource source, Configuration conf) {
        GraphDef graph;
        try {
            graph = GraphDef.parseFrom(ModelFiles.read(source, "", conf));
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalArgumentException(
                    source.path() + " is damaged or no GraphDef (" + e.getMessage() + ")", e);
        }
        Map<String, TensorSpec> inputs = new LinkedHashMap<>();
        for (NodeDef node : graph.getNodeList()) {
            if (node.getOp().equals("Placeholder")) {
                inputs.put(node.getName(), placeholder(source, node));
            }
        }
        return new ModelInfo(source, "", graph, Map.of(), inputs, Map.of());
    }

    private static TensorSpec placeholder(ModelSource source, NodeDef node) {
        int type = node.getAttrOrThrow("dtype").getTypeValue();
        boolean shaped = node.containsAttr("shape");
        TensorType known = TensorType.of(type)
                .orElseThrow(() -> new IllegalArgumentException("placeholder \""
                        + node.getName() + "\" of " + source.path() + " has a type that no column fills: "
                        + node.getAttrOrThrow("dtype").getType()));
        return TensorSpec.of(
                node.getName(),
                node.getName(),
                known,
                shaped
                        ? node.getAttrOrThrow("shape").getShape()
                        : org.tensorflow.proto.TensorShapeProto.newBuilder()
                                .setUnknownRank(true)
                                .build());
    }

    private static Map<String, TensorSpec> specs(
            ModelSource source, String signature, Map<String, TensorInfo> tensors) {
        Map<String, TensorSpec> specs = new TreeMap<>();
        tensors.forEach((name, info) -> {
            TensorType type = TensorType.of(info.getDtypeValue()).orElse(null);
            if (info.getName().isEmpty() || type == null) {
                throw new IllegalArgumentException("\"" + name + "\" of signature \"" + signature + "\" of "
                        + source.path()
                        + (type == null
                                ? " is of type " + info.getDtype() + ", which no column holds"
                                : " is a sparse or ragged tensor, which no column holds")
                        + "; export a signature with a dense tensor of numbers, truth values or strings");
            }
            specs.put(name, TensorSpec.of(name, info.getName(), type, info.getTensorShape()));
        });
        return specs;
    }

    ModelSource source() {
        return source;
    }

    /** Returns the names of all signatures with what they take and give; empty for a frozen graph. */
    Map<String, SignatureDef> signatures() {
        return signatures;
    }

    GraphDef graph() {
        return graph;
    }

    /** Returns the inputs that a row must fill: the signature's, or a graph's placeholders. */
    Map<String, TensorSpec> inputs() {
        return inputs;
    }

    /** Returns the signature's outputs; none for a frozen graph. */
    Map<String, TensorSpec> outputs() {
        return outputs;
    }

    /** Returns the names of the graph's operations. */
    List<String> operations() {
        return graph.getNodeList().stream().map(NodeDef::getName).toList();
    }

    /** Says in an error which model is meant. */
    String text() {
        return signature.isEmpty()
                ? "the graph " + source.path()
                : "signature \"" + signature + "\" of " + source.path();
    }
}
