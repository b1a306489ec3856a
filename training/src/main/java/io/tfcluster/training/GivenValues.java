package io.tfcluster.training;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.Tensor;
import org.tensorflow.TensorBytes;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;

/** The kinds of {@link Initializer} whose values were there before. */
final class GivenValues {
    private static final Duration LIMIT = Duration.ofMinutes(2);

    private static final Set<DataType> NUMBERS =
            EnumSet.of(DataType.DT_FLOAT, DataType.DT_DOUBLE, DataType.DT_INT64, DataType.DT_INT32);

    private GivenValues() {}

    /** Of a checkpoint, by key or variable name; a slice as {@link CheckpointReader.Part} knows it, or "". */
    record OfCheckpoint(String checkpoint, String key, String slice) implements Initializer {
        @Override
        public float[] values(long seed, String name, Shape shape) {
            CheckpointReader reader = CheckpointReader.openKeys(Path.of(checkpoint));
            String found = key;
            if (reader.entry(key).isEmpty()) { // perhaps the name of its variable
                reader = CheckpointReader.open(Path.of(checkpoint));
                found = reader.entries().stream()
                        .filter(entry -> entry.name().equals(key))
                        .map(CheckpointReader.Entry::key)
                        .findFirst()
                        .orElse(key);
            }
            try (Tensor tensor = reader.read(List.of(new CheckpointReader.Part(found, slice)))
                    .get(0)) {
                return floats(tensor, "tensor \"" + found + "\" of checkpoint " + reader.prefix(), name, shape);
            }
        }
    }

    /** What a graph's own operation gives its variable at first. */
    record OfGraph(String file, String tensor) implements Initializer {
        @Override
        public float[] values(long seed, String name, Shape shape) {
            try (Tensor value = tensor(name)) {
                return floats(value, "operation \"" + tensor + "\" of " + file, name, shape);
            }
        }

        /** Computes it; the caller closes it. */
        Tensor tensor(String name) {
            GraphDef graph = SavedModelFile.graph(Path.of(file));
            FlatGraph flat = FlatGraph.of(graph, List.of(tensor), Set.of());
            try (Graph alone = new Graph()) {
                alone.importGraphDef(ImportedGraph.bare(graph, flat));
                try (TrainSession session = TrainSession.open(alone, "", ConfigProto.getDefaultInstance(), LIMIT)) {
                    // The result is not closed: its tensor is the caller's.
                    Result result = session.run(
                            "the first values of variable \"" + name + "\"",
                            Map.of(),
                            List.of(flat.resolve(tensor)),
                            List.of());
                    return result.get(0);
                }
            }
        }
    }

    /** Returns whether a variable can be given values of this type. */
    static boolean isNumber(DataType type) {
        return NUMBERS.contains(type);
    }

    private static float[] floats(Tensor tensor, String source, String name, Shape shape) {
        ByteBuffer bytes = TensorBytes.of(tensor);
        float[] values = new float[Math.toIntExact(tensor.shape().size())];
        if (!tensor.shape().equals(shape) || !NUMBERS.contains(tensor.dataType())) {
            throw new IllegalArgumentException("variable \"" + name + "\" is DT_FLOAT " + Shapes.text(shape) + " but "
                    + source + " is " + tensor.dataType() + " " + Shapes.text(tensor.shape()));
        }
        for (int i = 0; i < values.length; i++) {
            values[i] = switch (tensor.dataType()) {
                case DT_DOUBLE -> (float) bytes.getDouble();
                case DT_INT64 -> bytes.getLong();
                case DT_INT32 -> bytes.getInt();
                default -> bytes.getFloat();
            };
        }
        return values;
    }
}
