package io.tfcluster;

import io.tfcluster.feeding.FeedResult;
import io.tfcluster.feeding.PartitionFeeder;
import io.tfcluster.feeding.RowEncoder;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.function.Function2;

/**
 * The Spark task that feeds one partition into the nodes and ends when they have taken its rows.
 *
 * @param <T> the RDD's row type
 */
record FeedTask<T>(FeedOrder order, RowEncoder<? super T> encoder)
        implements Function2<Integer, Iterator<T>, Iterator<FeedTask.Fed>> {
    /** What one partition did: the rows its iterator gave, and who took them. */
    record Fed(long inputRows, FeedResult result) implements java.io.Serializable {}

    @Override
    public Iterator<Fed> call(Integer partition, Iterator<T> rows) {
        Counted<T> counted = new Counted<>(rows);
        FeedResult result = PartitionFeeder.feed(
                order.partition(partition),
                counted,
                order.schema(),
                encoder,
                order.nodes(),
                order.secret(),
                order.options());
        return List.of(new Fed(counted.count, result)).iterator();
    }

    private static final class Counted<T> implements Iterator<T> {
        private final Iterator<T> rows;
        private long count;

        Counted(Iterator<T> rows) {
            this.rows = rows;
        }

        @Override
        public boolean hasNext() {
            return rows.hasNext();
        }

        @Override
        public T next() {
            count++;
            return rows.next();
        }
    }
}
