package io.tfcluster;

import io.tfcluster.feeding.FeedConfig;
import io.tfcluster.feeding.PartitionShare;
import java.io.IOException;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.storage.RDDInfo;
import org.apache.spark.storage.StorageLevel;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Tuple2;
import scala.collection.JavaConverters;
import scala.reflect.ClassTag$;
import scala.runtime.AbstractFunction1;
import scala.runtime.BoxedUnit;

/**
 * An input that is being fed, possibly as blocks that are kept; closing lets go of what is kept.
 *
 * @param <T> what the RDD holds: rows, or blocks
 */
final class OpenInput<T> implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(OpenInput.class);

    private final SparkJobs jobs;
    private final JavaRDD<T> rdd;
    private final FeedTask.Sender<T> sender;
    private final boolean kept;
    private long @Nullable [] counts;

    private OpenInput(SparkJobs jobs, JavaRDD<T> rdd, FeedTask.Sender<T> sender, boolean kept) {
        this.jobs = jobs;
        this.rdd = rdd;
        this.sender = sender;
        this.kept = kept;
    }

    static <T> OpenInput<T> ofRows(FeedInput.EncodableRows<T> rows, SparkJobs jobs) {
        return new OpenInput<>(jobs, rows.rdd(), new FeedTask.OfRows<>(rows.encoder()), false);
    }

    /**
     * Encodes rows into blocks that are kept.
     *
     * @param level where, or null if they are only checkpointed
     * @throws IllegalStateException if they are to be checkpointed and there is no directory for it
     */
    static <T> OpenInput<?> ofBlocks(
            FeedInput.EncodableRows<T> rows,
            String feed,
            FeedConfig config,
            @Nullable StorageLevel level,
            boolean checkpointed,
            SparkJobs jobs) {
        if (checkpointed && jobs.context().getCheckpointDir().isEmpty()) {
            throw new IllegalStateException("the input of feed \"" + feed
                    + "\" is to be checkpointed, but Spark has no checkpoint directory; call sc.setCheckpointDir(…) with a"
                    + " directory that all executors reach");
        }
        JavaRDD<Tuple2<long[], byte[]>> blocks = rows.rdd()
                .mapPartitionsWithIndex(new EncodeTask<T>(feed, config, rows.encoder()), true)
                .setName("tfcluster blocks of feed " + feed);
        OpenInput<Tuple2<long[], byte[]>> open = new OpenInput<>(jobs, blocks, new FeedTask.OfBlocks(), true);
        if (level != null) {
            blocks.persist(level);
        }
        if (checkpointed) {
            try {
                open.checkpoint(feed);
            } catch (Exception e) { // Spark throws its own, which Java takes for checked
                open.close();
                throw new IllegalStateException(
                        "checkpointing the input of feed " + feed + " failed: "
                                + SparkJobs.rootCause(e).getMessage(),
                        e);
            }
        }
        return open;
    }

    /** Runs a job over no partition at all: Spark checkpoints after a job, with one of its own, and rows are computed only once so. */
    private void checkpoint(String feed) {
        rdd.checkpoint();
        jobs.run("tfcluster: pinning the input of feed " + feed, () -> {
            SparkContext sc = jobs.context();
            sc.runJob(
                    rdd.rdd(),
                    new Nothing<T>(),
                    JavaConverters.asScalaBuffer(List.<Object>of()).toSeq(),
                    ClassTag$.MODULE$.<BoxedUnit>apply(BoxedUnit.class));
            return rdd;
        });
    }

    private static final class Nothing<T> extends AbstractFunction1<scala.collection.Iterator<T>, BoxedUnit>
            implements java.io.Serializable {
        @Override
        public BoxedUnit apply(scala.collection.Iterator<T> rows) {
            return BoxedUnit.UNIT;
        }
    }

    int partitions() {
        return rdd.getNumPartitions();
    }

    /**
     * Submits a job that feeds some of the partitions.
     *
     * @param group the generation's own jobs, which end with it
     * @param shares of those partitions of which not all rows go to any node
     */
    FeedJob feed(
            SparkJobs group,
            FeedOrder order,
            String description,
            List<Integer> partitions,
            Map<Integer, PartitionShare> shares,
            BiConsumer<Integer, FeedTask.Fed> onFed) {
        Map<Integer, PartitionShare> wanted = new HashMap<>(shares);
        wanted.keySet().retainAll(partitions);
        FeedTask<T> task = new FeedTask<>(order, sender, wanted);
        return FeedJob.submit(group, description, rdd.rdd(), task, partitions, onFed);
    }

    /** Counts the rows of each partition, by a job of its own; the second time they are known. */
    long[] rowsOfPartitions() {
        if (counts == null) {
            counts = jobs
                    .run(
                            "tfcluster: counting rows for a deterministic feed",
                            () -> rdd.mapPartitions(new Counting<>(sender), true)
                                    .collect())
                    .stream()
                    .mapToLong(Long::longValue)
                    .toArray();
        }
        return counts;
    }

    private record Counting<T>(FeedTask.Sender<T> sender) implements FlatMapFunction<Iterator<T>, Long> {
        @Override
        public Iterator<Long> call(Iterator<T> items) {
            long rows = 0;
            while (items.hasNext()) {
                rows += sender.rows(items.next());
            }
            return List.of(rows).iterator();
        }
    }

    /** Returns what the kept blocks take now. */
    CacheUse cacheUse() {
        if (kept) {
            for (RDDInfo info : jobs.context().getRDDStorageInfo()) {
                if (info.id() == rdd.id()) {
                    return new CacheUse(info.memSize(), info.diskSize());
                }
            }
        }
        return CacheUse.NONE;
    }

    @Override
    public void close() {
        if (!kept || jobs.context().isStopped()) {
            return;
        }
        rdd.unpersist(false);
        if (rdd.getCheckpointFile().isPresent()) {
            Path folder = new Path(rdd.getCheckpointFile().get());
            try {
                folder.getFileSystem(jobs.context().hadoopConfiguration()).delete(folder, true);
            } catch (IOException e) {
                log.warn(
                        "the checkpoint {} of a feed's input could not be deleted; nobody needs it any more",
                        folder,
                        e);
            }
        }
    }
}
