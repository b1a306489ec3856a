package io.tfcluster.estimator;

import java.io.Serializable;
import org.apache.spark.SparkContext;

/**
 * How rows are read ahead.
 *
 * @param partitions tasks that take the rows, 0 for as many as the application has cores
 * @param readers of each task
 * @param rows that may lie unread in a task
 * @param bytes that may lie unread in a task
 */
record ReadSettings(int partitions, int readers, int rows, long bytes) implements Serializable {
    int tasks(SparkContext context) {
        return partitions > 0 ? partitions : context.defaultParallelism();
    }
}
