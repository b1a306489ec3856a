package io.tfcluster.feeding;

import static io.tfcluster.feeding.TestNode.async;
import static io.tfcluster.feeding.TestNode.feedIds;
import static io.tfcluster.feeding.TestNode.partition;
import static io.tfcluster.feeding.TestNode.targets;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tfcluster.transport.ClusterSecret;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Nodes that end, break, refuse or cannot be reached while they are fed, and inputs that break. */
@Timeout(60)
final class FeederFailureTest {
    private static final FeedOptions SMALL = FeedOptions.DEFAULTS.withBlockBytes(4096);

    @TempDir
    Path folder;

    private final ClusterSecret secret = ClusterSecret.random();

    private TestNode node(String name, boolean unix, long bufferBytes) {
        return new TestNode(
                name, secret, TestNode.IDS, unix ? folder.resolve(name) : null, feed -> feed.buffer(bufferBytes));
    }

    @Test
    void whenOneNodeTerminatesTheOthersKeepTheRowsTheyGot() throws Exception {
        try (TestNode one = node("one", false, 64 << 10);
                TestNode other = node("other", false, 64 << 10)) {
            CompletableFuture<FeedResult> fed =
                    async(() -> feedIds(secret, partition(0), 0, 10_000_000, SMALL, one, other));
            await().until(() -> one.reader().stats().bufferedBytes() > 10_000
                    && other.reader().stats().bufferedBytes() > 10_000);

            one.reader().terminate();

            assertThat(fed.get(1, TimeUnit.SECONDS).terminated()).isTrue();
            await().until(() -> other.reader().stats().connections() == 0);
            long buffered = other.reader().stats().bufferedBytes();
            assertThat(buffered).isGreaterThan(10_000);
            other.server.endFeed("train");
            assertThat(other.drain(100, 0).get(5, TimeUnit.SECONDS)).hasSize((int) (buffered / 20));
        }
    }

    @Test
    void aNodeThatIsDoneMayCloseWhileAnotherOneStillConsumes() throws Exception {
        TestNode quick = node("quick", false, 1 << 20);
        try (TestNode slow = node("slow", false, 1 << 20)) {
            CompletableFuture<FeedResult> fed = async(() -> feedIds(secret, partition(0), 0, 1000, SMALL, quick, slow));
            await().until(() -> quick.reader().stats().bufferedBytes()
                            + slow.reader().stats().bufferedBytes()
                    == 20_000);
            int quickRows = (int) quick.reader().stats().bufferedBytes() / 20;
            quick.reader().next(quickRows).close();
            await().during(Duration.ofMillis(100)).until(() -> !fed.isDone());
            quick.close();
            slow.reader().next(1000 - quickRows).close();

            assertThat(fed.get(5, TimeUnit.SECONDS).rows()).containsEntry("quick", (long) quickRows);
        }
    }

    @RepeatedTest(100)
    void aNodeThatClosesMidFeedIsNamedWithWhatItTook() throws Exception {
        TestNode node = node("worker:1", false, 1 << 20);
        CompletableFuture<FeedResult> fed =
                async(() -> feedIds(secret, new FeedPartition("train", 2, 5, 7), 0, 10_000_000, SMALL, node));
        try (RowBatch batch = node.reader().next(5000)) {
            assertThat(batch.rows()).isEqualTo(5000);
        }

        node.close();

        assertThatThrownBy(() -> fed.get(5, TimeUnit.SECONDS))
                .cause()
                .isInstanceOf(FeedException.class)
                .hasMessageContaining("worker:1")
                .hasMessageContaining("feed train, epoch 2, partition 5 (attempt 7)")
                .hasMessageContaining("closed its feeds")
                .hasMessageContaining("rows acknowledged so far: worker:1 4")
                .hasMessageContaining("log of worker:1");
    }

