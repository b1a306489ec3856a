package io.tfcluster.tests.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tfcluster.Ledger;
import io.tfcluster.TFCluster;
import io.tfcluster.TrainingReport;
import io.tfcluster.tests.harness.Leftovers;
import io.tfcluster.tests.harness.LocalSpark;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.stream.LongStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.execution.streaming.MemoryStream;
import org.apache.spark.sql.execution.streaming.MemoryStream$;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.streaming.Milliseconds;
import org.apache.spark.streaming.api.java.JavaStreamingContext;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scala.collection.JavaConverters;

/** Streams feed until they are stopped, as fast as the nodes take their rows, or until a node has enough. */
final class FeedStreamTest {
    private static final int PIECE = 500;
    private static final Duration LIMIT = Duration.ofSeconds(40);
    private static LocalSpark spark;

    @TempDir
    Path folder;

    private Leftovers.Snapshot before;

    @BeforeAll
    static void startSpark() {
        spark = LocalSpark.shared(2, 2);
    }

    @AfterAll
    static void stopSpark() {
        spark.close();
    }

    @BeforeEach
    void look() {
        before = Leftovers.snapshot();
    }

    @AfterEach
    void nothingIsLeft() {
        Leftovers.assertNothingLeftSince(before);
    }

    private static TFCluster cluster(int nodes, Ids.Plan plan) {
        return TFCluster.run(
                spark.session(),
                Ids::reads,
                plan,
                Ids.config(nodes).feed("train", Ids.SCHEMA).build());
    }

    private static Dataset<Row> rate() {
        return spark.session()
                .readStream()
                .format("rate-micro-batch")
                .option("rowsPerBatch", PIECE)
                .option("numPartitions", 2)
                .load();
    }

    private void assertEachOnce(int nodes, int ids) throws IOException {
        int[] counts = Ids.counts(folder, nodes, ids);
        assertThat(Arrays.stream(counts).filter(count -> count != 1).count())
                .as("ids that did not come once")
                .isZero();
    }

    @Test
    void everyRowOfAStreamIsFedOnceUntilItIsStopped() throws Exception {
        int batches = 4;
        MemoryStream<Long> source =
                MemoryStream$.MODULE$.apply(Encoders.LONG(), spark.session().sqlContext());
        try (TFCluster cluster = cluster(2, new Ids.Plan(folder.toString(), batches * PIECE, 64, 0, 0))) {
            assertThatThrownBy(() -> cluster.trainStream(source.toDF(), Map.of("key", "id")))
                    .hasMessageContaining("key missing");
            StreamingQuery query = cluster.trainStream(source.toDF(), Map.of("value", "id"));
            for (long batch = 0; batch < batches; batch++) {
                List<Long> ids = LongStream.range(batch * PIECE, (batch + 1) * PIECE)
                        .boxed()
                        .toList();
                source.addData(JavaConverters.asScalaBuffer(ids).toSeq());
                query.processAllAvailable();
            }
            query.stop();
            Ledger.Epoch fed = cluster.ledger().epoch("train", 0).orElseThrow();
            cluster.shutdown();

            assertThat(fed.rowsTaken()).isEqualTo((long) batches * PIECE);
            assertThat(fed.inputRows()).isEqualTo((long) batches * PIECE);
            assertThat(cluster.ledger().epoch("train", 0).orElseThrow().state()).isEqualTo(Ledger.State.DONE);
        }
        assertEachOnce(2, batches * PIECE);
    }

    @Test
    void aSlowNodeSlowsTheSourceDown() throws Exception {
        int rowsPerSecond = 1_000; // batches of 100, ten a second at most
        try (TFCluster cluster = cluster(1, new Ids.Plan("", 0, 100, 100, 0))) {
            long start = System.nanoTime();
            StreamingQuery query = cluster.trainStream(rate(), Map.of("value", "id"));
            Awaitility.await().atMost(LIMIT).until(() -> query.recentProgress().length >= 5);
            long read = query.lastProgress().batchId() * PIECE;
            double seconds = (System.nanoTime() - start) / 1e9;
            query.stop();
            TrainingReport report = cluster.shutdown();

            assertThat(read).isGreaterThanOrEqualTo(4L * PIECE);
            assertThat(read - 2.0 * PIECE).as("rows read in %.1f s", seconds).isLessThan(seconds * rowsPerSecond);
            assertThat(read)
                    .as("rows read, of which at most a batch is not with the node yet")
                    .isLessThanOrEqualTo(
                            Long.parseLong(report.nodes().get(0).result().get("rows")));
        }
    }

    @Test
    void aNodeThatHasEnoughStopsTheQuery() throws Exception {
        try (TFCluster cluster = cluster(2, new Ids.Plan("", 0, 10, 0, 5))) {
            StreamingQuery query = cluster.trainStream(rate(), Map.of("value", "id"));

            assertThat(query.awaitTermination(LIMIT.toMillis())).isTrue();
            assertThat(query.exception().isEmpty()).isTrue();
            cluster.shutdown();
            assertThat(cluster.ledger().epoch("train", 0).orElseThrow().state()).isEqualTo(Ledger.State.TERMINATED);
        }
    }

    @Test
    @SuppressWarnings("deprecation") // Spark's word for DStreams
    void aDStreamIsFedUntilItsContextStops() throws IOException {
        int batches = 5;
        Queue<JavaRDD<Long>> queue = new ArrayDeque<>();
        for (long batch = 0; batch < batches; batch++) {
            queue.add(spark.context()
                    .parallelize(
                            LongStream.range(batch * PIECE, (batch + 1) * PIECE)
                                    .boxed()
                                    .toList(),
                            3));
        }
        try (TFCluster cluster = cluster(2, new Ids.Plan(folder.toString(), batches * PIECE, 64, 0, 0))) {
            JavaStreamingContext context = new JavaStreamingContext(spark.context(), Milliseconds.apply(200));
            cluster.trainDStream(context.queueStream(queue), Ids.encoder());
            context.start();
            Awaitility.await().atMost(LIMIT).until(() -> cluster.ledger().rowsTaken("train") == (long) batches * PIECE);
            context.stop(false, true);
            cluster.shutdown();
        }
        assertEachOnce(2, batches * PIECE);
    }
}
