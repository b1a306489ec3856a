package io.tfcluster;

import io.tfcluster.feeding.Column;
import io.tfcluster.feeding.RowWriter;
import org.apache.spark.sql.catalyst.expressions.SpecializedGetters;

/** Numbers and truth values, one a row. */
final class ScalarCell implements CellWriter {
    private final Column column;
    private final CellForm.Element element;

    ScalarCell(Column column, CellForm.Element element) {
        this.column = column;
        this.element = element;
    }

    @Override
    public void write(SpecializedGetters row, int ordinal, RowWriter out) {
        switch (column.type()) {
            case UINT8 -> out.putInt(Cells.uint8(column, integer(element, row, ordinal)));
            case INT32 -> out.putInt(Cells.int32(column, integer(element, row, ordinal)));
            case INT64 -> out.putLong(integer(element, row, ordinal));
            case FLOAT32 -> {
                if (element == CellForm.Element.FLOAT) {
                    out.putFloat(row.getFloat(ordinal));
                } else {
                    out.putFloat((float) number(element, row, ordinal));
                }
            }
            case FLOAT64 -> out.putDouble(number(element, row, ordinal));
            case BOOL -> out.putBoolean(row.getBoolean(ordinal));
            default -> throw new IllegalStateException(element + " for " + column);
        }
    }

    static long integer(CellForm.Element element, SpecializedGetters from, int ordinal) {
        return switch (element) {
            case BYTE -> from.getByte(ordinal);
            case SHORT -> from.getShort(ordinal);
            case INT -> from.getInt(ordinal);
            case LONG -> from.getLong(ordinal);
            default -> throw new IllegalStateException(element + " is no integer");
        };
    }

    static double number(CellForm.Element element, SpecializedGetters from, int ordinal) {
        return switch (element) {
            case FLOAT -> from.getFloat(ordinal);
            case DOUBLE -> from.getDouble(ordinal);
            default -> integer(element, from, ordinal);
        };
    }
}
