package io.tfcluster;

import io.tfcluster.feeding.Column;
import io.tfcluster.feeding.ColumnType;
import io.tfcluster.feeding.RowWriter;
import java.nio.ByteBuffer;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.SpecializedGetters;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.catalyst.util.ArrayData;

/** Spark ML's vectors, in the form of VectorUDT's sqlType: type (0 sparse, 1 dense), size, indices, values. */
final class VectorCell implements CellWriter {
    private static final int FIELDS = 4;
    private static final byte SPARSE = 0;

    private final Column column;
    private final ArrayElements elements;
    private final UnsafeRow view = new UnsafeRow(FIELDS);
    private final SparkMemory indices = new SparkMemory();
    private final SparkMemory values = new SparkMemory();

    VectorCell(Column column) {
        this.column = column;
        this.elements = new ArrayElements(column, CellForm.Element.DOUBLE);
    }

    @Override
    public void write(SpecializedGetters row, int ordinal, RowWriter out) {
        InternalRow vector = SparkMemory.struct(row, ordinal, view);
        ArrayData numbers = values.array(vector, 3);
        if (vector.getByte(0) != SPARSE) {
            elements.put(numbers, out.cell(column.type(), numbers.numElements()));
            return;
        }
        int size = vector.getInt(1);
        ArrayData places = indices.array(vector, 2);
        ByteBuffer cell = out.cell(column.type(), size);
        boolean floats = column.type() == ColumnType.FLOAT32;
        int start = cell.position();
        for (int i = 0; i < size; i++) {
            if (floats) {
                cell.putFloat(0);
            } else {
                cell.putDouble(0);
            }
        }
        for (int i = 0; i < places.numElements(); i++) {
            int place = places.getInt(i);
            if (place < 0 || place >= size) {
                throw new IllegalArgumentException("column " + column.name() + " holds a sparse vector of " + size
                        + " values with the index " + place);
            }
            if (floats) {
                cell.putFloat(start + 4 * place, (float) numbers.getDouble(i));
            } else {
                cell.putDouble(start + 8 * place, numbers.getDouble(i));
            }
        }
    }
}
