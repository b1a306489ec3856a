package io.tfcluster.tests.cluster;

import io.tfcluster.ClusterConfig;
import io.tfcluster.NodeContext;
import io.tfcluster.feeding.FeedSchema;
import io.tfcluster.feeding.RowEncoder;
import io.tfcluster.feeding.tensor.Batch;
import io.tfcluster.feeding.tensor.DataFeed;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TInt64;

/** Rows that are nothing but their ids, and main functions that tell which ids they got. */
final class Ids {
    static final FeedSchema SCHEMA = FeedSchema.builder().int64("id").build();

    /**
     * What a main function is to do.
     *
     * @param folder where each node leaves what it counted, or ""
     * @param ids ids are smaller than that
     * @param batch rows of a batch
     * @param pauseMillis after each batch
     * @param endAfter batches after which node 0 ends the feed, or 0; for inference: results too many in each batch, or too few
     */
    record Plan(String folder, int ids, int batch, int pauseMillis, int endAfter) implements Serializable {
        static Plan of(int batch) {
            return new Plan("", 0, batch, 0, 0);
        }
    }

    private Ids() {}

    static ClusterConfig.Builder config(int nodes) {
        return ClusterConfig.builder(nodes)
                .nodeMemory("256m")
                .threads(1, 1)
                .heartbeat(Duration.ofMillis(250), Duration.ofSeconds(30))
                .reservationTimeout(Duration.ofSeconds(90))
                .feedTimeout(Duration.ofSeconds(60));
    }

    static RowEncoder<Long> encoder() {
        return (id, out) -> out.putLong(id);
    }

    static JavaRDD<Long> rdd(JavaSparkContext context, int rows, int partitions) {
        List<Long> ids = new ArrayList<>();
        for (long id = 0; id < rows; id++) {
            ids.add(id);
        }
        return context.parallelize(ids, partitions);
    }

    static long[] of(Batch batch) {
        long[] ids = new long[batch.rows()];
        if (ids.length > 0) {
            batch.tensor("id").asRawTensor().data().asLongs().read(ids);
        }
        return ids;
    }

    /** Reads the feed "train" to its end. */
    static void reads(Plan plan, NodeContext ctx) throws Exception {
        int[] counts = new int[plan.ids()];
        DataFeed feed = ctx.dataFeed("train");
        long rows = 0;
        int batches = 0;
        long order = 0;
        while (!feed.shouldStop()) {
            try (Batch batch = feed.nextBatch(plan.batch())) {
                rows += batch.rows();
                long[] ids = of(batch);
                order = 31 * order + java.util.Arrays.hashCode(ids);
                for (long id : ids) {
                    if (id < counts.length) {
                        counts[(int) id]++;
                    }
                }
            }
            ctx.report(0, ++batches, rows, Map.of());
            if (plan.pauseMillis() > 0) {
                Thread.sleep(plan.pauseMillis());
            }
            if (batches == plan.endAfter() && ctx.index() == 0) {
                ctx.result("endedAt", Long.toString(System.currentTimeMillis()));
                feed.terminate();
            }
        }
        ctx.result("rows", Long.toString(rows));
        ctx.result("order", Long.toString(order));
        if (!plan.folder().isEmpty()) {
            write(Path.of(plan.folder(), "counts-" + ctx.index()), counts);
        }
    }

    /** Reads every feed of the cluster to its end, each in a thread of its own, and tells the rows of each epoch; answers "inference". */
    static void readsAll(Plan plan, NodeContext ctx) throws Exception {
        List<Thread> threads = new ArrayList<>();
        List<Throwable> failures = new ArrayList<>();
        for (String name : List.of("train", "validation", "inference")) {
            Thread thread = new Thread(
                    () -> {
                        try {
                            ctx.result(name, read(ctx.dataFeed(name), plan).toString());
                        } catch (RuntimeException | InterruptedException e) {
                            synchronized (failures) {
                                failures.add(e);
                            }
                        }
                    },
                    "read-" + name);
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) {
            thread.join();
        }
        if (!failures.isEmpty()) {
            throw new IllegalStateException(failures.get(0));
        }
    }

    private static Map<Long, Long> read(DataFeed feed, Plan plan) throws InterruptedException {
        Map<Long, Long> epochs = new TreeMap<>();
        while (!feed.shouldStop()) {
            try (Batch batch = feed.nextBatch(plan.batch())) {
                if (batch.rows() > 0) {
                    epochs.merge(batch.epoch(), (long) batch.rows(), Long::sum);
                    if (feed.feed().equals("inference")) {
                        answer(feed, of(batch), 0);
                    }
                }
            }
            if (plan.pauseMillis() > 0) {
                Thread.sleep(plan.pauseMillis());
            }
        }
        return epochs;
    }

    /** Answers the feed "inference" with each row's own id; from id {@code ids} on with {@code endAfter} too many. */
    static void answers(Plan plan, NodeContext ctx) {
        DataFeed feed = ctx.dataFeed("inference");
        while (!feed.shouldStop()) {
            try (Batch batch = feed.nextBatch(plan.batch())) {
                if (batch.rows() > 0) {
                    long[] ids = of(batch);
                    answer(feed, ids, ids[0] < plan.ids() ? 0 : plan.endAfter());
                }
            }
        }
    }

    private static void answer(DataFeed feed, long[] ids, int more) {
        long[] results = java.util.Arrays.copyOf(ids, ids.length + more);
        try (TInt64 tensor = TInt64.tensorOf(Shape.of(results.length), DataBuffers.of(results))) {
            feed.batchResults(Map.of("same", tensor));
        }
    }

    private static void write(Path file, int[] counts) throws IOException {
        try (DataOutputStream out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file)))) {
            for (int count : counts) {
                out.writeByte(count);
            }
        }
    }

    /** Returns how often all nodes together got each id. */
    static int[] counts(Path folder, int nodes, int ids) throws IOException {
        int[] sum = new int[ids];
        for (int node = 0; node < nodes; node++) {
            byte[] counts;
            try (DataInputStream in = new DataInputStream(Files.newInputStream(folder.resolve("counts-" + node)))) {
                counts = in.readAllBytes();
            }
            for (int id = 0; id < ids; id++) {
                sum[id] += counts[id];
            }
        }
        return sum;
    }
}
