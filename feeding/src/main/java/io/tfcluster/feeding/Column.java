package io.tfcluster.feeding;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * One column of a feed: every row holds one cell of it.
 *
 * @param name unique within its schema
 * @param type what an element is
 * @param shape shape of one row's cell, without the batch dimension; empty for a scalar, always empty for STRING and BINARY
 */
public record Column(String name, ColumnType type, List<Long> shape) implements Serializable {
    /** Checks name and shape, and that a cell has less than 2 GiB. */
    public Column {
        requireNonNull(type, "type");
        if (name.isBlank()) {
            throw new IllegalArgumentException("a column needs a name, got \"" + name + "\"");
        }
        shape = List.copyOf(new ArrayList<>(shape));
        if (!type.isFixed() && !shape.isEmpty()) {
            throw new IllegalArgumentException(
                    "column " + name + " of type " + type + " is one value per row, it cannot have the shape " + shape);
        }
        long bytes = Math.max(1, type.bytes());
        for (long size : shape) {
            if (size < 1) {
                throw new IllegalArgumentException(
                        "sizes in the shape of column " + name + " must be 1 or more, got " + shape);
            }
            if (bytes > Integer.MAX_VALUE / size) {
                throw new IllegalArgumentException("a cell of column " + name + " would have more than 2 GiB: " + type
                        + " of shape " + shape + "; feed a reference to it (a path, an id) instead");
            }
            bytes *= size;
        }
    }

    /** Returns how many elements one cell holds, 1 for scalars, STRING and BINARY. */
    public int elements() {
        int elements = 1;
        for (long size : shape) {
            elements *= (int) size; // the constructor has checked that this fits
        }
        return elements;
    }

    /** Returns the bytes of one cell, 0 if they differ from row to row. */
    public int cellBytes() {
        return elements() * type.bytes();
    }

    @Override
    public String toString() {
        return shape.isEmpty() ? name + " " + type : name + " " + type + " " + shapeText();
    }

    String shapeText() {
        return shape.stream().map(String::valueOf).collect(Collectors.joining("x"));
    }
}
