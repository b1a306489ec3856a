package io.tfcluster;

import static java.util.Objects.requireNonNull;

import io.tfcluster.feeding.FeedConfig;
import io.tfcluster.feeding.FeedSchema;
import io.tfcluster.feeding.RowEncoder;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.storage.StorageLevel;
import org.jspecify.annotations.Nullable;

/**
 * What to feed: rows of an RDD or DataFrame, how they become the feed's columns, and whether they are kept for later epochs.
 *
 * <p>A value; nothing is computed or kept before it is given to {@link TFCluster#train(FeedInput, int)} or {@link TFCluster#feed}, and what
 * is kept is let go when that call returns.
 *
 * <pre>{@code
 * cluster.train(FeedInput.of(images, Map.of("pixels", "x", "class", "label")).cached(), 10);
 * }</pre>
 */
public final class FeedInput {
    private final Source source;
    private final @Nullable StorageLevel level;
    private final boolean checkpointed;
    private final AtomicBoolean warned;

    private FeedInput(Source source, @Nullable StorageLevel level, boolean checkpointed, AtomicBoolean warned) {
        this.source = source;
        this.level = level;
        this.checkpointed = checkpointed;
        this.warned = warned;
    }

    private static FeedInput of(Source source) {
        return new FeedInput(source, null, false, new AtomicBoolean());
    }

    /** Returns rows of any type, with what writes them as the feed's columns. */
    public static <T> FeedInput of(JavaRDD<T> rows, RowEncoder<? super T> encoder) {
        EncodableRows<T> encodable = new EncodableRows<>(rows, encoder);
        return of((feed, schema) -> encodable);
    }

    /** Returns rows whose cells are in the order of the feed's columns, or, if they have a schema, are called like them. */
    public static FeedInput of(JavaRDD<Row> rows) {
        requireNonNull(rows, "rows");
        return of((feed, schema) -> new EncodableRows<>(rows, new SparkRowEncoder(schema)));
    }

    /** Returns the columns of a DataFrame that are called like those of the feed; others are left out. */
    public static FeedInput of(Dataset<Row> rows) {
        return of(rows, Map.of());
    }

    /**
     * Returns columns of a DataFrame under the names of the feed's columns.
     *
     * @param inputMapping DataFrame column to feed column, as TensorFlowOnSpark's input_mapping; empty if they are called the same
     */
    public static FeedInput of(Dataset<Row> rows, Map<String, String> inputMapping) {
        requireNonNull(rows, "rows");
        Map<String, String> mapping = Map.copyOf(inputMapping);
        return of((feed, schema) -> {
            DataFrameRows selected = DataFrameRows.of(rows, mapping, feed, schema);
            return new EncodableRows<>(selected.rdd(), selected.encoder());
        });
    }

    /** As {@link #cached(StorageLevel)} with {@code MEMORY_AND_DISK}: memory, and the executors' local disks for what has no room there. */
    public FeedInput cached() {
        return cached(StorageLevel.MEMORY_AND_DISK());
    }

    /**
     * Keeps the encoded blocks while this input is fed, so that the second and later epochs neither compute nor encode the rows again.
     *
     * <p>The first epoch encodes a partition whole before it sends it. The limit is that of Spark's storage memory, {@code
     * spark.memory.fraction}; what is used is in {@link EpochReport#cache()}. Kept blocks that are lost are computed again.
     */
    public FeedInput cached(StorageLevel storageLevel) {
        return new FeedInput(source, requireNonNull(storageLevel, "storageLevel"), checkpointed, warned);
    }

    /**
     * Pins the rows before the first epoch: writes the encoded blocks to Spark's checkpoint directory, reliably, and feeds from there.
     *
     * <p>For an input whose rows come in another order, or in other partitions, when Spark computes it again: a task that is repeated would
     * then go on in the middle of other rows. Costs one write and a read per epoch; the files are deleted when the feeding call returns.
     *
     * @see org.apache.spark.SparkContext#setCheckpointDir
     */
    public FeedInput checkpointed() {
        return new FeedInput(source, level, true, warned);
    }

    /** Returns this input, which warns of its order only if nobody with that flag has. */
    FeedInput warnedBy(AtomicBoolean flag) {
        return new FeedInput(source, level, checkpointed, flag);
    }

    /** Checks the input against its feed and makes it ready; computes it only if it is to be checkpointed. */
    OpenInput<?> open(String feed, FeedConfig config, SparkJobs jobs) {
        return open(source.rows(feed, config.schema()), feed, config, jobs);
    }

    private <T> OpenInput<?> open(EncodableRows<T> rows, String feed, FeedConfig config, SparkJobs jobs) {
        if (level == null && !checkpointed) {
            InputOrder.warn(rows.rdd().rdd(), feed, warned);
            return OpenInput.ofRows(rows, jobs);
        }
        if (!checkpointed) {
            InputOrder.warn(rows.rdd().rdd(), feed, warned);
        }
        return OpenInput.ofBlocks(rows, feed, config, level, checkpointed, jobs);
    }

    /** Where rows come from, once it is known what the feed wants. */
    @FunctionalInterface
    private interface Source {
        EncodableRows<?> rows(String feed, FeedSchema schema);
    }

    /** Rows and how they are written as a feed's columns. */
    record EncodableRows<T>(JavaRDD<T> rdd, RowEncoder<? super T> encoder) {
        EncodableRows {
            requireNonNull(rdd, "rows");
            requireNonNull(encoder, "encoder");
        }
    }
}
