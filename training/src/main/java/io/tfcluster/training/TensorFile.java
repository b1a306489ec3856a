package io.tfcluster.training;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Tensor;
import org.tensorflow.internal.types.registry.TensorTypeRegistry;
import org.tensorflow.ndarray.NdArrays;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TString;
import org.tensorflow.types.family.TType;

/** Tensors by name in TensorFlow's checkpoint format V2: PREFIX.index and PREFIX.data-00000-of-00001. */
final class TensorFile {
    private static final String SAVE = "save";
    private static final String RESTORE = "restore";

    private TensorFile() {}

    /** Writes the tensors in a small graph of their own. */
    static void write(Path prefix, Map<String, ? extends Tensor> tensors, Duration limit) {
        try (Graph graph = new Graph()) {
            Ops tf = Ops.create(graph);
            Map<String, Tensor> feeds = new HashMap<>();
            List<Operand<?>> values = new ArrayList<>();
            tensors.values().forEach(tensor -> {
                Operand<?> value = tf.placeholder(type(tensor.dataType()), Placeholder.shape(tensor.shape()));
                feeds.put(TrainGraph.tensor(value), tensor);
                values.add(value);
            });
            List<String> names = List.copyOf(tensors.keySet());
            tf.withName(SAVE).train.save(tf.constant(prefix.toString()), strings(tf, names), whole(tf, names), values);
            try (TrainSession session = TrainSession.open(graph, "", ConfigProto.getDefaultInstance(), limit)) {
                session.run("writing " + prefix, feeds, List.of(), List.of(SAVE))
                        .close();
            }
        }
    }

    /** Reads tensors of known types; the caller closes them. */
    static Map<String, Tensor> read(Path prefix, Map<String, DataType> types, Duration limit) {
        try (Graph graph = new Graph()) {
            Ops tf = Ops.create(graph);
            List<String> names = List.copyOf(types.keySet());
            List<Class<? extends TType>> classes = new ArrayList<>();
            names.forEach(name -> classes.add(type(types.getOrDefault(name, DataType.DT_INVALID))));
            tf.withName(RESTORE)
                    .train
                    .restore(tf.constant(prefix.toString()), strings(tf, names), whole(tf, names), classes);
            List<String> fetches = new ArrayList<>();
            for (int i = 0; i < names.size(); i++) {
                fetches.add(RESTORE + ":" + i);
            }
            try (TrainSession session = TrainSession.open(graph, "", ConfigProto.getDefaultInstance(), limit)) {
                // The result is not closed: its tensors are the caller's.
                Result result = session.run("reading " + prefix, Map.of(), fetches, List.of());
                Map<String, Tensor> tensors = new LinkedHashMap<>();
                for (int i = 0; i < names.size(); i++) {
                    tensors.put(names.get(i), result.get(i));
                }
                return tensors;
            }
        }
    }

    static Class<? extends TType> type(DataType type) {
        return TensorTypeRegistry.find(type).type();
    }

    private static Operand<TString> strings(Ops tf, List<String> strings) {
        return tf.constant(NdArrays.vectorOfObjects(strings.toArray(String[]::new)));
    }

    /** Not slices of tensors but all of each. */
    private static Operand<TString> whole(Ops tf, List<String> names) {
        return strings(tf, names.stream().map(name -> "").toList());
    }

    static TString vector(List<String> strings) {
        return TString.vectorOf(strings.toArray(String[]::new));
    }
}
