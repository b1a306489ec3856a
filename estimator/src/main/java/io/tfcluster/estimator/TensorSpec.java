package io.tfcluster.estimator;

import java.io.Serializable;
import java.util.List;
import java.util.stream.Collectors;
import org.tensorflow.proto.TensorShapeProto;

/**
 * One input or output of a model.
 *
 * @param name key of the signature, or name of the tensor, as the user says it
 * @param tensor name in the graph, "scope/op:0"
 * @param dims sizes with the rows' own first, -1 for one that is not known
 * @param ranked false if not even the number of dimensions is known
 */
record TensorSpec(String name, String tensor, TensorType type, List<Long> dims, boolean ranked)
        implements Serializable {
    TensorSpec {
        dims = List.copyOf(dims);
    }

    static TensorSpec of(String name, String tensor, TensorType type, TensorShapeProto shape) {
        return new TensorSpec(
                name,
                tensor.contains(":") ? tensor : tensor + ":0",
                type,
                shape.getDimList().stream().map(TensorShapeProto.Dim::getSize).toList(),
                !shape.getUnknownRank());
    }

    int rank() {
        return dims.size();
    }

    /** Returns type and shape, such as "FLOAT32 [?, 224, 224, 3]". */
    String text() {
        return type + " "
                + (ranked
                        ? dims.stream()
                                .map(size -> size < 0 ? "?" : size.toString())
                                .collect(Collectors.joining(", ", "[", "]"))
                        : "of any shape");
    }
}
