package io.tfcluster;

import io.tfcluster.feeding.Column;
import io.tfcluster.feeding.RowWriter;
import java.nio.ByteBuffer;
import java.util.stream.Stream;
import org.apache.spark.sql.catalyst.expressions.SpecializedGetters;
import org.apache.spark.sql.catalyst.util.ArrayData;

/** Arrays, and arrays in arrays, whose lengths must be those of the column's shape; one array may hold a cell of any shape. */
final class ArrayCell implements CellWriter {
    private final Column column;
    private final ArrayElements elements;
    private final SparkMemory[] levels;

    ArrayCell(Column column, CellForm.Element element, int depth) {
        this.column = column;
        this.elements = new ArrayElements(column, element);
        this.levels = Stream.generate(SparkMemory::new).limit(depth).toArray(SparkMemory[]::new);
    }

    @Override
    public void write(SpecializedGetters row, int ordinal, RowWriter out) {
        ArrayData array = levels[0].array(row, ordinal);
        if (levels.length == 1) {
            elements.put(array, out.cell(column.type(), array.numElements()));
        } else {
            nested(array, 0, "", out.cell(column.type(), column.elements()));
        }
    }

    private void nested(ArrayData array, int level, String path, ByteBuffer out) {
        long wanted = column.shape().get(level);
        if (array.numElements() != wanted) {
            throw NestedCells.ragged(column, level, array.numElements());
        }
        if (level == levels.length - 1) {
            elements.put(array, out);
            return;
        }
        for (int i = 0; i < wanted; i++) {
            if (array.isNullAt(i)) {
                throw new IllegalArgumentException(
                        "array" + path + " " + i + " of column " + column.name() + " is null");
            }
            nested(levels[level + 1].array(array, i), level + 1, path + " " + i, out);
        }
    }
}
