package io.tfcluster;

import static java.util.Objects.requireNonNull;

import io.tfcluster.feeding.FeedConfig;
import io.tfcluster.feeding.FeedSchema;
import io.tfcluster.feeding.RowEncoder;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.hadoop.conf.Configuration;
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
    private final @Nullable String checkpoints;
    private final AtomicBoolean warned;

    private FeedInput(
            Source source,
            @Nullable StorageLevel level,
            boolean checkpointed,
            @Nullable String checkpoints,
            AtomicBoolean warned) {
        this.source = source;
        this.level = level;
        this.checkpointed = checkpointed;
        this.checkpoints = checkpoints;
        this.warned = warned;
    }

    private static FeedInput of(Source source) {
        return new FeedInput(source, null, false, null, new AtomicBoolean());
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
        return new FeedInput(source, requireNonNull(storageLevel, "storageLevel"), checkpointed, checkpoints, warned);
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
        return new FeedInput(source, level, true, checkpoints, warned);
    }

    /**
     * Feeds only what the newest checkpoint in a directory has not seen: the row after it is the next. Without a checkpoint there all is fed.
     *
     * <p>Epochs are counted from the first one of the run that wrote the checkpoint: {@code train(input.resume(dir), 10)} ends after the tenth
     * in any case. Epochs that are done are left out; of the one that was interrupted, rows that are done are computed by Spark, but neither
     * encoded nor sent; later ones are whole. There may be more or fewer nodes than before.
     *
     * <p>Rows are known by their numbers within Spark's partitions, so give the same input, in the same partitions and the same order: another
     * number of partitions is an error, and so is a partition that has fewer rows than the checkpoint saw. An input whose order Spark does
     * not know is warned of. A feed that is {@linkplain io.tfcluster.feeding.FeedConfig#deterministic deterministic} goes on with the
     * very batches that an uninterrupted run would have had, and needs the same nodes and batch size; to bring nodes and shuffling to
     * where they were, the rows of the interrupted epoch are all sent, and dropped by the nodes that had them. Streams are not
     * resumed this way: Spark's option {@code checkpointLocation} does that.
     *
     * @param checkpointDirectory where a trainer writes its checkpoints, of which it is the newest whole one, or a main function its own,
     *     folders {@code ckpt-STEP} with a file {@code ledger.json}: a JSON array of the workers' positions. On any file system that
     *     Hadoop knows, without a scheme on the local one, as for the trainer
     */
    public FeedInput resume(String checkpointDirectory) {
        return new FeedInput(
                source, level, checkpointed, requireNonNull(checkpointDirectory, "checkpointDirectory"), warned);
    }

    /** Returns where this input goes on. */
    ResumePoint resumePoint(FeedLine line, Configuration hadoop, List<String> nodes) {
        return checkpoints == null ? ResumePoint.START : ResumePoint.newest(checkpoints, hadoop, line, nodes);
    }

    /** Checks that this is not to be resumed, because it is a piece of a stream. */
    void checkNotResumed(String feed) {
        if (checkpoints != null) {
            throw new IllegalArgumentException("a piece of a stream cannot be resumed from " + checkpoints
                    + ": the feed \"" + feed
                    + "\" has no epochs then whose rows could be counted. A streaming query that"
                    + " has Spark's option checkpointLocation goes on by itself.");
        }
    }

    /** Returns this input, which warns of its order only if nobody with that flag has. */
    FeedInput warnedBy(AtomicBoolean flag) {
        return new FeedInput(source, level, checkpointed, checkpoints, flag);
    }

    /** Returns whether the rows are written down before they are fed. */
    boolean isPinned() {
        return checkpointed;
    }

    /**
     * Checks the input against its feed and makes it ready; computes it only if it is to be checkpointed.
     *
     * @param again whether it may be fed again when all else is gone
     */
    OpenInput<?> open(String feed, FeedConfig config, SparkJobs jobs, boolean again) {
        return open(source.rows(feed, config.schema()), feed, config, jobs, again);
    }

    private <T> OpenInput<?> open(
            EncodableRows<T> rows, String feed, FeedConfig config, SparkJobs jobs, boolean again) {
        if (checkpoints != null || (again && !checkpointed)) {
            InputOrder.warnResumed(rows.rdd().rdd(), feed, warned);
        }
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
