package io.tfcluster.feeding.tensor;

import io.tfcluster.feeding.Column;
import io.tfcluster.feeding.FeedPosition;
import io.tfcluster.feeding.FeedReader;
import io.tfcluster.feeding.FeedSchema;
import io.tfcluster.feeding.FeedServer;
import io.tfcluster.feeding.FeedStats;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Tensor;

/**
 * The rows that Spark feeds to this node, as batches of tensors; the DataFeed of TensorFlowOnSpark (TFNode.py).
 *
 * <p>One thread takes batches and gives results; the other methods may be called from any thread. Nothing to close: the server owns the
 * connections, each {@link Batch} its tensors.
 *
 * <pre>{@code
 * while (!feed.shouldStop()) {
 *     try (Batch batch = feed.nextBatch(64)) {
 *         if (batch.rows() > 0) {
 *             train(batch.tensor("image"), batch.tensor("label"));
 *         }
 *     }
 * }
 * }</pre>
 */
public final class DataFeed {
    private final FeedReader reader;
    private final BatchAssembly assembly;
    private volatile @Nullable Prefetcher prefetcher;

    private DataFeed(FeedReader reader) {
        this.reader = reader;
        this.assembly = new BatchAssembly(reader);
    }

    /**
     * Returns the feed of that name.
     *
     * @throws IllegalArgumentException if the server has no such feed
     */
    public static DataFeed of(FeedServer server, String feed) {
        return new DataFeed(server.reader(feed));
    }

    /** Returns the feed's name. */
    public String feed() {
        return reader.feed();
    }

    /** Returns the feed's columns. */
    public FeedSchema schema() {
        return reader.schema();
    }

    /**
     * Waits for the next rows, up to the feed timeout.
     *
     * <p>The batch is short at the end of an epoch or of the feed, and may be for inference, where rows are not kept waiting. It has no rows
     * at the end of the feed, when {@link #shouldStop()} is true, and when an epoch ended that had no rows left to tell it with.
     *
     * @param maxRows most rows to return, 1 or more, the same number each time if the feed is prefetched; rows of different epochs are
     *     never mixed
     * @return columns in schema order; images are uint8, shape [rows, height, width, channels]; the caller closes it
     * @throws io.tfcluster.feeding.FeedTimeoutException if Spark sent nothing for the feed timeout
     * @throws io.tfcluster.feeding.FeedException if the feed failed
     * @throws IllegalStateException if the rows of the last batch want results and have none
     */
    public Batch nextBatch(int maxRows) {
        Prefetcher ahead = prefetcher(maxRows);
        Optional<Batch> ready = ahead == null ? Optional.empty() : ahead.take(maxRows, null);
        return handOut(ready.orElseGet(() -> assembly.next(maxRows)));
    }

    private Batch handOut(Batch batch) {
        reader.handedOut(batch.facts());
        return batch;
    }

    private @Nullable Prefetcher prefetcher(int maxRows) {
        if (prefetcher == null && reader.prefetchBatches() > 0 && maxRows > 0) {
            prefetcher = Prefetcher.start(reader, assembly, reader.prefetchBatches(), maxRows);
        }
        return prefetcher;
    }

    /**
     * As {@link #nextBatch}, but once {@code makeDo} is true, gives what is there, or empty if nothing is. It is asked about every 2 ms and at
     * {@link #wakeUp()}; while feeders that have not ended are connected, rows get another 20 ms to come.
     */
    public Optional<Batch> poll(int maxRows, BooleanSupplier makeDo) {
        Prefetcher ahead = prefetcher(maxRows);
        Optional<Batch> batch = ahead == null ? assembly.poll(maxRows, makeDo) : ahead.take(maxRows, makeDo);
        return batch.map(this::handOut);
    }

    /** Makes a waiting {@link #poll} ask its makeDo at once. */
    public void wakeUp() {
        reader.wakeUp();
    }

    /** Returns whether all rows have been handed out, or the feed was terminated. */
    public boolean shouldStop() {
        Prefetcher ahead = prefetcher;
        return ahead == null ? reader.shouldStop() : reader.isTerminated() || ahead.isOver();
    }

    /**
     * Gives the results of the last batch, one per row; strings travel as text.
     *
     * @param results by output name; the first dimension of each is the rows of the last batch. They stay the caller's.
     * @throws IllegalArgumentException if a result has another number of rows, or a type that no column has
     * @throws IllegalStateException if no batch waits for results
     */
    public void batchResults(Map<String, ? extends Tensor> results) {
        batchResults(results, Set.of());
    }

    /**
     * As {@link #batchResults(Map)}, where the string tensors named in {@code binary} travel as bytes.
     *
     * @param binary outputs of type string that are no text
     */
    public void batchResults(Map<String, ? extends Tensor> results, Set<String> binary) {
        if (results.isEmpty()) {
            throw new IllegalArgumentException("no result given for the rows of feed " + reader.feed());
        }
        int rows = reader.unansweredRows();
        List<Column> columns = new ArrayList<>();
        List<ByteBuffer> cells = new ArrayList<>();
        results.forEach((name, tensor) -> {
            long found =
                    tensor.shape().numDimensions() == 0 ? -1 : tensor.shape().get(0);
            if (rows > 0 && found != rows) {
                throw new IllegalArgumentException("result " + name + " has "
                        + (found < 0 ? "no dimension for rows" : found + " rows") + " (shape " + tensor.shape()
                        + "), the last batch of feed " + reader.feed() + " has " + rows + " rows");
            }
            columns.add(Tensors.column(name, tensor, binary.contains(name)));
            cells.add(Tensors.cells(name, tensor));
        });
        reader.answer(new FeedSchema(columns), rows, cells);
    }

    /** Ends the feed early: Spark's feed tasks finish at once, rows that wait are dropped, {@link #shouldStop()} is true from now on. */
    public void terminate() {
        reader.terminate();
        Prefetcher ahead = prefetcher;
        if (ahead != null) {
            ahead.drop();
        }
    }

    /**
     * Returns which rows have been handed out in batches until now: not those that wait, are being mixed or lie in batches made ahead. With
     * that of every other node it says where to resume; exact if no other thread takes a batch meanwhile.
     */
    public FeedPosition position() {
        return reader.position();
    }

    /** Returns figures. */
    public FeedStats stats() {
        FeedStats stats = reader.stats();
        Prefetcher ahead = prefetcher;
        return ahead == null ? stats : stats.withPrefetched(ahead.readyRows(), ahead.waited(), ahead.waiting());
    }
}
