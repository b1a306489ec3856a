package io.tfcluster.feeding.tensor;

import static org.tensorflow.internal.c_api.global.tensorflow.TF_TString_Assign;
import static org.tensorflow.internal.c_api.global.tensorflow.TF_TString_Copy;

import io.tfcluster.feeding.Column;
import io.tfcluster.feeding.ColumnType;
import io.tfcluster.feeding.RowBatch;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Loader;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Tensor;
import org.tensorflow.internal.c_api.TF_TString;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TString;
import org.tensorflow.types.TUint8;
import org.tensorflow.types.family.TType;

/** Columns to tensors and back, in bulk. */
final class Tensors {
    private Tensors() {}

    /** Returns a tensor for so many cells of a column, its strings empty, its numbers undefined; the caller closes it. */
    static Tensor allocate(Column column, int rows) {
        if (!column.type().isFixed()) {
            long bytes = (long) rows * Loader.sizeof(TF_TString.class);
            return Tensor.of(TString.class, Shape.of(rows), bytes); // its strings are freed at close
        }
        long bytes = (long) rows * column.cellBytes();
        if (bytes > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("column " + column + " of " + rows + " rows has " + bytes
                    + " bytes, the limit is 2 GiB; use smaller batches");
        }
        return Tensor.of(typeOf(column.type()), shape(rows, column));
    }

    /** Copies all cells of one column of some rows into a tensor, from row {@code first} on. */
    static void fill(Tensor tensor, int first, RowBatch rows, int index) {
        Column column = rows.schema().columns().get(index);
        if (column.type().isFixed()) {
            ByteBuffer memory = TensorMemory.bytes(tensor, column.name());
            rows.copy(index, memory.position(first * column.cellBytes()));
        } else {
            TF_TString target = new TF_TString(TensorMemory.pointer(tensor));
            StringCopier copier = new StringCopier(target, first);
            rows.visit(index, copier::copy);
        }
    }

    /** Copies rows of one tensor of a column to the start of another. */
    static void copy(Column column, Tensor source, int from, Tensor target, int rows) {
        if (column.type().isFixed()) {
            int cell = column.cellBytes();
            ByteBuffer memory = TensorMemory.bytes(source, column.name());
            TensorMemory.bytes(target, column.name()).put(memory.slice(from * cell, rows * cell));
            return;
        }
        TF_TString in = new TF_TString(TensorMemory.pointer(source));
        TF_TString out = new TF_TString(TensorMemory.pointer(target));
        for (int row = 0; row < rows; row++) {
            TF_TString_Assign(out.position(row), in.position(from + row));
        }
    }

    /** Copies cells one after the other without an object for each. */
    private static final class StringCopier {
        private final TF_TString target;
        private int next;
        private @Nullable ByteBuffer memory;
        private BytePointer source = new BytePointer();

        StringCopier(TF_TString target, int first) {
            this.target = target;
            this.next = first;
        }

        @SuppressWarnings("ReferenceEquality") // equals would compare the contents of whole blocks
        void copy(ByteBuffer cells, int offset, int length) {
            if (cells != memory) {
                memory = cells;
                source = new BytePointer(cells.duplicate().clear());
            }
            TF_TString_Copy(target.position(next++), source.position(offset), length);
        }
    }

    static Class<? extends TType> typeOf(ColumnType type) {
        return switch (type) {
            case UINT8 -> TUint8.class;
            case INT32 -> TInt32.class;
            case INT64 -> TInt64.class;
            case FLOAT32 -> TFloat32.class;
            case FLOAT64 -> TFloat64.class;
            case BOOL -> TBool.class;
            case STRING, BINARY -> TString.class;
        };
    }

    private static Shape shape(int rows, Column column) {
        long[] sizes = new long[column.shape().size() + 1];
        sizes[0] = rows;
        for (int i = 1; i < sizes.length; i++) {
            sizes[i] = column.shape().get(i - 1);
        }
        return Shape.of(sizes);
    }

    /** Returns what one row of a result tensor is. */
    static Column column(String name, Tensor tensor, boolean binary) {
        ColumnType type = switch (tensor.dataType()) {
            case DT_UINT8 -> ColumnType.UINT8;
            case DT_INT32 -> ColumnType.INT32;
            case DT_INT64 -> ColumnType.INT64;
            case DT_FLOAT -> ColumnType.FLOAT32;
            case DT_DOUBLE -> ColumnType.FLOAT64;
            case DT_BOOL -> ColumnType.BOOL;
            case DT_STRING -> binary ? ColumnType.BINARY : ColumnType.STRING;
            default ->
                throw new IllegalArgumentException("result " + name + " has type " + tensor.dataType()
                        + ", which no feed column holds; cast it to float32 or int64 in the graph");
        };
        List<Long> shape = new ArrayList<>();
        for (int axis = 1; axis < tensor.shape().numDimensions(); axis++) {
            shape.add(tensor.shape().get(axis));
        }
        if (!type.isFixed() && tensor.shape().numDimensions() > 1) {
            throw new IllegalArgumentException("result " + name + " has shape " + tensor.shape()
                    + "; results of type string must have the shape [rows]");
        }
        return new Column(name, type, shape);
    }

    /** Returns the cells of a result tensor as {@code FeedReader.answer} takes them. */
    static ByteBuffer cells(String name, Tensor tensor) {
        return tensor instanceof TString strings ? StringCells.of(strings) : TensorMemory.bytes(tensor, name);
    }
}
