package io.tfcluster;

import io.tfcluster.feeding.Column;
import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import scala.collection.JavaConverters;
import scala.collection.Seq;

/** Arrays and sequences in Spark's rows, and those that lie in each other. */
final class NestedCells {
    private NestedCells() {}

    /** Returns a list of the elements, or null if the cell is no array or sequence. */
    static @Nullable List<?> list(Object cell) {
        if (cell instanceof Seq<?> sequence) {
            return JavaConverters.seqAsJavaList(sequence);
        }
        if (cell instanceof List<?> list) {
            return list;
        }
        if (!cell.getClass().isArray()) {
            return null;
        }
        List<Object> elements = new ArrayList<>();
        for (int i = 0; i < Array.getLength(cell); i++) {
            elements.add(Array.get(cell, i));
        }
        return elements;
    }

    /**
     * Returns the elements of a cell, row-major, without a null.
     *
     * @param cell elements in one sequence, or in sequences in each other, whose lengths are then those of the column's shape
     */
    static List<?> flat(Column column, Object cell) {
        List<?> outer = list(cell);
        if (outer == null) {
            throw Cells.misfit(column, cell);
        }
        checkNulls(column, outer);
        boolean nested = column.shape().size() > 1 && !outer.isEmpty() && list(outer.get(0)) != null;
        if (!nested) {
            return outer;
        }
        List<Object> values = new ArrayList<>(column.elements());
        add(column, outer, 0, values);
        return values;
    }

    private static void add(Column column, List<?> elements, int level, List<Object> values) {
        if (elements.size() != column.shape().get(level)) {
            throw ragged(column, level, elements.size());
        }
        if (level == column.shape().size() - 1) {
            values.addAll(elements);
            return;
        }
        for (Object element : elements) {
            List<?> inner = list(element);
            if (inner == null) {
                throw Cells.misfit(column, element);
            }
            checkNulls(column, inner);
            add(column, inner, level + 1, values);
        }
    }

    private static void checkNulls(Column column, List<?> elements) {
        int i = 0;
        for (Object element : elements) {
            if (element == null) {
                throw new IllegalArgumentException("element " + i + " of column " + column.name() + " is null");
            }
            i++;
        }
    }

    /** Says that arrays in each other are not as long as the shape. */
    static IllegalArgumentException ragged(Column column, int level, int found) {
        return new IllegalArgumentException("column " + column + " wants "
                + column.shape().get(level) + " values in each array of level " + (level + 1) + ", found " + found);
    }
}
