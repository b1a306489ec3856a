package io.tfcluster.estimator;

import java.io.Serializable;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.execution.metric.SQLMetric;
import org.apache.spark.sql.execution.metric.SQLMetrics;

/**
 * What Spark's SQL page shows of reading ahead.
 *
 * @param rows that the tasks took
 * @param taskWaits for how long tasks had no row: reading is too slow
 * @param readersWait for how long readers had no room, summed over them: computing is what takes the time
 */
record ReadMetrics(SQLMetric rows, SQLMetric taskWaits, SQLMetric readersWait) implements Serializable {
    static ReadMetrics of(SparkContext context) {
        return new ReadMetrics(
                SQLMetrics.createMetric(context, "number of output rows"),
                SQLMetrics.createNanoTimingMetric(context, "time tasks waited for rows", -1),
                SQLMetrics.createNanoTimingMetric(context, "time readers waited for room", -1));
    }
}
