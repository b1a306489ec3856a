package io.tfcluster;

import java.nio.ByteBuffer;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.SpecializedGetters;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.unsafe.Platform;

/**
 * Looks into Spark's binary rows and arrays with the same few objects for all rows. What a method returns is valid until the next call of
 * that method. One thread.
 *
 * <p>In a binary row or array the place of a value of any length is one long: the offset, from the start of row or array, in the upper half,
 * the bytes in the lower (Spark's UnsafeRow.getBinary, UnsafeArrayData.getArray).
 */
final class SparkMemory {
    private final UnsafeArrayData array = new UnsafeArrayData();
    private byte[] wrapped = new byte[0];
    private ByteBuffer wrapper = ByteBuffer.wrap(wrapped);
    private byte[] scratch = new byte[0];

    /** Returns the bytes of a BinaryType. */
    ByteBuffer bytes(SpecializedGetters row, int ordinal) {
        if (row instanceof UnsafeRow binary) {
            return placed(binary, ordinal);
        }
        return ByteBuffer.wrap(row.getBinary(ordinal));
    }

    /** Returns the UTF-8 bytes of a StringType. */
    ByteBuffer text(SpecializedGetters row, int ordinal) {
        if (row instanceof UnsafeRow binary) {
            return placed(binary, ordinal);
        }
        return row.getUTF8String(ordinal).getByteBuffer();
    }

    /** Returns the array in a row or in another array. */
    ArrayData array(SpecializedGetters from, int ordinal) {
        if (from instanceof UnsafeRow row) {
            long place = row.getLong(ordinal);
            array.pointTo(row.getBaseObject(), row.getBaseOffset() + (int) (place >> 32), (int) place);
            return array;
        }
        if (from instanceof UnsafeArrayData outer) {
            long place = outer.getLong(ordinal);
            array.pointTo(outer.getBaseObject(), outer.getBaseOffset() + (int) (place >> 32), (int) place);
            return array;
        }
        return from.getArray(ordinal);
    }

    /** Returns the struct in a row, looking through the given object if the row is binary. */
    static InternalRow struct(SpecializedGetters from, int ordinal, UnsafeRow view) {
        if (from instanceof UnsafeRow row) {
            long place = row.getLong(ordinal);
            view.pointTo(row.getBaseObject(), row.getBaseOffset() + (int) (place >> 32), (int) place);
            return view;
        }
        return from.getStruct(ordinal, view.numFields());
    }

    /** Returns the elements of a binary array, whose null bits come first, in the order of this machine's bytes. */
    ByteBuffer elements(UnsafeArrayData values, int elementBytes) {
        int count = values.numElements();
        int header = UnsafeArrayData.calculateHeaderPortionInBytes(count);
        return view(values.getBaseObject(), values.getBaseOffset() + header, count * elementBytes);
    }

    private ByteBuffer placed(UnsafeRow row, int ordinal) {
        long place = row.getLong(ordinal);
        return view(row.getBaseObject(), row.getBaseOffset() + (int) (place >> 32), (int) place);
    }

    /** Rows nearly always lie in byte arrays; out of sorts and caches they may lie in other arrays, or outside the heap. */
    private ByteBuffer view(Object base, long offset, int bytes) {
        if (base instanceof byte[] heap) {
            if (heap != wrapped) {
                wrapped = heap;
                wrapper = ByteBuffer.wrap(heap);
            }
            int start = (int) (offset - Platform.BYTE_ARRAY_OFFSET);
            return wrapper.limit(start + bytes).position(start);
        }
        if (scratch.length < bytes) {
            scratch = new byte[bytes];
        }
        Platform.copyMemory(base, offset, scratch, Platform.BYTE_ARRAY_OFFSET, bytes);
        return ByteBuffer.wrap(scratch, 0, bytes);
    }
}
