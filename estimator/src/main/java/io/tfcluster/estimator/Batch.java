package io.tfcluster.estimator;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;

/** The rows of one run, as tensors that are filled as they come. One thread at a time. */
final class Batch implements AutoCloseable {
    private final List<InputPlan> plans;
    private final List<TensorFiller> inputs;
    private int rows;

    Batch(TransformPlan plan, ModelRun run) {
        this.plans = plan.inputs();
        int limit = plan.rowsPerRun();
        this.inputs = plans.stream()
                .map(input -> new TensorFiller(run, input, input.batched() ? limit : 1))
                .toList();
    }

    int rows() {
        return rows;
    }

    /**
     * Adds a row; what it was read from may change afterwards.
     *
     * @return false if it has another shape than those that are there: run them first
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
     * Returns the tensors of the rows that are there; this batch keeps them.
     *
     * @param wanted rows of each; if it is more than there are, the last one is there again and again
     */
    List<BatchTensor> tensors(int wanted) {
        List<BatchTensor> tensors = new ArrayList<>(inputs.size());
        for (int i = 0; i < inputs.size(); i++) {
            tensors.add(inputs.get(i).tensor(plans.get(i).batched() ? wanted : 1));
        }
        return tensors;
    }

    /** Begins anew, when the model has run. */
    void done() {
        rows = 0;
        inputs.forEach(TensorFiller::done);
    }

    @Override
    public void close() {
        inputs.forEach(TensorFiller::close);
    }
}
