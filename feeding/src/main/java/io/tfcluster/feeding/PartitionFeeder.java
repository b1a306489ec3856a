package io.tfcluster.feeding;

import io.tfcluster.transport.ClusterSecret;
import java.util.Iterator;
import java.util.List;

/**
 * The sending end of a feed: gives the rows of one partition to nodes, from within a Spark task.
 *
 * <p>Rows are encoded into blocks, and each block goes to the node that has most room for it: nodes on the same host first, over their
 * Unix-domain sockets, while they have room; the others over TCP. A slow node has less room and therefore gets fewer blocks.
 *
 * <pre>{@code
 * FeedResult result = PartitionFeeder.feed(
 *         new FeedPartition("train", epoch, partition, attempt), rows, schema, encoder, targets, secret, FeedOptions.DEFAULTS);
 * }</pre>
 */
public final class PartitionFeeder {
    /** A block goes to one node, so that blocks of small rows must not hold a whole partition: nodes share rows block by block. */
    private static final int MAX_BLOCK_ROWS = 4_096;

    private static final int MAX_INFERENCE_BLOCKS = 4;

    private PartitionFeeder() {}

    /**
     * Feeds all rows; returns when the nodes have taken every one of them into a batch, or at once when a node terminates the feed.
     *
     * @param targets nodes to spread the rows over; one that cannot be reached is left out and named in {@link FeedResult#events()}
     * @throws FeedException if a row cannot be encoded (names partition, row, column), a node fails or refuses, or none can be reached
     * @throws FeedTimeoutException if no node takes a row for {@code options.feedTimeout()}
     */
    public static <T> FeedResult feed(
            FeedPartition partition,
            Iterator<? extends T> rows,
            FeedSchema schema,
            RowEncoder<? super T> encoder,
            List<FeedTarget> targets,
            ClusterSecret secret,
            FeedOptions options) {
        Wire.Open open = new Wire.Open(partition, false, options.blockBytes(), schema);
        try (FeedSession session = FeedSession.open(open, targets, secret, options)) {
            int blockBytes = Math.min(options.blockBytes(), session.unit());
            BlockBuilder<T> block = new BlockBuilder<>(partition, schema, encoder, blockBytes, MAX_BLOCK_ROWS);
            RowSource<T> source = new RowSource<>(partition, rows);
            while (!session.isOver() && source.hasNext()) {
                block.add(source.next());
                if (block.isFull()) {
                    session.send(block);
                    block.clear();
                }
            }
            if (!session.isTerminated() && !block.isEmpty()) {
                session.send(block);
            }
            session.end(!session.isTerminated());
            session.awaitDone();
            return new FeedResult(source.rows(), session.acknowledged(), session.isTerminated(), session.events());
        }
    }

    /**
     * Encodes rows without sending them, so that they can be kept and fed again by {@link #feedBlocks}; lazily, a block at a time.
     *
     * @param partition names the rows in errors
     * @param blockBytes see {@link FeedConfig#effectiveBlockBytes()}
     * @throws FeedException from the iterator's methods, if a row cannot be encoded
     */
    public static <T> Iterator<EncodedBlock> encode(
            FeedPartition partition,
            Iterator<? extends T> rows,
            FeedSchema schema,
            RowEncoder<? super T> encoder,
            int blockBytes) {
        BlockBuilder<T> block = new BlockBuilder<>(partition, schema, encoder, blockBytes, MAX_BLOCK_ROWS);
        RowSource<T> source = new RowSource<>(partition, rows);
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return source.hasNext();
            }

            @Override
            public EncodedBlock next() {
                block.clear();
                do {
                    block.add(source.next());
                } while (!block.isFull() && source.hasNext());
                return block.copy();
            }
        };
    }

    /** As {@link #feed}, for rows that {@link #encode} has encoded; all blocks of the partition in their order. */
    public static FeedResult feedBlocks(
            FeedPartition partition,
            Iterator<EncodedBlock> blocks,
            FeedSchema schema,
            List<FeedTarget> targets,
            ClusterSecret secret,
            FeedOptions options) {
        Wire.Open open = new Wire.Open(partition, false, options.blockBytes(), schema);
        try (FeedSession session = FeedSession.open(open, targets, secret, options)) {
            RowSource<EncodedBlock> source = new RowSource<>(partition, blocks);
            long rows = 0;
            while (!session.isOver() && source.hasNext()) {
                EncodedBlock block = source.next();
                rows += block.rows();
                session.send(block);
            }
            session.end(!session.isTerminated());
            session.awaitDone();
            return new FeedResult(rows, session.acknowledged(), session.isTerminated(), session.events());
        }
    }

    /**
     * Sends rows and returns their results, in row order, one per row, as the caller asks for them; at most
     * {@code options.rowsInFlight()} rows are on their way at any time. Connects at once.
     *
     * @throws FeedException as {@link #feed}, from here or from the iterator's methods; also if a node ends without results for all rows,
     *     naming both numbers
     */
    public static <T> InferredRows<T> infer(
            FeedPartition partition,
            Iterator<? extends T> rows,
            FeedSchema schema,
            RowEncoder<? super T> encoder,
            List<FeedTarget> targets,
            ClusterSecret secret,
            FeedOptions options) {
        Wire.Open open = new Wire.Open(partition, true, options.blockBytes(), schema);
        FeedSession session = FeedSession.open(open, targets, secret, options);
        int blockBytes = Math.min(options.blockBytes(), session.unit());
        int blockRows = Math.max(1, options.rowsInFlight() / (MAX_INFERENCE_BLOCKS * targets.size()));
        return new InferenceSession<>(
                partition,
                session,
                new RowSource<>(partition, rows),
                new BlockBuilder<>(partition, schema, encoder, blockBytes, blockRows),
                options.rowsInFlight());
    }
}
