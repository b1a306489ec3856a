package io.tfcluster.feeding;

import io.tfcluster.transport.ClusterSecret;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;

/**
 * The sending end of a feed: gives the rows of one partition to nodes, from within a Spark task.
 *
 * <p>Rows are encoded into blocks, and each block goes to the node with room that was sent least: nodes on the same host first, over their
 * Unix-domain sockets, while they have room; the others over TCP. A slow node has no room and therefore gets fewer blocks.
 *
 * <pre>{@code
 * FeedResult result = PartitionFeeder.feed(
 *         new FeedPartition("train", epoch, partition, attempt), rows, schema, encoder, nodes, secret, FeedOptions.DEFAULTS);
 * }</pre>
 */
public final class PartitionFeeder {
    /** A block goes to one node, so that blocks of small rows must not hold a whole partition: nodes share rows block by block. */
    private static final int MAX_BLOCK_ROWS = 4_096;

    private static final int MAX_INFERENCE_BLOCKS = 4;

    private PartitionFeeder() {}

    /**
     * Feeds the rows of a partition that no node counts yet; returns when the nodes have taken every one of them, or at once when a node
     * terminates the feed. While another attempt feeds the same partition it waits; a partition that is complete is not read at all.
     *
     * @param nodes all nodes that take rows, the same list for every partition and attempt; a node that cannot be reached is left out and
     *     named in {@link FeedResult#events()}
     * @throws RowException if a row cannot be read or encoded (names partition, row, column)
     * @throws FeedException if a node fails or refuses, none can be reached, or the partition had other rows in an earlier attempt
     * @throws FeedTimeoutException if no node takes a row for {@code options.feedTimeout()}
     */
    public static <T> FeedResult feed(
            FeedPartition partition,
            Iterator<? extends T> rows,
            FeedSchema schema,
            RowEncoder<? super T> encoder,
            List<FeedTarget> nodes,
            ClusterSecret secret,
            FeedOptions options) {
        return feed(partition, rows, schema, encoder, nodes, secret, options, PartitionShare.ALL);
    }

    /** As {@link #feed}, of some rows, or to the nodes that an assignment says; {@link FeedResult#inputRows()} has all that were read. */
    public static <T> FeedResult feed(
            FeedPartition partition,
            Iterator<? extends T> rows,
            FeedSchema schema,
            RowEncoder<? super T> encoder,
            List<FeedTarget> nodes,
            ClusterSecret secret,
            FeedOptions options,
            PartitionShare share) {
        PartitionAssignment assignment = share.assignment();
        try (FeedSession session =
                FeedOpening.forRows(opening(partition, schema, options), nodes, secret, options, assignment)) {
            return new RowPump(partition, session, share)
                    .feed(
                            new RowSource<>(partition, rows),
                            () -> assignment == null
                                    ? new BlockBuilder<>(
                                            partition,
                                            schema,
                                            encoder,
                                            Math.min(options.blockBytes(), session.unit()),
                                            MAX_BLOCK_ROWS,
                                            session.maxBlockBytes())
                                    : new BlockBuilder<>(
                                            partition,
                                            schema,
                                            encoder,
                                            Integer.MAX_VALUE,
                                            assignment.rowsPerBlock(),
                                            session.maxBlockBytes()));
        }
    }

    private static Wire.Open opening(FeedPartition partition, FeedSchema schema, FeedOptions options) {
        return new Wire.Open(
                partition, false, options.blockBytes(), schema, Wire.ASK, List.of(), null, options.endedEpoch());
    }

    /**
     * Encodes rows without sending them, so that they can be kept and fed again by {@link #feedBlocks}; lazily, a block at a time.
     *
     * @param partition names the rows in errors
     * @throws RowException from the iterator's methods, if a row cannot be read or encoded
     */
    public static <T> Iterator<EncodedBlock> encode(
            FeedPartition partition, Iterator<? extends T> rows, FeedConfig config, RowEncoder<? super T> encoder) {
        BlockBuilder<T> block = config.deterministic()
                ? new BlockBuilder<>(
                        partition,
                        config.schema(),
                        encoder,
                        Integer.MAX_VALUE,
                        DeterministicPlan.rowsPerBlock(config),
                        config.bufferBytes())
                : new BlockBuilder<>(
                        partition,
                        config.schema(),
                        encoder,
                        config.effectiveBlockBytes(),
                        MAX_BLOCK_ROWS,
                        config.bufferBytes());
        RowSource<T> source = new RowSource<>(partition, rows);
        return new Iterator<>() {
            private final Deque<T> held = new ArrayDeque<>(1);

            @Override
            public boolean hasNext() {
                return !held.isEmpty() || source.hasNext();
            }

            @Override
            public EncodedBlock next() {
                block.clear();
                do {
                    T row = held.isEmpty() ? source.next() : held.remove();
                    if (!block.add(row)) {
                        if (config.deterministic()) {
                            throw DeterministicPlan.tooLarge(partition, block);
                        }
                        held.add(row);
                        return block.copy();
                    }
                } while (!block.isFull() && source.hasNext());
                return block.copy();
            }
        };
    }

    /**
     * As {@link #feed}, for rows that {@link #encode} has encoded.
     *
     * @param blocks all blocks of the partition, in their order
     */
    public static FeedResult feedBlocks(
            FeedPartition partition,
            Iterator<EncodedBlock> blocks,
            FeedSchema schema,
            List<FeedTarget> nodes,
            ClusterSecret secret,
            FeedOptions options,
            PartitionShare share) {
        try (FeedSession session =
                FeedOpening.forRows(opening(partition, schema, options), nodes, secret, options, share.assignment())) {
            return new RowPump(partition, session, share).feedBlocks(new RowSource<>(partition, blocks), schema);
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
            List<FeedTarget> nodes,
            ClusterSecret secret,
            FeedOptions options) {
        Wire.Open open =
                new Wire.Open(partition, true, options.blockBytes(), schema, Wire.NO_LEDGER, List.of(), null, -1);
        FeedSession session = FeedOpening.forResults(open, nodes, secret, options);
        int blockBytes = Math.min(options.blockBytes(), session.unit());
        int blockRows = Math.max(1, options.rowsInFlight() / (MAX_INFERENCE_BLOCKS * nodes.size()));
        return new InferenceSession<>(
                partition,
                session,
                new RowSource<>(partition, rows),
                new BlockBuilder<>(partition, schema, encoder, blockBytes, blockRows, session.maxBlockBytes()),
                options.rowsInFlight());
    }
}
