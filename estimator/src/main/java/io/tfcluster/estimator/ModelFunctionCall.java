package io.tfcluster.estimator;

import io.tfcluster.estimator.internal.RowFunction;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.jspecify.annotations.Nullable;

/** A model as a SQL function: one row, one run. Spark gives each task a copy, which holds the model until the task ends. */
final class ModelFunctionCall implements RowFunction {
    private static final long serialVersionUID = 1L;

    private final String name;
    private final TransformPlan plan;
    private final TaskFiles files;

    @SuppressWarnings("serial") // each task makes its own
    private transient @Nullable BatchRunner open;

    ModelFunctionCall(String name, TransformPlan plan, TaskFiles files) {
        this.name = name;
        this.plan = plan;
        this.files = files;
    }

    @Override
    public @Nullable Object call(InternalRow arguments) {
        for (InputPlan input : plan.inputs()) {
            if (arguments.isNullAt(input.ordinal())) {
                return null;
            }
        }
        TaskContext task = TaskContext.get();
        if (task == null) { // Spark computes constants on the driver, without a task
            try (ModelCache.Lease lease = TransformTask.lease(plan, files);
                    BatchRunner runner = new BatchRunner(plan, lease.model())) {
                return run(runner, arguments);
            }
        }
        BatchRunner runner = open;
        if (runner == null) {
            runner = open(task);
            open = runner;
        }
        return run(runner, arguments);
    }

    private BatchRunner open(TaskContext task) {
        ModelCache.Lease lease = TransformTask.lease(plan, files);
        try {
            BatchRunner runner = new BatchRunner(plan, lease.model());
            task.addTaskCompletionListener(context -> {
                open = null;
                runner.close();
                lease.close();
            });
            return runner;
        } catch (RuntimeException e) {
            lease.close();
            throw e;
        }
    }

    private Object run(BatchRunner runner, InternalRow arguments) {
        Object[] cells;
        try {
            runner.add(arguments);
            cells = runner.run()[0];
        } catch (RuntimeException e) {
            throw new IllegalStateException(
                    name + " with " + plan.source() + ", partition " + TaskContext.getPartitionId() + ": "
                            + e.getMessage(),
                    e);
        }
        return cells.length == 1 ? cells[0] : new GenericInternalRow(cells);
    }

    @Override
    public String toString() {
        return name;
    }
}
