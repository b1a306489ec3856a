package io.tfcluster;

import io.tfcluster.feeding.Column;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.unsafe.Platform;

/** Copies an array's elements to where a cell lies: all at once where both sides have the same form, otherwise one by one. */
final class ArrayElements {
    private static final boolean SAME_ORDER = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;

    private final Column column;
    private final CellForm.Element element;
    private final boolean sameForm;
    private final SparkMemory memory = new SparkMemory();

    ArrayElements(Column column, CellForm.Element element) {
        this.column = column;
        this.element = element;
        this.sameForm = SAME_ORDER
                && switch (column.type()) {
                    case INT32 -> element == CellForm.Element.INT;
                    case INT64 -> element == CellForm.Element.LONG;
                    case FLOAT32 -> element == CellForm.Element.FLOAT;
                    case FLOAT64 -> element == CellForm.Element.DOUBLE;
                    case BOOL -> element == CellForm.Element.BOOLEAN;
                    default -> false;
                };
    }

    /** Puts all elements, from the buffer's position on. */
    void put(ArrayData values, ByteBuffer out) {
        checkNulls(values);
        if (sameForm && values instanceof UnsafeArrayData binary) {
            out.put(memory.elements(binary, element.bytes()));
            return;
        }
        int count = values.numElements();
        switch (column.type()) {
            case UINT8 -> {
                for (int i = 0; i < count; i++) {
                    out.put((byte) Cells.uint8(column, ScalarCell.integer(element, values, i)));
                }
            }
            case INT32 -> {
                for (int i = 0; i < count; i++) {
                    out.putInt(Cells.int32(column, ScalarCell.integer(element, values, i)));
                }
            }
            case INT64 -> {
                for (int i = 0; i < count; i++) {
                    out.putLong(ScalarCell.integer(element, values, i));
                }
            }
            case FLOAT32 -> floats(values, count, out);
            case FLOAT64 -> {
                for (int i = 0; i < count; i++) {
                    out.putDouble(ScalarCell.number(element, values, i));
                }
            }
            case BOOL -> {
                for (int i = 0; i < count; i++) {
                    out.put((byte) (values.getBoolean(i) ? 1 : 0));
                }
            }
            default -> throw new IllegalStateException(element + " for " + column);
        }
    }

    private void floats(ArrayData values, int count, ByteBuffer out) {
        if (element == CellForm.Element.DOUBLE) { // the common one: vectors
            for (int i = 0; i < count; i++) {
                out.putFloat((float) values.getDouble(i));
            }
        } else {
            for (int i = 0; i < count; i++) {
                out.putFloat((float) ScalarCell.number(element, values, i));
            }
        }
    }

    private void checkNulls(ArrayData values) {
        int count = values.numElements();
        if (values instanceof UnsafeArrayData binary) {
            long words = binary.getBaseOffset() + 8; // after the number of elements
            long end = binary.getBaseOffset() + UnsafeArrayData.calculateHeaderPortionInBytes(count);
            while (words < end && Platform.getLong(binary.getBaseObject(), words) == 0) {
                words += 8;
            }
            if (words == end) {
                return;
            }
        }
        for (int i = 0; i < count; i++) {
            if (values.isNullAt(i)) {
                throw new IllegalArgumentException("element " + i + " of column " + column.name() + " is null");
            }
        }
    }
}
