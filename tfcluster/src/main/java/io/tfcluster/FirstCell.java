package io.tfcluster;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Row;

/** Sees from a column's first cell what shape all its cells should have. */
final class FirstCell {
    private FirstCell() {}

    static List<Long> shape(String column, CellForm form, Optional<Object> first) {
        Object cell = first.orElseThrow(() -> unknown(column, "is null"));
        List<Long> shape = new ArrayList<>();
        if (form.kind() == CellForm.Kind.IMAGE && cell instanceof Row image) {
            return ImageShape.of(column, image);
        }
        double[] vector = VectorValues.of(cell);
        if (vector != null) {
            shape.add((long) vector.length);
        } else {
            measure(column, cell, form.depth(), shape);
        }
        if (shape.contains(0L)) {
            throw unknown(column, "is empty");
        }
        return shape;
    }

    /** Adds the lengths of the arrays in each other, which must be the same on each level. */
    private static void measure(String column, Object cell, int depth, List<Long> shape) {
        List<?> elements = NestedCells.list(cell);
        if (elements == null) {
            throw unknown(column, "is a " + cell.getClass().getName());
        }
        shape.add((long) elements.size());
        if (depth == 1) {
            return;
        }
        List<Long> common = new ArrayList<>();
        for (Object element : elements) {
            if (element == null) {
                throw unknown(column, "holds a null");
            }
            List<Long> inner = new ArrayList<>();
            measure(column, element, depth - 1, inner);
            if (!common.isEmpty() && !common.equals(inner)) {
                throw unknown(column, "holds arrays of different lengths, " + common + " and " + inner);
            }
            common = inner;
        }
        shape.addAll(common);
    }

    private static IllegalArgumentException unknown(String column, String found) {
        return new IllegalArgumentException(
                "column " + column + " " + found
                        + " in the first row, so that its shape cannot be seen there; drop such rows, or give the shape with FeedSchema.builder()");
    }
}
