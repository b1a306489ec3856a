package io.tfcluster.feeding;

import static io.tfcluster.feeding.TestNode.async;
import static io.tfcluster.feeding.TestNode.feedIds;
import static io.tfcluster.feeding.TestNode.ids;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tfcluster.transport.ClusterSecret;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
final class FeedReaderTest {
    private static final FeedOptions SMALL = FeedOptions.DEFAULTS.withBlockBytes(200);

    @TempDir
    Path folder;

    private final ClusterSecret secret = ClusterSecret.random();
    private TestNode node;

    @BeforeEach
    void start() {
        node = new TestNode("a", secret, TestNode.IDS, folder.resolve("a"), feed -> feed, Duration.ofMillis(1500));
    }

    @AfterEach
    void stop() {
        node.close();
    }

    private FeedPartition epoch(long epoch) {
        return new FeedPartition("train", epoch, 0, 0);
    }

    private CompletableFuture<FeedResult> feed(long epoch, long from, long to) {
        return async(() -> feedIds(secret, epoch(epoch), from, to, SMALL, node));
    }

    @Test
    void theFeedTaskFinishesAlthoughTheLastRowsDoNotFillABatch() throws Exception {
        CompletableFuture<RowBatch> waiting = async(() -> node.reader().next(100));

        assertThat(feed(0, 0, 37).get(5, TimeUnit.SECONDS).totalRows()).isEqualTo(37);
        assertThat(waiting).isNotDone();
        node.server.endEpoch("train", 0);

        try (RowBatch batch = waiting.get(5, TimeUnit.SECONDS)) {
            assertThat(ids(batch)).isEqualTo(LongStream.range(0, 37).boxed().toList());
            assertThat(batch.endOfEpoch()).isTrue();
        }
        assertThat(node.reader().shouldStop()).isFalse();
    }

    @Test
    void batchesNeverMixEpochsAndAnEndThatCameLateIsToldByABatchWithoutRows() throws Exception {
        CompletableFuture<FeedResult> zeroth = feed(0, 0, 10);
        try (RowBatch batch = node.reader().next(10)) {
            assertThat(batch.endOfEpoch()).isFalse();
        }
        zeroth.get(5, TimeUnit.SECONDS);
        node.server.endEpoch("train", 0);
        try (RowBatch batch = node.reader().next(10)) {
            assertThat(batch.rows()).isZero();
            assertThat(batch.epoch()).isZero();
            assertThat(batch.endOfEpoch()).isTrue();
        }
        CompletableFuture<FeedResult> first = feed(1, 10, 15);
        await().until(() -> node.reader().stats().bufferedBytes() == 5 * 20);
        CompletableFuture<FeedResult> second = feed(2, 15, 35);
        await().until(() -> node.reader().stats().bufferedBytes() == 25 * 20);

        try (RowBatch batch = node.reader().next(10)) {
            assertThat(batch.rows()).isEqualTo(5);
            assertThat(batch.epoch()).isEqualTo(1);
        }
        try (RowBatch batch = node.reader().next(10)) {
            assertThat(batch.rows()).isEqualTo(10);
            assertThat(batch.epoch()).isEqualTo(2);
            assertThat(batch.endOfEpoch()).isFalse();
        }
        node.server.endEpoch("train", 2);
        try (RowBatch batch = node.reader().next(10)) {
            assertThat(batch.rows()).isEqualTo(10);
            assertThat(batch.endOfEpoch()).isTrue();
        }
        first.get(5, TimeUnit.SECONDS);
        second.get(5, TimeUnit.SECONDS);
    }

    /** The driver's word comes over another connection, and later than the next rows where the node is slow to hear. */
    @Test
    void rowsThatAreFasterThanTheEndOfTheEpochBeforeBringItAlong() throws Exception {
        CompletableFuture<FeedResult> zeroth = feed(0, 0, 10);
        try (RowBatch batch = node.reader().next(10)) {
            assertThat(batch.endOfEpoch()).isFalse();
        }
        zeroth.get(5, TimeUnit.SECONDS);

        CompletableFuture<FeedResult> first =
                async(() -> feedIds(secret, epoch(1), 10, 20, SMALL.withEndedEpoch(0), node));
        await().until(() -> node.reader().stats().bufferedBytes() == 10 * 20);

        assertThat(told()).isEqualTo("epoch 0 ended");
        node.server.endEpoch("train", 0);
        node.server.endEpoch("train", 1);
        assertThat(told()).isEqualTo("10 rows of epoch 1 ended");
        first.get(5, TimeUnit.SECONDS);
        assertThatThrownBy(() -> node.reader().next(10)).isInstanceOf(FeedTimeoutException.class);
    }

    @Test
    void eachEndIsToldOnceAlthoughTheReaderComesLate() throws Exception {
        CompletableFuture<FeedResult> zeroth = feed(0, 0, 10);
        try (RowBatch batch = node.reader().next(10)) {
            assertThat(batch.endOfEpoch()).isFalse();
        }
        zeroth.get(5, TimeUnit.SECONDS);
        node.server.endEpoch("train", 0);
        node.server.endEpoch("train", 1); // had no rows for this node
        CompletableFuture<FeedResult> second = feed(2, 10, 20);
        await().until(() -> node.reader().stats().bufferedBytes() == 10 * 20);
        node.server.endEpoch("train", 2);

        assertThat(List.of(told(), told(), told()))
                .containsExactly("epoch 0 ended", "epoch 1 ended", "10 rows of epoch 2 ended");
        second.get(5, TimeUnit.SECONDS);
    }

