package io.tfcluster.benchmarks;

import java.util.Iterator;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.LongAccumulator;

/**
 * A database that lets its readers wait: before each batch of rows that it sends of a partition, as one answers a cursor's "more".
 *
 * @param rows of a batch
 * @param nanos that each takes
 * @param waited all of them, in nanoseconds
 */
record SlowReads(int rows, long nanos, LongAccumulator waited) implements MapPartitionsFunction<Row, Row> {
    static SlowReads of(SparkSession spark, int rows, long nanos) {
        return new SlowReads(rows, nanos, spark.sparkContext().longAccumulator());
    }

    Dataset<Row> of(Dataset<Row> fast) {
        return fast.mapPartitions(this, org.apache.spark.sql.Encoders.row(fast.schema()));
    }

    @Override
    public Iterator<Row> call(Iterator<Row> fast) {
        return new Iterator<>() {
            private int given;

            @Override
            public boolean hasNext() {
                return fast.hasNext();
            }

            @Override
            public Row next() {
                if (given++ % rows == 0) {
                    waitForAnswer();
                }
                return fast.next();
            }
        };
    }

    private void waitForAnswer() {
        long start = System.nanoTime();
        long end = start + nanos;
        for (long left = nanos; left > 0 && !Thread.currentThread().isInterrupted(); left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
        waited.add(System.nanoTime() - start);
    }

    double waitedSeconds() {
        return (double) waited.value() / TimeUnit.SECONDS.toNanos(1);
    }
}
