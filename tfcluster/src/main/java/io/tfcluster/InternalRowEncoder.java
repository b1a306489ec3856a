package io.tfcluster;

import io.tfcluster.feeding.Column;
import io.tfcluster.feeding.FeedSchema;
import io.tfcluster.feeding.RowEncoder;
import io.tfcluster.feeding.RowWriter;
import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.jspecify.annotations.Nullable;

/**
 * Writes Spark's internal rows, whose columns are in the feed's order, with the conversions of {@link SparkRowEncoder}. Cells are copied from
 * Spark's binary rows into the block without an object for each; other internal rows are read through Spark's interfaces. For one thread.
 */
final class InternalRowEncoder implements RowEncoder<InternalRow> {
    private final FeedSchema schema;
    private final List<CellForm> forms;

    @SuppressWarnings("serial") // made again on the other side
    private transient CellWriter @Nullable [] writers;

    InternalRowEncoder(FeedSchema schema, List<CellForm> forms) {
        this.schema = schema;
        this.forms = List.copyOf(forms);
    }

    @Override
    public void encode(InternalRow row, RowWriter out) {
        CellWriter[] cells = writers;
        if (cells == null) {
            cells = writers();
            writers = cells;
        }
        for (int i = 0; i < cells.length; i++) {
            if (row.isNullAt(i)) {
                throw new IllegalArgumentException(
                        "column " + schema.columns().get(i).name()
                                + " is null; drop such rows or fill them (DataFrame.na()) before feeding");
            }
            cells[i].write(row, i, out);
        }
    }

    private CellWriter[] writers() {
        CellWriter[] cells = new CellWriter[forms.size()];
        for (int i = 0; i < cells.length; i++) {
            Column column = schema.columns().get(i);
            CellForm form = forms.get(i);
            cells[i] = switch (form.kind()) {
                case SCALAR -> new ScalarCell(column, form.element());
                case VALUE -> new ValueCell(column, form.element());
                case ARRAY -> new ArrayCell(column, form.element(), form.depth());
                case VECTOR -> new VectorCell(column);
                case IMAGE -> new ImageCell(column);
            };
        }
        return cells;
    }
}
