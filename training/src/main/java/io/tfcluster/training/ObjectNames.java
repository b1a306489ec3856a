package io.tfcluster.training;

import com.google.protobuf.InvalidProtocolBufferException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tensorflow.Tensor;
import org.tensorflow.proto.TrackableObjectGraphOuterClass.TrackableObjectGraph;
import org.tensorflow.types.TString;

/**
 * The names of variables in a checkpoint of TensorFlow 2, whose keys tell the way through Python's objects instead
 * ("layer_with_weights-0/kernel/.ATTRIBUTES/VARIABLE_VALUE").
 */
final class ObjectNames {
    private static final Logger log = LoggerFactory.getLogger(ObjectNames.class);
    private static final String GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH";
    private static final String VALUE = "/.ATTRIBUTES/VARIABLE_VALUE";

    private ObjectNames() {}

    /** Returns names by key; keys whose object has no name are named by their way, and so are names that come twice. */
    static Map<String, String> of(CheckpointReader checkpoint) {
        Map<String, String> names = new HashMap<>();
        if (checkpoint.entry(GRAPH).isEmpty()) {
            return names;
        }
        TrackableObjectGraph graph;
        try (Tensor tensor = checkpoint.read(GRAPH)) {
            graph = TrackableObjectGraph.parseFrom(((TString) tensor).asBytes().getObject());
        } catch (InvalidProtocolBufferException e) {
            log.warn("the names in checkpoint {} cannot be read; its keys are used", checkpoint.prefix(), e);
            return names;
        }
        graph.getNodesList()
                .forEach(node -> node.getAttributesList().forEach(value -> {
                    String key = value.getCheckpointKey();
                    String full = value.getFullName();
                    names.put(key, full.isEmpty() ? way(key) : full);
                }));
        Set<String> once = new HashSet<>();
        Set<String> twice = new HashSet<>();
        names.values().stream().filter(name -> !once.add(name)).forEach(twice::add);
        names.replaceAll((key, name) -> twice.contains(name) ? way(key) : name);
        return names;
    }

    /** Returns whether the tensor is the checkpoint's own. */
    static boolean isBookkeeping(String key) {
        return key.equals(GRAPH) || key.equals("save_counter" + VALUE);
    }

    /** Returns the key without what TensorFlow 2 puts behind all keys. */
    static String way(String key) {
        return key.endsWith(VALUE) ? key.substring(0, key.length() - VALUE.length()) : key;
    }
}