    /** Says what the next batch tells. */
    private String told() {
        try (RowBatch batch = node.reader().next(10)) {
            return (batch.rows() == 0 ? "" : batch.rows() + " rows of ") + "epoch " + batch.epoch()
                    + (batch.endOfEpoch() ? " ended" : "");
        }
    }

    @Test
    void anEpochWithoutRowsOnThisNodeStillEnds() {
        node.server.endEpoch("train", 0);
        try (RowBatch batch = node.reader().next(10)) {
            assertThat(batch.rows()).isZero();
            assertThat(batch.endOfEpoch()).isTrue();
        }
        assertThatThrownBy(() -> node.reader().next(10)).isInstanceOf(FeedTimeoutException.class);
    }

    @Test
    void endFeedHandsOutTheRestThenAnEmptyBatchAndRefusesNewFeeders() throws Exception {
        CompletableFuture<RowBatch> waiting = async(() -> node.reader().next(100));
        feed(0, 0, 37).get(5, TimeUnit.SECONDS);

        node.server.endFeed("train");

        try (RowBatch batch = waiting.get(5, TimeUnit.SECONDS)) {
            assertThat(batch.rows()).isEqualTo(37);
        }
        assertThat(node.reader().shouldStop()).isTrue();
        try (RowBatch batch = node.reader().next(100)) {
            assertThat(batch.rows()).isZero();
        }
        assertThatThrownBy(() -> feedIds(secret, epoch(1), 0, 5, SMALL, node))
                .isInstanceOf(FeedException.class)
                .hasMessageContaining("node a refused")
                .hasMessageContaining("feed train has ended on this node");
    }

    @Test
    void waitingForRowsEndsWithTheFeedTimeout() {
        assertThatThrownBy(() -> node.reader().next(10))
                .isInstanceOf(FeedTimeoutException.class)
                .hasMessageContaining("no rows of feed train came for 1 s; 0 feeders connected")
                .hasMessageContaining("raise feedTimeout");
    }

    @Test
    void toldToMakeDoAPollGivesWhatIsThereWithinTheShortPatience() throws Exception {
        AtomicBoolean makeDo = new AtomicBoolean();
        CountDownLatch more = new CountDownLatch(1);
        CompletableFuture<FeedResult> slow = async(() -> PartitionFeeder.feed(
                epoch(0),
                LongStream.range(0, 100)
                        .peek(i -> {
                            if (i == 30) {
                                try {
                                    more.await(10, TimeUnit.SECONDS);
                                } catch (InterruptedException e) {
                                    throw new IllegalStateException(e);
                                }
                            }
                        })
                        .iterator(),
                TestNode.IDS,
                TestNode.IDS_ENCODER,
                TestNode.targets(node),
                secret,
                SMALL));
        CompletableFuture<Optional<RowBatch>> polled = async(() -> node.reader().poll(64, makeDo::get));
        await().until(() -> node.reader().stats().bytes() == 600);
        assertThat(polled).isNotDone();

        long start = System.nanoTime();
        makeDo.set(true);

        try (RowBatch batch = polled.get(5, TimeUnit.SECONDS).orElseThrow()) {
            assertThat(ids(batch)).isEqualTo(LongStream.range(0, 30).boxed().toList());
        }
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(Duration.ofMillis(19), Duration.ofSeconds(5));
        assertThat(node.reader().poll(64, makeDo::get)).isEmpty();
        more.countDown();
        try (RowBatch batch = node.reader().next(70)) {
            assertThat(batch.rows()).isEqualTo(70);
        }
        slow.get(5, TimeUnit.SECONDS);
        long again = System.nanoTime();
        await().until(() -> node.reader().stats().connections() == 0);
        assertThat(node.reader().poll(64, () -> true)).isEmpty();
        assertThat(System.nanoTime() - again).isLessThan(TimeUnit.SECONDS.toNanos(5));
    }

    @Test
    void terminateWhileABatchIsWaitedForGivesAnEmptyBatch() throws Exception {
        CompletableFuture<RowBatch> waiting = async(() -> node.reader().next(100));
        feed(0, 0, 37).get(5, TimeUnit.SECONDS);

        node.reader().terminate();

        assertThat(waiting.get(5, TimeUnit.SECONDS).rows()).isZero();
        assertThat(node.reader().shouldStop()).isTrue();
    }

    @Test
    void rowsOfAClosedBatchCannotBeRead() throws Exception {
        CompletableFuture<FeedResult> fed = feed(0, 0, 10);
        RowBatch batch = node.reader().next(10);
        fed.get(5, TimeUnit.SECONDS);
        batch.close();
        batch.close();

        assertThatThrownBy(() -> ids(batch)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void anUnknownFeedIsAnErrorThatNamesTheKnownOnes() {
        assertThatThrownBy(() -> node.server.reader("test")).hasMessageContaining("no feed test on a; it has [train]");
        assertThatThrownBy(() -> node.reader().next(0)).hasMessageContaining("asked for 0");
    }
}
