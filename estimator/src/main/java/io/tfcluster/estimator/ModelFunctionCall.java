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
    private final TaskModel model;

    @SuppressWarnings("serial") // each task makes its own
    private transient @Nullable OpenModel open;

    ModelFunctionCall(String name, TaskModel model) {
        this.name = name;
        this.model = model;
    }

    @Override
    public @Nullable Object call(InternalRow arguments) {
        for (InputPlan input : model.plan().inputs()) {
            if (arguments.isNullAt(input.ordinal())) {
                return null;
            }
        }
        TaskContext task = TaskContext.get();
        if (task == null) { // Spark computes constants on the driver, without a task
            try (OpenModel once = model.open()) {
                return run(once, arguments);
            }
        }
        OpenModel mine = open;
        if (mine == null) {
            mine = open(task);
            open = mine;
        }
        return run(mine, arguments);
    }

    private OpenModel open(TaskContext task) {
        OpenModel mine = model.open();
        task.addTaskCompletionListener(context -> {
            open = null;
            mine.close();
        });
        return mine;
    }

    private Object run(OpenModel mine, InternalRow arguments) {
        Object[] cells;
        try {
            mine.runner().add(arguments);
            cells = mine.runner().run()[0];
        } catch (RuntimeException e) {
            throw new IllegalStateException(
                    name + " with " + mine.plan().source() + ", partition " + TaskContext.getPartitionId() + ": "
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
