package io.tfcluster.training;

import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.TensorShapeProto;

/** Shapes as text and as protocol buffers. */
final class Shapes {
    private Shapes() {}

    /** Returns "[rows?, 3]"-like text: unknown dimensions are "?". */
    static String text(Shape shape) {
        if (shape.isUnknown()) {
            return "[unknown]";
        }
        StringBuilder text = new StringBuilder("[");
        for (int i = 0; i < shape.numDimensions(); i++) {
            text.append(i == 0 ? "" : ", ").append(shape.get(i) == Shape.UNKNOWN_SIZE ? "?" : "" + shape.get(i));
        }
        return text.append(']').toString();
    }

    static TensorShapeProto proto(Shape shape) {
        TensorShapeProto.Builder proto = TensorShapeProto.newBuilder();
        if (shape.isUnknown()) {
            return proto.setUnknownRank(true).build();
        }
        for (long size : shape.asArray()) {
            proto.addDim(TensorShapeProto.Dim.newBuilder().setSize(size));
        }
        return proto.build();
    }

    /** Returns whether a tensor of shape {@code actual} may stand where {@code declared} (with unknown sizes) is asked for. */
    static boolean fits(Shape declared, Shape actual) {
        return declared.isCompatibleWith(actual);
    }
}
