package io.tfcluster.training.layers;

import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;

/** Checks of shapes when a model is built, before any row has been seen. */
final class Sizes {
    private Sizes() {}

    /**
     * Returns a size that must be known.
     *
     * @param name of the layer, for the error
     * @param expected the whole shape in words, for the error
     */
    static long known(String name, Operand<?> x, int rank, int dimension, String expected) {
        Shape shape = x.shape();
        if (shape.isUnknown() || shape.numDimensions() != rank || shape.get(dimension) == Shape.UNKNOWN_SIZE) {
            throw new IllegalArgumentException(
                    "layer \"" + name + "\" needs " + expected + " with a known size there, got " + text(shape));
        }
        return shape.get(dimension);
    }

    /** Returns the last size, which must be known. */
    static long last(String name, Operand<?> x) {
        int rank = x.shape().isUnknown() ? 0 : x.shape().numDimensions();
        return known(name, x, Math.max(rank, 2), Math.max(rank, 2) - 1, "[rows, …, features]");
    }

    /** Checks that there is a number for each number, but that one of them may have a last dimension of 1 more. */
    static void same(String what, Operand<?> one, Operand<?> other) {
        Shape a = withoutOne(one.shape(), other.shape());
        Shape b = withoutOne(other.shape(), one.shape());
        if (!a.isCompatibleWith(b)) {
            throw new IllegalArgumentException(
                    what + " needs two of the same shape, got " + text(one.shape()) + " and " + text(other.shape()));
        }
    }

    private static Shape withoutOne(Shape shape, Shape other) {
        if (shape.isUnknown() || other.isUnknown() || shape.numDimensions() != other.numDimensions() + 1) {
            return shape;
        }
        int last = shape.numDimensions() - 1;
        return shape.get(last) == 1 ? shape.take(last) : shape;
    }

    static void requireShare(String what, double value) {
        if (!(value >= 0 && value < 1)) {
            throw new IllegalArgumentException(what + " must be 0 to below 1, got " + value);
        }
    }

    private static String text(Shape shape) {
        return shape.toString().replace("-1", "?");
    }
}
