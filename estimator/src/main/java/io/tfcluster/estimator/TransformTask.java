package io.tfcluster.estimator;

import java.io.Serializable;
import org.apache.spark.TaskContext;
import scala.collection.Iterator;
import scala.runtime.AbstractFunction1;

/** What Spark's tasks run: the rows of a partition through the executor's model. */
final class TransformTask extends AbstractFunction1<Iterator<Object>, Iterator<Object>> implements Serializable {
    private static final long serialVersionUID = 1L;

    private final TaskModel model;
    private final boolean keepInputs;

    TransformTask(TaskModel model, boolean keepInputs) {
        this.model = model;
        this.keepInputs = keepInputs;
    }

    TransformPlan plan() {
        return model.plan();
    }

    @Override
    public Iterator<Object> apply(Iterator<Object> rows) {
        if (!rows.hasNext()) {
            return rows; // no model is loaded for an empty partition
        }
        OpenModel open = model.open();
        TaskContext.get().addTaskCompletionListener(context -> {
            open.close();
        });
        return new RowsThrough(open.plan(), keepInputs, rows, open.runner());
    }
}
