package io.tfcluster.training;

import static java.util.Objects.requireNonNull;

import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;

/**
 * A variable of an {@link ImportedModel}.
 *
 * @param name as the other program called it
 * @param type of its numbers; only DT_FLOAT can learn
 * @param shape sizes, unknown ones as -1
 * @param trainable whether it learns: as its author marked it, unless {@link ImportedModel#trainable} says otherwise
 */
public record ImportedVariable(String name, DataType type, Shape shape, boolean trainable) {
    /** Checks that nothing is missing. */
    public ImportedVariable {
        requireNonNull(name, "name");
        requireNonNull(type, "type");
        requireNonNull(shape, "shape");
    }

    @Override
    public String toString() {
        return name + ": " + type + " " + Shapes.text(shape) + (trainable ? "" : ", does not learn");
    }
}
