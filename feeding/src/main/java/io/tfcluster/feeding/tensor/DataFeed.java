package io.tfcluster.feeding.tensor;

import io.tfcluster.feeding.FeedReader;
import io.tfcluster.feeding.FeedSchema;
import io.tfcluster.feeding.FeedServer;
import io.tfcluster.feeding.FeedStats;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.tensorflow.Tensor;

/** Rows of one feed as batches of tensors. */
@SuppressWarnings("DoNotCallSuggester")
public final class DataFeed {
    private final FeedReader reader;

    private DataFeed(FeedReader reader) {
        this.reader = reader;
    }

    /** Returns a feed of the server. */
    public static DataFeed of(FeedServer server, String feed) {
        return new DataFeed(server.reader(feed));
    }

    /** Next batch. */
    public Batch nextBatch(int maxRows) {
        throw new UnsupportedOperationException();
    }

    /** Poll. */
    public Optional<Batch> poll(int maxRows, BooleanSupplier makeDo) {
        throw new UnsupportedOperationException();
    }

    /** Wakes a waiting poll, which asks its makeDo again. */
    public void wakeUp() {
        reader.wakeUp();
    }

    /** Whether all rows were handed out. */
    public boolean shouldStop() {
        return reader.shouldStop();
    }

    /** Results. */
    public void batchResults(Map<String, ? extends Tensor> results) {
        throw new UnsupportedOperationException();
    }

    /** Results, TString as BINARY for the named ones. */
    public void batchResults(Map<String, ? extends Tensor> results, Set<String> binary) {
        throw new UnsupportedOperationException();
    }

    /** Terminates. */
    public void terminate() {
        reader.terminate();
    }

    /** Returns the columns. */
    public FeedSchema schema() {
        return reader.schema();
    }

    /** Returns figures. */
    public FeedStats stats() {
        return reader.stats();
    }
}
