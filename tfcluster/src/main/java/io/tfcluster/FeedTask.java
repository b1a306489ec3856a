package io.tfcluster;

import io.tfcluster.feeding.EncodedBlock;
import io.tfcluster.feeding.FeedResult;
import io.tfcluster.feeding.PartitionFeeder;
import io.tfcluster.feeding.PartitionShare;
import io.tfcluster.feeding.RowEncoder;
import java.io.Serializable;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.spark.TaskContext;
import scala.Tuple2;
import scala.collection.JavaConverters;
import scala.runtime.AbstractFunction1;

/**
 * The Spark task that feeds one partition into the nodes and ends when they have taken its rows.
 *
 * @param <T> what the RDD holds: rows, or blocks of them
 */
final class FeedTask<T> extends AbstractFunction1<scala.collection.Iterator<T>, FeedTask.Fed> implements Serializable {
    private final FeedOrder order;
    private final Sender<T> sender;
    private final HashMap<Integer, PartitionShare> shares;

    /** Makes a task; {@code shares} of those partitions of which not all rows go to any node. */
    FeedTask(FeedOrder order, Sender<T> sender, Map<Integer, PartitionShare> shares) {
        this.order = order;
        this.sender = sender;
        this.shares = new HashMap<>(shares);
    }

    @Override
    public Fed apply(scala.collection.Iterator<T> rows) {
        int partition = TaskContext.getPartitionId();
        PartitionShare share = shares.getOrDefault(partition, PartitionShare.ALL);
        return new Fed(sender.send(order, partition, JavaConverters.asJavaIterator(rows), share));
    }

    /** How what the RDD holds is sent. */
    interface Sender<T> extends Serializable {
        FeedResult send(FeedOrder order, int partition, Iterator<T> rows, PartitionShare share);

        /** Returns how many rows one thing of the RDD's is. */
        long rows(T item);
    }

    /** Encodes rows and sends them. */
    record OfRows<T>(RowEncoder<? super T> encoder) implements Sender<T> {
        @Override
        public long rows(T item) {
            return 1;
        }

        @Override
        public FeedResult send(FeedOrder order, int partition, Iterator<T> rows, PartitionShare share) {
            return PartitionFeeder.feed(
                    order.partition(partition),
                    rows,
                    order.schema(),
                    encoder,
                    order.nodes(),
                    order.secret(),
                    order.options(),
                    share);
        }
    }

    /** Sends rows that were encoded before: {first row, rows} and the columns. */
    record OfBlocks() implements Sender<Tuple2<long[], byte[]>> {
        @Override
        public long rows(Tuple2<long[], byte[]> block) {
            return block._1()[1];
        }

        @Override
        public FeedResult send(
                FeedOrder order, int partition, Iterator<Tuple2<long[], byte[]>> kept, PartitionShare share) {
            Iterator<EncodedBlock> blocks = new Iterator<>() {
                @Override
                public boolean hasNext() {
                    return kept.hasNext();
                }

                @Override
                public EncodedBlock next() {
                    Tuple2<long[], byte[]> block = kept.next();
                    return new EncodedBlock(block._1()[0], (int) block._1()[1], block._2());
                }
            };
            return PartitionFeeder.feedBlocks(
                    order.partition(partition),
                    blocks,
                    order.schema(),
                    order.nodes(),
                    order.secret(),
                    order.options(),
                    share);
        }
    }

    /** A {@link FeedResult} on its way to the driver; no record, because Spark may be set to Kryo, which cannot make records. */
    static final class Fed implements Serializable {
        private final long inputRows;
        private final boolean terminated;
        private final String[] nodes;
        private final long[] rows;
        private final String[] events;

        Fed(FeedResult result) {
            inputRows = result.inputRows();
            terminated = result.terminated();
            nodes = result.rows().keySet().toArray(String[]::new);
            rows = result.rows().values().stream().mapToLong(Long::longValue).toArray();
            events = result.events().toArray(String[]::new);
        }

        long inputRows() {
            return inputRows;
        }

        boolean terminated() {
            return terminated;
        }

        List<String> events() {
            return List.of(events);
        }

        void addTo(Map<String, Long> byNode) {
            for (int i = 0; i < nodes.length; i++) {
                byNode.merge(nodes[i], rows[i], Long::sum);
            }
        }

        long takenRows() {
            long sum = 0;
            for (long count : rows) {
                sum += count;
            }
            return sum;
        }
    }
}
