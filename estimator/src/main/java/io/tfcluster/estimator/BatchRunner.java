package io.tfcluster.estimator;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.spark.sql.catalyst.InternalRow;

/** Puts rows through a model: rows to tensors as they come, a run, tensors to cells. One thread; closing frees its own memory only. */
final class BatchRunner implements AutoCloseable {
    private final TransformPlan plan;
    private final List<TensorFiller> inputs;
    private final ModelRun run;
    private final ScoreCells scores;
    private final int added;
    private int rows;

    BatchRunner(TransformPlan plan, LoadedModel model) {
        this.plan = plan;
        int limit = plan.rowsPerRun();
        this.run = model.open(
                plan.inputs().stream().map(InputPlan::spec).toList(),
                plan.outputs().stream().map(OutputPlan::spec).toList(),
                Duration.ofSeconds(plan.run().timeoutSeconds()));
        this.inputs = plan.inputs().stream()
                .map(input -> new TensorFiller(run, input, input.batched() ? limit : 1))
                .toList();
        this.scores = new ScoreCells(Objects.requireNonNullElseGet(
                plan.scores(), () -> new ScorePlan(0, false, false, "", "", "", "", List.of())));
        this.added = plan.fields().size();
    }

    /** Returns how many rows wait for a run. */
    int rows() {
        return rows;
    }

    /**
     * Adds a row to the batch; what it was read from may change afterwards.
     *
     * @return false if it has another shape than those that wait: run them first
     * @throws IllegalArgumentException if the row does not fit the model
     */
    boolean add(InternalRow row) {
        List<long[]> shapes = new ArrayList<>(inputs.size());
        boolean same = true;
        for (TensorFiller input : inputs) {
            long[] shape = input.shape(row);
            shapes.add(shape);
            same &= input.has(shape);
        }
        if (rows > 0 && !same) {
            return false;
        }
        for (int i = 0; i < inputs.size(); i++) {
            if (rows == 0) {
                inputs.get(i).begin(shapes.get(i));
            }
            inputs.get(i).add(row);
        }
        rows++;
        return true;
    }

    /**
     * Runs the model on the rows that wait.
     *
     * @return for each row the values of the columns that are added
     */
    Object[][] run() {
        int count = rows;
        rows = 0;
        List<BatchTensor> results = List.of();
        try {
            List<BatchTensor> tensors = new ArrayList<>(inputs.size());
            for (int i = 0; i < inputs.size(); i++) {
                boolean batched = plan.inputs().get(i).batched();
                tensors.add(inputs.get(i).tensor(batched ? (int) Math.max(count, plan.fixedRows()) : 1));
            }
            results = run.run(tensors);
            return cells(count, results);
        } finally {
            results.forEach(BatchTensor::close);
            inputs.forEach(TensorFiller::done);
        }
    }

    private Object[][] cells(int count, List<BatchTensor> results) {
        long asked = Math.max(count, plan.fixedRows());
        List<OutputCells> outputs = new ArrayList<>(results.size());
        for (int i = 0; i < results.size(); i++) {
            outputs.add(new OutputCells(plan.outputs().get(i), results.get(i), asked));
        }
        Object[][] cells = new Object[count][added];
        Object version = plan.versionCol().isEmpty()
                ? null
                : (Object) plan.source().version().orElseThrow();
        for (int row = 0; row < count; row++) {
            if (version != null) {
                cells[row][added - 1] = version;
            }
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
        inputs.forEach(TensorFiller::close);
        run.close();
    }
}
