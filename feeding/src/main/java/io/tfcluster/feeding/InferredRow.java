package io.tfcluster.feeding;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An input row and what the model said of it.
 *
 * <p>Cells come in the order of {@link #schema()}. A scalar is an Integer (UINT8 and INT32), Long, Float, Double, Boolean, String or, for
 * BINARY, a byte[]; a cell with a shape is a flat, row-major array: byte[] (UINT8), int[], long[], float[], double[] or boolean[].
 *
 * @param <T> the input row's type
 */
public final class InferredRow<T> {
    private final T row;
    private final FeedSchema schema;
    private final Object[] cells;

    InferredRow(T row, FeedSchema schema, Object[] cells) {
        this.row = row;
        this.schema = schema;
        this.cells = cells;
    }

    /** Returns the input row, the object that the iterator gave. */
    public T row() {
        return row;
    }

    /** Returns name, type and shape of the results. */
    public FeedSchema schema() {
        return schema;
    }

    /** Returns the result of that name. */
    public Object cell(String name) {
        return cells[schema.indexOf(name)];
    }

    /** Returns all results of this row; the list may be changed by nobody. */
    public List<Object> cells() {
        return List.of(cells);
    }

    @Override
    public String toString() {
        return schema + " of " + rowText(row);
    }

    private static String rowText(@Nullable Object row) {
        return row == null ? "null" : row.getClass().getSimpleName();
    }
}
