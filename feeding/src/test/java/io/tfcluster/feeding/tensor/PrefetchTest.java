package io.tfcluster.feeding.tensor;

import static io.tfcluster.feeding.TestNode.IDS;
import static io.tfcluster.feeding.TestNode.async;
import static io.tfcluster.feeding.TestNode.feedIds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tfcluster.feeding.FeedException;
import io.tfcluster.feeding.FeedOptions;
import io.tfcluster.feeding.FeedPartition;
import io.tfcluster.feeding.FeedResult;
import io.tfcluster.feeding.FeedTimeoutException;
import io.tfcluster.feeding.PartitionFeeder;
import io.tfcluster.feeding.TestNode;
import io.tfcluster.transport.ClusterSecret;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.types.TInt64;

@Timeout(60)
final class PrefetchTest {
    @TempDir
    Path folder;

    private final ClusterSecret secret = ClusterSecret.random();
    private TestNode node;
    private DataFeed feed;

    @BeforeEach
    void start() {
        node = new TestNode(
                "a", secret, IDS, folder.resolve("a"), config -> config.prefetch(3), Duration.ofMillis(1_500));
        feed = DataFeed.of(node.server, "train");
    }

    @AfterEach
    void stop() {
        node.close();
        await().until(() -> Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().startsWith("feed-prefetch")));
    }

    private CompletableFuture<FeedResult> fed(long epoch, long from, long to) {
        return async(
                () -> feedIds(secret, new FeedPartition("train", epoch, 0, 0), from, to, FeedOptions.DEFAULTS, node));
    }

    private static List<Long> ids(Batch batch) {
        List<Long> ids = new ArrayList<>();
        for (int row = 0; row < batch.rows(); row++) {
            ids.add(((TInt64) batch.tensor("id")).getLong(row));
        }
        return ids;
    }

    @Test
    void theSameBatchesComeAsWithoutAndTheyAreMadeAhead() throws Exception {
        CompletableFuture<FeedResult> first = fed(0, 0, 95);
        List<Long> all = new ArrayList<>();
        try (Batch batch = feed.nextBatch(10)) {
            all.addAll(ids(batch));
        }
        await().until(() -> feed.stats().prefetchedRows() == 30);
        assertThat(feed.stats().rows()).isEqualTo(10);
        assertThat(feed.position().done(0).get(0).ranges()).containsOnly(Map.entry(0L, 10L));
        for (int i = 0; i < 8; i++) {
            try (Batch batch = feed.nextBatch(10)) {
                all.addAll(ids(batch));
            }
        }
        assertThat(first.get(10, TimeUnit.SECONDS).totalRows()).isEqualTo(95);
        node.server.endEpoch("train", 0);
        try (Batch batch = feed.nextBatch(10)) {
            assertThat(batch.rows()).isEqualTo(5);
            assertThat(batch.endOfEpoch()).isTrue();
            all.addAll(ids(batch));
        }
        assertThat(feed.shouldStop()).isFalse();
        node.server.endFeed("train");
        try (Batch batch = feed.nextBatch(10)) {
            assertThat(batch.rows()).isZero();
        }
        await().until(feed::shouldStop);
        assertThat(all).isEqualTo(LongStream.range(0, 95).boxed().toList());
    }

    @Test
    void whoMakesDoGetsWhatThereIs() throws Exception {
        CompletableFuture<FeedResult> first = fed(0, 0, 14);
        try (Batch batch = feed.nextBatch(10)) {
            assertThat(batch.rows()).isEqualTo(10);
        }
        try (Batch batch = feed.poll(10, () -> true).orElseThrow()) {
            assertThat(ids(batch)).containsExactly(10L, 11L, 12L, 13L);
        }
        assertThat(feed.poll(10, () -> true)).isEmpty();
        first.get(10, TimeUnit.SECONDS);
        CompletableFuture<FeedResult> second = fed(1, 14, 24);
        try (Batch batch = feed.nextBatch(10)) {
            assertThat(ids(batch)).hasSize(10);
        }
        second.get(10, TimeUnit.SECONDS);
    }

    @Test
    void anotherBatchSizeIsAnErrorThatNamesBoth() throws Exception {
        CompletableFuture<FeedResult> fed = fed(0, 0, 20);
        feed.nextBatch(10).close();
        assertThatThrownBy(() -> feed.nextBatch(11)).hasMessageContaining("batches of 10 rows, asked for 11");
        feed.nextBatch(10).close();
        fed.get(10, TimeUnit.SECONDS);
    }

    @Test
    void onlyWhoWaitsTimesOut() {
        CompletableFuture<FeedResult> fed = fed(0, 0, 10);
        feed.nextBatch(10).close();
        await().pollDelay(Duration.ofMillis(2_500)).until(fed::isDone); // longer than the feed timeout
        assertThat(feed.shouldStop()).isFalse();
        assertThatThrownBy(() -> feed.nextBatch(10)).isInstanceOf(FeedTimeoutException.class);
    }

    @Test
    void terminatingDropsWhatWasMade() throws Exception {
        CompletableFuture<FeedResult> fed = fed(0, 0, 100_000);
        feed.nextBatch(10).close();
        await().until(() -> feed.stats().prefetchedRows() == 30);
        feed.terminate();
        assertThat(feed.shouldStop()).isTrue();
        assertThat(feed.stats().prefetchedRows()).isZero();
        assertThat(fed.get(10, TimeUnit.SECONDS).terminated()).isTrue();
    }

    @Test
    void rowsThatWantResultsAreRefused() {
        CompletableFuture<Boolean> fed = async(() -> PartitionFeeder.infer(
                        new FeedPartition("train", 0, 0, 0),
                        LongStream.range(0, 50).iterator(),
                        IDS,
                        TestNode.IDS_ENCODER,
                        List.of(node.target()),
                        secret,
                        FeedOptions.DEFAULTS)
                .hasNext());
        assertThatThrownBy(() -> feed.nextBatch(10)).hasMessageContaining("declare it without prefetch");
        node.close();
        assertThatThrownBy(() -> fed.get(10, TimeUnit.SECONDS)).hasRootCauseInstanceOf(RuntimeException.class);
    }

    @Test
    void aFailureReachesTheReader() {
        node.server.fail(new IllegalStateException("the driver is gone"));
        assertThatThrownBy(() -> feed.nextBatch(10))
                .isInstanceOf(FeedException.class)
                .hasMessageContaining("the driver is gone");
    }
}
