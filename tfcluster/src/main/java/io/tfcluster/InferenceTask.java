package io.tfcluster;

import io.tfcluster.feeding.InferredRow;
import io.tfcluster.feeding.InferredRows;
import io.tfcluster.feeding.PartitionFeeder;
import io.tfcluster.feeding.RowEncoder;
import java.util.Iterator;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.Function2;
import org.apache.spark.sql.Row;
import org.apache.spark.util.TaskCompletionListener;
import scala.Tuple2;

/**
 * The Spark task that sends the rows of one partition through the nodes and gives each back with its results, in order, as they come.
 *
 * @param <T> the RDD's row type
 */
record InferenceTask<T>(InferenceOrder nodes, RowEncoder<? super T> encoder)
        implements Function2<Integer, Iterator<T>, Iterator<Tuple2<T, Row>>> {
    @Override
    public Iterator<Tuple2<T, Row>> call(Integer partition, Iterator<T> rows) {
        FeedOrder order = nodes.order();
        InferredRows<T> inferred = PartitionFeeder.infer(
                order.partition(partition),
                rows,
                order.schema(),
                encoder,
                order.nodes(),
                order.secret(),
                order.options());
        TaskCompletionListener closing = context -> inferred.close();
        TaskContext.get().addTaskCompletionListener(closing);
        ResultRows results = new ResultRows();
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return inferred.hasNext();
            }

            @Override
            public Tuple2<T, Row> next() {
                InferredRow<T> row = inferred.next();
                return new Tuple2<>(row.row(), results.row(row));
            }
        };
    }
}
