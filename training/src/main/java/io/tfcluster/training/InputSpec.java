package io.tfcluster.training;

import static java.util.Objects.requireNonNull;

import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.family.TType;

/**
 * One input of a model, as the batches bring it: a column of rows.
 *
 * @param name what the model function asks for with {@link ModelBuilder#input}
 * @param type tensor type of the batches, such as {@code TUint8.class}
 * @param rowShape shape of one row, without the leading row dimension; scalar rows have {@code Shape.scalar()}
 */
public record InputSpec(String name, Class<? extends TType> type, Shape rowShape) {
    /** Checks that the name can be one of a graph's. */
    public InputSpec {
        requireNonNull(name, "name");
        requireNonNull(type, "type");
        requireNonNull(rowShape, "rowShape");
        if (!name.matches("[A-Za-z0-9.][A-Za-z0-9_.\\-]*")) {
            throw new IllegalArgumentException(
                    "input name \"" + name
                            + "\" cannot be a TensorFlow name; use letters, digits, '.', '_', '-', starting with a letter or digit");
        }
        if (rowShape.isUnknown()) {
            throw new IllegalArgumentException("input \"" + name + "\" needs a row shape, got an unknown one");
        }
    }

    /** Returns the shape of a batch: the row shape behind a dimension of unknown size. */
    Shape batchShape() {
        return rowShape.prepend(Shape.UNKNOWN_SIZE);
    }

    @Override
    public String toString() {
        return name + ": " + TensorTypes.dtype(type) + " " + Shapes.text(batchShape());
    }
}
