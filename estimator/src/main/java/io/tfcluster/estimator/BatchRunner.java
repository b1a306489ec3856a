package io.tfcluster.estimator;

import io.tfcluster.estimator.NativeTensor.Memory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.apache.spark.sql.catalyst.InternalRow;

/** Puts rows through a model: rows to tensors, a run, tensors to cells. One thread; closing gives nothing back but its own memory. */
final class BatchRunner implements AutoCloseable {
    private final TransformPlan plan;
    private final List<InputCells> inputs;
    private final ModelRun run;
    private final ScoreCells scores;
    private final int added;

    BatchRunner(TransformPlan plan, LoadedModel model) {
        this.plan = plan;
        this.inputs = plan.inputs().stream().map(InputCells::new).toList();
        this.run = new ModelRun(
                model,
                plan.inputs().stream().map(InputPlan::spec).toList(),
                plan.outputs().stream().map(OutputPlan::spec).toList());
        this.scores = new ScoreCells(Objects.requireNonNullElseGet(
                plan.scores(), () -> new ScorePlan(0, false, false, "", "", "", "", List.of())));
        this.added = plan.fields().size();
    }

    /** A row cannot go into the model. */
    static final class RowException extends IllegalArgumentException {
        private static final long serialVersionUID = 1L;

        private final int row;

        RowException(int row, String message, Throwable cause) {
            super(message, cause);
            this.row = row;
        }

        /** Returns its place in the batch. */
        int row() {
            return row;
        }
    }

    /** Returns the shapes that a row has in the inputs; rows of one run must have the same. */
    List<long[]> shapes(InternalRow row) {
        List<long[]> shapes = new ArrayList<>(inputs.size());
        for (InputCells each : inputs) {
            shapes.add(each.shape(row));
        }
        return shapes;
    }

    static boolean same(List<long[]> one, List<long[]> other) {
        for (int i = 0; i < one.size(); i++) {
            if (!Arrays.equals(one.get(i), other.get(i))) {
                return false;
            }
        }
        return true;
    }

    /**
     * Runs the model once.
     *
     * @param shapes of all these rows
     * @return for each row the values of the columns that are added
     */
    Object[][] run(List<InternalRow> rows, List<long[]> shapes) {
        List<NativeTensor> tensors = new ArrayList<>(inputs.size());
        List<NativeTensor> results = List.of();
        try {
            for (int i = 0; i < inputs.size(); i++) {
                tensors.add(tensor(i, rows, shapes.get(i)));
            }
            results = run.run(tensors);
            return cells(rows.size(), results);
        } finally {
            results.forEach(NativeTensor::close);
            tensors.forEach(NativeTensor::close);
        }
    }

    private NativeTensor tensor(int index, List<InternalRow> rows, long[] shape) {
        InputPlan input = plan.inputs().get(index);
        int count = (int) Math.max(rows.size(), input.fixedRows());
        long[] dims = shape;
        if (input.batched()) {
            dims = new long[shape.length + 1];
            dims[0] = count;
            System.arraycopy(shape, 0, dims, 1, shape.length);
        }
        NativeTensor tensor = NativeTensor.allocate(input.column(), input.spec().type(), dims);
        try {
            if (tensor.type() == TensorType.STRING) {
                fillStrings(inputs.get(index), rows, shape, count, tensor);
            } else {
                fill(inputs.get(index), rows, shape, count, tensor.memory());
            }
            return tensor;
        } catch (RuntimeException e) {
            tensor.close();
            throw e;
        }
    }

    private static void fill(InputCells cells, List<InternalRow> rows, long[] shape, int count, Memory memory) {
        int size = memory.bytes().capacity() / Math.max(1, count);
        for (int i = 0; i < count; i++) {
            int row = Math.min(i, rows.size() - 1); // a model that wants so many rows gets the last one again
            try {
                cells.write(rows.get(row), shape, memory);
            } catch (IllegalArgumentException e) {
                throw new RowException(row, String.valueOf(e.getMessage()), e);
            }
            if (memory.bytes().position() != size * (i + 1)) {
                throw new IllegalStateException(
                        "a cell filled " + (memory.bytes().position() - size * i) + " bytes of " + size);
            }
        }
    }

    private static void fillStrings(
            InputCells cells, List<InternalRow> rows, long[] shape, int count, NativeTensor tensor) {
        NativeTensor.Strings strings = tensor.strings();
        long place = 0;
        for (int i = 0; i < count; i++) {
            int row = Math.min(i, rows.size() - 1);
            try {
                place = cells.writeStrings(rows.get(row), shape, strings, place);
            } catch (IllegalArgumentException e) {
                throw new RowException(row, String.valueOf(e.getMessage()), e);
            }
        }
    }

    private Object[][] cells(int rows, List<NativeTensor> results) {
        long asked = Math.max(rows, plan.fixedRows());
        List<OutputCells> outputs = new ArrayList<>(results.size());
        for (int i = 0; i < results.size(); i++) {
            outputs.add(new OutputCells(plan.outputs().get(i), results.get(i), asked));
        }
        Object[][] cells = new Object[rows][added];
        for (int row = 0; row < rows; row++) {
            for (int i = 0; i < plan.appended(); i++) {
                cells[row][i] = outputs.get(i).cell(row);
            }
            ScorePlan wanted = plan.scores();
            if (wanted != null) {
                scores.write(outputs.get(wanted.output()).doubles(row), cells[row], plan.appended());
            }
        }
        return cells;
    }

    @Override
    public void close() {
        run.close();
    }
}
