package io.tfcluster.estimator;

import io.tfcluster.estimator.BatchTensor.Memory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.unsafe.Platform;
import org.jspecify.annotations.Nullable;

/**
 * Fills the tensor of one input row by row, as the rows come: none has to be kept. The memory is used again for the next batch, because
 * fresh memory costs more than filling it. One thread.
 */
final class TensorFiller implements AutoCloseable {
    private final ModelRun run;
    private final InputPlan plan;
    private final InputCells cells;
    private final int capacity;
    private final List<byte[]> strings = new ArrayList<>();
    private long[] shape = {};
    private @Nullable BatchTensor tensor;
    private @Nullable Memory memory;
    private @Nullable BatchTensor extra;
    private int rows;

    TensorFiller(ModelRun run, InputPlan plan, int capacity) {
        this.run = run;
        this.plan = plan;
        this.cells = new InputCells(plan);
        this.capacity = capacity;
    }

    /** Returns the shape of a row's cell; rows of one batch must have the same. */
    long[] shape(InternalRow row) {
        return cells.shape(row);
    }

    boolean has(long[] other) {
        return Arrays.equals(shape, other);
    }

    /** Begins a batch of rows with this shape. */
    void begin(long[] next) {
        rows = 0;
        strings.clear();
        if (plan.spec().type() == TensorType.STRING) {
            shape = next;
            return;
        }
        BatchTensor made = tensor;
        if (made == null || !has(next)) {
            close();
            made = run.allocate(plan.column(), plan.spec().type(), dims(next, capacity));
            tensor = made;
            shape = next;
        }
        memory = made.memory();
    }

    private long[] dims(long[] row, int count) {
        if (!plan.batched()) {
            return row;
        }
        long[] dims = new long[row.length + 1];
        dims[0] = count;
        System.arraycopy(row, 0, dims, 1, row.length);
        return dims;
    }

    /** Adds a row of the batch's shape. */
    void add(InternalRow row) {
        rows++;
        Memory into = memory;
        if (plan.spec().type() == TensorType.STRING) {
            cells.addStrings(row, shape, strings);
        } else if (into != null) {
            int size = cellBytes(into);
            cells.write(row, shape, into);
            if (into.bytes().position() != size * rows) {
                throw new IllegalStateException("a cell of column " + plan.column() + " ended at byte "
                        + into.bytes().position() + ", not at " + size * rows);
            }
        }
    }

    private int cellBytes(Memory into) {
        return into.bytes().capacity() / capacity;
    }

    /**
     * Returns the tensor of the rows that were added.
     *
     * @param wanted its rows; if it is more than were added, the last one is there again and again
     */
    BatchTensor tensor(int wanted) {
        BatchTensor whole = tensor;
        Memory from = memory;
        if (plan.spec().type() == TensorType.STRING || whole == null || from == null) {
            return ofStrings(wanted);
        }
        int size = cellBytes(from);
        if (wanted == capacity) {
            for (int row = rows; row < wanted; row++) {
                copy(from, size * (rows - 1), from, size * row, size);
            }
            return whole;
        }
        BatchTensor part = run.allocate(plan.column(), plan.spec().type(), dims(shape, wanted));
        extra = part;
        copy(from, 0, part.memory(), 0, size * wanted);
        return part;
    }

    private static void copy(Memory from, int at, Memory to, int there, int bytes) {
        if (bytes > 0) {
            Platform.copyMemory(from.base(), from.offset() + at, to.base(), to.offset() + there, bytes);
        }
    }

    private BatchTensor ofStrings(int wanted) {
        BatchTensor made = run.allocate(plan.column(), TensorType.STRING, dims(shape, wanted));
        extra = made;
        int each = strings.size() / Math.max(1, rows);
        for (int row = 0; row < wanted; row++) {
            for (int i = 0; i < each; i++) {
                made.put((long) row * each + i, strings.get(Math.min(row, rows - 1) * each + i));
            }
        }
        return made;
    }

    /** Ends the batch, when the model has run. */
    void done() {
        BatchTensor part = extra;
        extra = null;
        if (part != null) {
            part.close();
        }
        BatchTensor whole = tensor;
        if (whole != null && whole.isHeldByOthers()) {
            tensor = null; // the model keeps the memory: it may not be overwritten
            memory = null;
            whole.close();
        }
    }

    @Override
    public void close() {
        BatchTensor part = extra;
        BatchTensor whole = tensor;
        extra = null;
        tensor = null;
        memory = null;
        if (part != null) {
            part.close();
        }
        if (whole != null) {
            whole.close();
        }
    }
}
