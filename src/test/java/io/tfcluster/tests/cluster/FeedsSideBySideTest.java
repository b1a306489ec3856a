package io.tfcluster.tests.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tfcluster.ClusterConfig;
import io.tfcluster.ClusterListener;
import io.tfcluster.EpochReport;
import io.tfcluster.FeedInput;
import io.tfcluster.Ledger;
import io.tfcluster.NodeExitException;
import io.tfcluster.TFCluster;
import io.tfcluster.TrainingReport;
import io.tfcluster.reservation.FeedProgress;
import io.tfcluster.reservation.NodeProgress;
import io.tfcluster.tests.harness.Leftovers;
import io.tfcluster.tests.harness.LocalSpark;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several feeds at once, by several threads: each has its own epochs and its own end. */
final class FeedsSideBySideTest {
    private static LocalSpark spark;

    @BeforeAll
    static void startSpark() {
        spark = LocalSpark.shared(2, 2);
    }

    @AfterAll
    static void stopSpark() {
        spark.close();
    }

    private static ClusterConfig.Builder threeFeeds() {
        return Ids.config(2)
                .feed("train", Ids.SCHEMA)
                .feed("validation", Ids.SCHEMA)
                .feed("inference", Ids.SCHEMA);
    }

    private static FeedInput ids(int rows, int partitions) {
        return FeedInput.of(Ids.rdd(spark.context(), rows, partitions), Ids.encoder());
    }

    private static long rowsOf(TrainingReport report, String feed, int epoch) {
        return report.nodes().stream()
                .mapToLong(node -> {
                    String told = node.result().get(feed).replaceAll("[{} ]", "");
                    for (String entry : told.split(",", -1)) {
                        if (entry.startsWith(epoch + "=")) {
                            return Long.parseLong(entry.substring(entry.indexOf('=') + 1));
                        }
                    }
                    return 0;
                })
                .sum();
    }

    @Test
    void validationFollowsEachEpochWhileInferenceRuns() {
        Leftovers.Snapshot before = Leftovers.snapshot();
        Map<String, FeedProgress> seen = new ConcurrentHashMap<>();
        ClusterListener listener = new ClusterListener() {
            @Override
            public void progress(String node, NodeProgress progress) {
                seen.putAll(progress.feeds());
            }
        };
        try (TFCluster cluster = TFCluster.run(
                spark.session(),
                Ids::readsAll,
                Ids.Plan.of(64),
                threeFeeds().listener(listener).build())) {
            CompletableFuture<List<Long>> answers = CompletableFuture.supplyAsync(
                    () -> cluster.inference(Ids.rdd(spark.context(), 3_000, 3), Ids.encoder())
                            .map(answer -> answer._2().getLong(0))
                            .collect());
            List<EpochReport> epochs = cluster.train(ids(5_000, 5), ids(700, 3), 3);
            List<Long> answered = answers.join();
            TrainingReport report = cluster.shutdown();
            Ledger ledger = cluster.ledger();

            assertThat(answered).isEqualTo(LongStream.range(0, 3_000).boxed().toList());
            assertThat(epochs).extracting(EpochReport::rowsTaken).containsExactly(5_000L, 5_000L, 5_000L);
            for (int epoch = 0; epoch < 3; epoch++) {
                assertThat(rowsOf(report, "train", epoch)).isEqualTo(5_000);
                assertThat(rowsOf(report, "validation", epoch)).isEqualTo(700);
                assertThat(ledger.epoch("validation", epoch).orElseThrow().rowsTaken())
                        .isEqualTo(700);
            }
            assertThat(report.epochs()).hasSize(6);
            assertThat(ledger.epoch("train", 2).orElseThrow().toString())
                    .startsWith("epoch 2 of train: 5,000 of 5,000 rows, 0 repeated = worker:0 ")
                    .contains(" + worker:1 ");
            assertThat(seen.keySet()).containsExactlyInAnyOrder("train", "validation", "inference");
            assertThat(seen.get("train").bufferLimit()).isEqualTo(64L << 20);
        }
        Leftovers.assertNothingLeftSince(before);
    }

