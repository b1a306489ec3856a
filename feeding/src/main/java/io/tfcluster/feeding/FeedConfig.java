package io.tfcluster.feeding;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;

/**
 * What rows of a feed look like and how a node takes them; known on both sides before the first row.
 *
 * <pre>{@code
 * FeedConfig train = FeedConfig.of(schema).shuffle(10_000, 42).prefetch(2);
 * }</pre>
 *
 * @param schema columns
 * @param bufferBytes bytes of rows that wait on a node before its feeders have to, 1 or more; one block per connected feeder may come on top
 * @param blockBytes rows travel in blocks of about this size, at most a quarter of the buffer
 * @param shuffleRows rows that are mixed with each other, 0 for none; at most twice as many are held
 * @param shuffleBytes bytes that the rows being mixed may have before fewer than {@code shuffleRows} are mixed
 * @param seed of the shuffling, the same rows in the same order are mixed in the same way
 * @param prefetchBatches batches that are made into tensors ahead of their use, 0 for none; all calls then ask for the same batch size
 * @param deterministic whether every run gives each node the same batches in the same order
 */
public record FeedConfig(
        FeedSchema schema,
        long bufferBytes,
        int blockBytes,
        int shuffleRows,
        long shuffleBytes,
        long seed,
        int prefetchBatches,
        boolean deterministic)
        implements Serializable {
    /** Bytes of rows that wait on a node unless something else is asked for: 64 MiB. */
    public static final long DEFAULT_BUFFER_BYTES = 64L << 20;

    private static final int DEFAULT_BLOCK_BYTES = 1 << 20;
    private static final long DEFAULT_SHUFFLE_BYTES = 256L << 20;
    private static final int MAX_PREFETCH = 64;

    /** Checks the ranges. */
    public FeedConfig {
        requireNonNull(schema, "schema");
        require(bufferBytes >= 1, "bufferBytes must be 1 or more, got " + bufferBytes);
        require(blockBytes >= 1, "blockBytes must be 1 or more, got " + blockBytes);
        require(shuffleRows >= 0, "shuffleRows must be 0 (no shuffling) or more, got " + shuffleRows);
        require(shuffleBytes >= 1, "shuffleBytes must be 1 or more, got " + shuffleBytes);
        require(
                prefetchBatches >= 0 && prefetchBatches <= MAX_PREFETCH,
                "prefetchBatches must be 0 (none) to " + MAX_PREFETCH + ", got " + prefetchBatches);
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalArgumentException(otherwise);
        }
    }

    /** Returns the defaults: 64 MiB of buffer, blocks of 1 MiB, rows in the order in which they come, nothing prefetched. */
    public static FeedConfig of(FeedSchema schema) {
        return new FeedConfig(schema, DEFAULT_BUFFER_BYTES, DEFAULT_BLOCK_BYTES, 0, DEFAULT_SHUFFLE_BYTES, 0, 0, false);
    }

    /** Returns this with another bound for the rows that wait on a node; blocks become smaller where they have to. */
    public FeedConfig buffer(long bytes) {
        return new FeedConfig(
                schema, bytes, blockBytes, shuffleRows, shuffleBytes, seed, prefetchBatches, deterministic);
    }

    /** Returns this with another size of blocks. */
    public FeedConfig blocks(int bytes) {
        return new FeedConfig(
                schema, bufferBytes, bytes, shuffleRows, shuffleBytes, seed, prefetchBatches, deterministic);
    }

    /** Returns this with rows mixed on each node, {@code rows} at a time. */
    public FeedConfig shuffle(int rows, long seedValue) {
        return new FeedConfig(
                schema, bufferBytes, blockBytes, rows, shuffleBytes, seedValue, prefetchBatches, deterministic);
    }

    /** Returns this with another bound for the bytes of the rows being mixed, default 256 MiB. */
    public FeedConfig shuffleBuffer(long bytes) {
        return new FeedConfig(
                schema, bufferBytes, blockBytes, shuffleRows, bytes, seed, prefetchBatches, deterministic);
    }

    /** Returns this with that many batches made into tensors ahead of their use, by a thread of its own. */
    public FeedConfig prefetch(int batches) {
        return new FeedConfig(schema, bufferBytes, blockBytes, shuffleRows, shuffleBytes, seed, batches, deterministic);
    }

    /**
     * Returns this with the same batches in the same order on every run with the same cluster size and batch size.
     *
     * <p>It costs a pass that counts the rows of each partition, and as many free slots of the application as there are training nodes:
     * so many partitions are read side by side, each node getting rows of all of them in turn.
     */
    public FeedConfig deterministic(boolean value) {
        return new FeedConfig(schema, bufferBytes, blockBytes, shuffleRows, shuffleBytes, seed, prefetchBatches, value);
    }

    /** Returns the bytes after which a block is sent: {@code blockBytes}, or a quarter of the buffer if that is less. */
    public int effectiveBlockBytes() {
        return (int) Math.max(1, Math.min(blockBytes, bufferBytes / 4));
    }
}
