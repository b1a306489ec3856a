package io.tfcluster;

import io.tfcluster.feeding.EncodedBlock;
import io.tfcluster.feeding.FeedConfig;
import io.tfcluster.feeding.FeedPartition;
import io.tfcluster.feeding.PartitionFeeder;
import io.tfcluster.feeding.RowEncoder;
import java.util.Iterator;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.Function2;
import scala.Tuple2;

/**
 * Encodes a partition into blocks that Spark keeps: {first row, rows} and the columns, types that every serializer of Spark's knows.
 *
 * @param <T> the RDD's row type
 */
record EncodeTask<T>(String feed, FeedConfig config, RowEncoder<? super T> encoder)
        implements Function2<Integer, Iterator<T>, Iterator<Tuple2<long[], byte[]>>> {
    @Override
    public Iterator<Tuple2<long[], byte[]>> call(Integer partition, Iterator<T> rows) {
        Iterator<EncodedBlock> blocks = PartitionFeeder.encode(
                new FeedPartition(feed, 0, partition, TaskContext.get().taskAttemptId()), rows, config, encoder);
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return blocks.hasNext();
            }

            @Override
            public Tuple2<long[], byte[]> next() {
                EncodedBlock block = blocks.next();
                return new Tuple2<>(new long[] {block.firstRow(), block.rows()}, block.payload());
            }
        };
    }
}
