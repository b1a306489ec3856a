package io.tfcluster.feeding;

import static java.util.Objects.requireNonNull;

import io.tfcluster.feeding.ReceivedBlock.Slice;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The reading end of a feed on a node, without TensorFlow; users see it as {@code DataFeed}.
 *
 * <p>One thread reads and answers. {@link #wakeUp()}, {@link #terminate()}, {@link #shouldStop()}, {@link #stats()} and {@link #position()} may be called by any.
 */
public final class FeedReader {
    private final FeedQueue queue;
    private final String node;
    private final AtomicBoolean terminated = new AtomicBoolean();
    private volatile Runnable onTerminated = () -> {};
    private List<Slice> unanswered = List.of();

    FeedReader(FeedQueue queue, String node) {
        this.queue = queue;
        this.node = node;
    }

    /** Returns the feed's name. */
    public String feed() {
        return queue.feed();
    }

    /** Returns the feed's columns. */
    public FeedSchema schema() {
        return queue.schema();
    }

    /**
     * Waits for {@code maxRows} rows, or for what is left of an epoch or of the feed.
     *
     * <p>Without rows the batch either marks the end of an epoch ({@code endOfEpoch()}), told once per epoch if no batch with rows could tell
     * it, or the end of the feed: {@link #shouldStop()} is true then. Rows that are to be answered are not waited for longer than 50 ms,
     * because their feeder may not send more before it has results.
     *
     * @throws FeedTimeoutException if no row came for the feed timeout
     * @throws FeedException if the feed failed
     * @throws IllegalStateException if the batch before this one has not been answered
     */
    public RowBatch next(int maxRows) {
        return batch(requireNonNull(take(maxRows, null, null)));
    }

    private RowBatch batch(FeedState.Taken taken) {
        handedOut(taken.facts());
        return RowBatch.of(queue.schema(), taken);
    }

    /**
     * As {@link #next(int)}, with the rows given to {@code sink} while the batch fills, in order, so that they can be copied while they are in
     * the processor's cache. The sink closes what it gets. If this call fails, what it has got stays part of the next batch.
     *
     * <p>The rows count in {@link #position} only after {@link #handedOut}, so that whoever calls this can make batches ahead.
     */
    public BatchFacts next(int maxRows, Consumer<RowBatch> sink) {
        return pass(requireNonNull(take(maxRows, null, sink)), sink);
    }

    /** As {@link #poll(int, BooleanSupplier)}, with a sink as in {@link #next(int, Consumer)}. */
    public Optional<BatchFacts> poll(int maxRows, BooleanSupplier makeDo, Consumer<RowBatch> sink) {
        return Optional.ofNullable(take(maxRows, makeDo, sink)).map(taken -> pass(taken, sink));
    }

    private BatchFacts pass(FeedState.Taken taken, Consumer<RowBatch> sink) {
        if (!taken.uncopied().isEmpty()) {
            sink.accept(RowBatch.piece(queue.schema(), taken.uncopied()));
        }
        return taken.facts();
    }

    /**
     * As {@link #next}, but gives what is there once {@code makeDo} says so: at least one row, or empty. {@code makeDo} is asked about every
     * 2 ms and after {@link #wakeUp()}; while feeders are connected that have not ended, rows are given another 20 ms to come. It must answer at once and not call
     * this feed.
     */
    public Optional<RowBatch> poll(int maxRows, BooleanSupplier makeDo) {
        return Optional.ofNullable(take(maxRows, makeDo, null)).map(this::batch);
    }

    /** Notes that a batch was handed to whoever uses its rows; called once per batch, in their order, if a sink got its rows. */
    public void handedOut(BatchFacts batch) {
        queue.handedOut().handedOut(batch.origin());
    }

    /** Returns which rows were handed out here, before the feed was resumed included, if this node was told to keep that. */
    public FeedPosition position() {
        return queue.handedOut().position(node);
    }

    private FeedState.@Nullable Taken take(
            int maxRows, @Nullable BooleanSupplier makeDo, @Nullable Consumer<RowBatch> sink) {
        if (maxRows < 1) {
            throw new IllegalArgumentException("a batch has 1 row or more, asked for " + maxRows);
        }
        if (!unanswered.isEmpty() && !queue.isTerminated()) {
            throw new IllegalStateException("the last batch of feed " + queue.feed() + " has " + unansweredRows()
                    + " rows that wait for results; call batchResults before the next batch");
        }
        FeedState.Taken taken = queue.take(maxRows, makeDo, sink);
        boolean answers = taken != null
                && taken.slices().stream()
                        .anyMatch(slice -> slice.source().origin().wantsResults());
        unanswered = taken != null && answers ? taken.slices() : List.of();
        return taken;
    }

    /** Makes a waiting {@link #poll} ask its makeDo at once. */
    public void wakeUp() {
        queue.wakeUp();
    }

    /** Returns whether the feed was ended early. */
    public boolean isTerminated() {
        return queue.isTerminated();
    }

    /** Returns whether the feed has failed, or its server was closed, so that only an error can still come of it. */
    public boolean isBroken() {
        return queue.isBroken();
    }

    /** Returns how many batches the feed's user wants to be made ahead of their use. */
    public int prefetchBatches() {
        return queue.config().prefetchBatches();
    }

    /** Returns whether all rows have been handed out, or the feed was terminated. */
    public boolean shouldStop() {
        return queue.isOver();
    }

    /** Returns the rows of the last batch that wait for {@link #answer}, 0 if none do. */
    public int unansweredRows() {
        return unanswered.stream().mapToInt(Slice::rows).sum();
    }

    /**
     * Sends the results of the last batch to where its rows came from.
     *
     * @param results name, type and shape of the results of one row
     * @param rows rows of the last batch
     * @param columns one per result: {@code rows} cells in a row for fixed types; for STRING and BINARY {@code rows + 1} offsets of 4 bytes,
     *     the first 0, and then the bytes. Little-endian, from position to limit.
     * @throws IllegalArgumentException if the number of rows is not that of the last batch, or a column has the wrong size
     * @throws IllegalStateException if no batch waits for results
     */
    public void answer(FeedSchema results, int rows, List<ByteBuffer> columns) {
        if (queue.isTerminated()) {
            return; // nobody waits for results any more
        }
        if (unanswered.isEmpty()) {
            throw new IllegalStateException("no batch of feed " + queue.feed()
                    + " waits for results: either it was answered already, or its feeders do not want any");
        }
        if (rows != unansweredRows()) {
            throw new IllegalArgumentException("results for " + rows + " rows, but the last batch of feed "
                    + queue.feed() + " has " + unansweredRows() + " rows");
        }
        ByteBuffer whole = ResultFrames.join(results, rows, columns);
        Block block;
        try {
            block = Block.of(results, 0, rows, whole);
        } catch (WireException e) {
            throw new IllegalArgumentException("the results do not fit their columns: " + e.getMessage(), e);
        }
        byte[] schema = Wire.schema(results);
        int from = 0;
        for (Slice slice : unanswered) {
            int to = from + slice.rows();
            FeedConnection origin = slice.source().origin();
            if (origin.wantsResults()) {
                long firstRow = slice.source().block().firstRow() + slice.from();
                origin.answer(ResultFrames.frame(schema, block, from, to, firstRow), slice.rows());
            }
            from = to;
        }
        unanswered = List.of();
    }

    /** Ends the feed early: feeders stop at once, rows that wait are dropped, {@link #shouldStop()} is true from now on. */
    public void terminate() {
        queue.terminate();
        if (terminated.compareAndSet(false, true)) {
            onTerminated.run();
        }
    }

    void onTerminated(Runnable action) {
        onTerminated = action;
    }

    /** Returns figures. */
    public FeedStats stats() {
        return queue.stats();
    }
}
