package io.tfcluster;

import io.tfcluster.feeding.Column;
import io.tfcluster.feeding.FeedSchema;
import io.tfcluster.feeding.RowEncoder;
import io.tfcluster.feeding.RowWriter;
import java.util.List;
import org.apache.spark.sql.Row;

/**
 * Writes Spark's rows as the schema wants them: columns by name where the row knows its names, by position where it does not.
 *
 * <p>Numbers are converted between integer types and between float and double, never from fractions to integers; a cell with a shape may be an
 * array, a sequence, a sequence of sequences, a vector of Spark ML, or, for UINT8, a byte[] or an image of Spark's ImageSchema.
 */
record SparkRowEncoder(FeedSchema feed) implements RowEncoder<Row> {
    @Override
    public void encode(Row row, RowWriter out) {
        List<Column> columns = feed.columns();
        if (row.schema() == null && row.length() != columns.size()) {
            throw new IllegalArgumentException("a row without a schema has " + row.length()
                    + " cells, but the feed has " + columns.size() + " columns: " + columns);
        }
        for (int i = 0; i < columns.size(); i++) {
            Column column = columns.get(i);
            int position = row.schema() == null ? i : row.fieldIndex(column.name());
            write(column, row, position, out);
        }
    }

    private static void write(Column column, Row row, int position, RowWriter out) {
        if (row.isNullAt(position)) {
            throw new IllegalArgumentException("column " + column.name()
                    + " is null; drop such rows or fill them (DataFrame.na()) before feeding");
        }
        Object cell = row.get(position);
        boolean scalar = column.shape().isEmpty();
        switch (column.type()) {
            case UINT8 -> {
                if (cell instanceof byte[] bytes) {
                    out.putBytes(bytes);
                } else if (cell instanceof Row image) {
                    out.putBytes(ImageShape.bytes(column, image));
                } else if (scalar) {
                    out.putInt(Cells.uint8(column, Cells.integer(column, cell)));
                } else {
                    out.putBytes(Cells.bytes(column, cell));
                }
            }
            case INT32 -> {
                if (scalar) {
                    out.putInt(Cells.int32(column, Cells.integer(column, cell)));
                } else {
                    out.putInts(Cells.ints(column, cell));
                }
            }
            case INT64 -> {
                if (scalar) {
                    out.putLong(Cells.integer(column, cell));
                } else {
                    out.putLongs(Cells.longs(column, cell));
                }
            }
            case FLOAT32 -> {
                if (scalar) {
                    out.putFloat((float) Cells.number(column, cell));
                } else {
                    out.putFloats(Cells.floats(column, cell));
                }
            }
            case FLOAT64 -> {
                if (scalar) {
                    out.putDouble(Cells.number(column, cell));
                } else {
                    out.putDoubles(Cells.doubles(column, cell));
                }
            }
            case BOOL -> {
                if (scalar) {
                    out.putBoolean(Cells.bool(column, cell));
                } else {
                    out.putBooleans(Cells.booleans(column, cell));
                }
            }
            case STRING -> out.putString(Cells.text(column, cell));
            case BINARY -> {
                if (cell instanceof byte[] bytes) {
                    out.putBytes(bytes);
                } else {
                    throw Cells.misfit(column, cell);
                }
            }
        }
    }
}