    @Test
    void aFailureOnTheNodeReachesFeederAndReader() throws Exception {
        try (TestNode node = node("a", true, 1 << 20)) {
            CompletableFuture<FeedResult> fed = async(() -> feedIds(secret, partition(0), 0, 10_000_000, SMALL, node));
            await().until(() -> node.reader().stats().bufferedBytes() > 0);

            node.server.fail(new IllegalStateException("worker:3 died"));

            assertThatThrownBy(() -> fed.get(5, TimeUnit.SECONDS)).hasMessageContaining("worker:3 died");
            assertThatThrownBy(() -> node.reader().next(1)).hasMessageContaining("worker:3 died");
        }
    }

    @Test
    void aBrokenIteratorIsReportedWithPartitionAndRowAndItsUnreadRowsAreDropped() {
        try (TestNode node = node("a", true, 1 << 20)) {
            Iterator<Long> broken = LongStream.range(0, 5000)
                    .peek(i -> {
                        if (i == 4321) {
                            throw new IllegalArgumentException("disk on fire");
                        }
                    })
                    .iterator();

            assertThatThrownBy(() -> PartitionFeeder.feed(
                            partition(3), broken, TestNode.IDS, TestNode.IDS_ENCODER, targets(node), secret, SMALL))
                    .isInstanceOf(FeedException.class)
                    .hasMessageContaining("row 4321 of feed train, epoch 0, partition 3")
                    .hasMessageContaining("disk on fire");
            await().until(() -> node.reader().stats().connections() == 0);
            assertThat(node.reader().stats().bufferedBytes()).isZero();
        }
    }

    @Test
    void anUnreachableNodeIsLeftOutAndNamedUnlessItIsTheOnlyOne() throws Exception {
        FeedTarget dead = new FeedTarget("dead", "127.0.0.1", 1, "");
        try (TestNode node = node("a", true, 1 << 20)) {
            CompletableFuture<FeedResult> fed = async(() -> PartitionFeeder.feed(
                    partition(0),
                    LongStream.range(0, 100).iterator(),
                    TestNode.IDS,
                    TestNode.IDS_ENCODER,
                    List.of(dead, node.target()),
                    secret,
                    SMALL));
            node.reader().next(100).close();

            assertThat(fed.get(5, TimeUnit.SECONDS).events())
                    .singleElement()
                    .asString()
                    .contains("dead left out");
            assertThatThrownBy(() -> PartitionFeeder.feed(
                            partition(0),
                            LongStream.range(0, 100).iterator(),
                            TestNode.IDS,
                            TestNode.IDS_ENCODER,
                            List.of(dead),
                            secret,
                            SMALL))
                    .isInstanceOf(FeedException.class)
                    .hasMessageContaining("no node can be reached");
        }
    }

    @Test
    void aNodeThatTakesNothingEndsTheTaskAfterTheFeedTimeout() {
        try (TestNode node = node("a", true, 1 << 20)) {
            assertThatThrownBy(() -> feedIds(
                            secret, partition(0), 0, 10_000_000, SMALL.withFeedTimeout(Duration.ofMillis(300)), node))
                    .isInstanceOf(FeedTimeoutException.class)
                    .hasMessageContaining("a 0 of ")
                    .hasMessageContaining("raise feedTimeout");
        }
    }

    @Test
    void aRowLargerThanTheNodesBufferIsRefusedWithBothSizes() {
        FeedSchema schema = FeedSchema.builder().binary("jpeg").build();
        RowEncoder<byte[]> encoder = (bytes, out) -> out.putBytes(bytes);
        try (TestNode node = new TestNode("a", secret, schema, folder.resolve("a"), feed -> feed.buffer(10_000))) {
            assertThatThrownBy(() -> PartitionFeeder.feed(
                            partition(0),
                            List.of(new byte[10_001]).iterator(),
                            schema,
                            encoder,
                            targets(node),
                            secret,
                            FeedOptions.DEFAULTS))
                    .isInstanceOf(FeedException.class)
                    .hasMessageContaining("10009 bytes")
                    .hasMessageContaining("raise the feed's bufferBytes");
        }
    }
}
