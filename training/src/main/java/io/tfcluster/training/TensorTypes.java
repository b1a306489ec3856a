package io.tfcluster.training;

import org.tensorflow.internal.types.registry.TensorTypeRegistry;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.family.TType;

/** Names of tensor types, for messages and protocol buffers. */
final class TensorTypes {
    private TensorTypes() {}

    static DataType dtype(Class<? extends TType> type) {
        return TensorTypeRegistry.find(type).dataType();
    }
}
