package io.tfcluster.estimator;

import java.io.Serializable;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import scala.collection.Iterator;
import scala.runtime.AbstractFunction1;

/** What Spark's tasks run: the rows of a partition through the executor's model. */
final class TransformTask extends AbstractFunction1<Iterator<Object>, Iterator<Object>> implements Serializable {
    private static final long serialVersionUID = 1L;

    private final TransformPlan plan;
    private final boolean keepInputs;
    private final TaskFiles files;

    TransformTask(TransformPlan plan, boolean keepInputs, TaskFiles files) {
        this.plan = plan;
        this.keepInputs = keepInputs;
        this.files = files;
    }

    TransformPlan plan() {
        return plan;
    }

    @Override
    public Iterator<Object> apply(Iterator<Object> rows) {
        if (!rows.hasNext()) {
            return rows; // no model is loaded for an empty partition
        }
        ModelCache.Lease lease = lease(plan, files);
        BatchRunner runner;
        try {
            runner = new BatchRunner(plan, lease.model());
        } catch (RuntimeException e) {
            lease.close();
            throw e;
        }
        TaskContext.get().addTaskCompletionListener(context -> {
            runner.close();
            lease.close();
        });
        return new RowsThrough(plan, keepInputs, rows, runner);
    }

    /** Takes the plan's model from the cache of this process. */
    static ModelCache.Lease lease(TransformPlan plan, TaskFiles files) {
        org.apache.spark.SparkConf conf = SparkEnv.get().conf();
        return ModelCache.ofProcess()
                .lease(
                        new ModelCache.Key(
                                plan.source(), threads(plan, conf), plan.run().child()),
                        ModelCache.Limits.of(conf),
                        files);
    }

    /** All tasks share the session, so it has as many threads as the executor has cores for them. */
    static int threads(TransformPlan plan, org.apache.spark.SparkConf conf) {
        if (plan.run().threads() > 0) {
            return plan.run().threads();
        }
        int cores = conf.getInt("spark.executor.cores", 0);
        return cores > 0 ? cores : Runtime.getRuntime().availableProcessors();
    }
}