    @Test
    void aRunningEpochIsInTheLedgerWithWhatNodesHaveAndContradictionsAreErrors() {
        try (TFCluster cluster = TFCluster.run(
                spark.session(),
                Ids::readsAll,
                new Ids.Plan("", 0, 10, 20, 0),
                threeFeeds().feedBufferBytes(1 << 20).build())) {
            CompletableFuture<List<EpochReport>> feeding =
                    CompletableFuture.supplyAsync(() -> cluster.feed("train", ids(3_000, 6), 1));
            Awaitility.await()
                    .atMost(Duration.ofSeconds(20))
                    .untilAsserted(() ->
                            assertThat(cluster.ledger().rowsTaken("train")).isPositive());
            Ledger.Epoch running = cluster.ledger().epoch("train", 0).orElseThrow();

            assertThat(running.state()).isEqualTo(Ledger.State.RUNNING);
            assertThat(running.partitions()).isEqualTo(6);
            assertThatThrownBy(() -> cluster.feed("train", ids(10, 1), 1))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("being fed by another call (feed)");
            assertThatThrownBy(() -> cluster.endFeed("train")).hasMessageContaining("being fed by another call");
            assertThatThrownBy(() -> cluster.feed("test", ids(10, 1), 1))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("no feed \"test\", only [inference, train, validation]");
            assertThatThrownBy(() -> cluster.feed("validation", ids(10, 1), -1)).hasMessageContaining("got -1");

            assertThat(feeding.join()).extracting(EpochReport::rowsTaken).containsExactly(3_000L);
            assertThat(cluster.feed("train", ids(100, 1), 1))
                    .extracting(EpochReport::epoch)
                    .containsExactly(1L);
            assertThat(cluster.feedMore("validation", ids(40, 2))).isTrue();
            assertThat(cluster.feedMore("validation", ids(2, 1))).isTrue();
            assertThatThrownBy(() -> cluster.feed("validation", ids(10, 1), 1)).hasMessageContaining("fed by a stream");
            cluster.endFeed("train");
            assertThatThrownBy(() -> cluster.train(ids(10, 1), 1)).hasMessageContaining("has ended");
            TrainingReport report = cluster.shutdown();

            assertThat(rowsOf(report, "train", 0)).isEqualTo(3_000);
            assertThat(rowsOf(report, "train", 1)).isEqualTo(100);
            assertThat(rowsOf(report, "validation", 0)).isEqualTo(42);
            assertThat(cluster.ledger().epoch("validation", 0).orElseThrow().state())
                    .isEqualTo(Ledger.State.DONE);
        }
    }

    @Test
    void twoClustersInOneApplicationDoNotMixEvenIfOneFails(@TempDir Path folder) throws Exception {
        int rows = 4_000;
        Path ours = Files.createDirectory(folder.resolve("ours"));
        Path theirs = Files.createDirectory(folder.resolve("theirs"));
        FeedInput first = ids(rows, 4);
        FeedInput second = FeedInput.of(
                spark.context()
                        .parallelize(LongStream.range(rows, 2L * rows).boxed().toList(), 4),
                Ids.encoder());
        try (TFCluster one = sideBySide(ours, 2 * rows);
                TFCluster two = sideBySide(theirs, 2 * rows);
                TFCluster broken = TFCluster.run(
                        spark.session(),
                        Mains::throwsAtOnce,
                        "",
                        Ids.config(1).feed("train", Ids.SCHEMA).build())) {
            CompletableFuture<List<EpochReport>> besides = CompletableFuture.supplyAsync(() -> two.train(second, 1));
            assertThatThrownBy(broken::shutdown).isInstanceOf(NodeExitException.class);
            one.train(first, 1);
            besides.get(120, TimeUnit.SECONDS);
            one.shutdown();
            two.shutdown();
        }

        int[] counted = Ids.counts(ours, 1, 2 * rows);
        int[] others = Ids.counts(theirs, 1, 2 * rows);
        for (int id = 0; id < 2 * rows; id++) {
            assertThat(counted[id]).as("row %d of one", id).isEqualTo(id < rows ? 1 : 0);
            assertThat(others[id]).as("row %d of the other", id).isEqualTo(id < rows ? 0 : 1);
        }
    }

    private static TFCluster sideBySide(Path folder, int ids) {
        return TFCluster.run(
                spark.session(),
                Ids::reads,
                new Ids.Plan(folder.toString(), ids, 64, 1, 0),
                Ids.config(1).feed("train", Ids.SCHEMA).build());
    }
}
