package io.tfcluster.feeding;

import static io.tfcluster.feeding.TestNode.IDS;
import static io.tfcluster.feeding.TestNode.IDS_ENCODER;
import static io.tfcluster.feeding.TestNode.async;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tfcluster.transport.ClusterSecret;
import io.tfcluster.transport.SecureChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** No row twice, none lost, whatever becomes of the attempts to feed a partition. */
@Timeout(60)
final class FeedLedgerTest {
    private static final FeedOptions SMALL =
            FeedOptions.DEFAULTS.withBlockBytes(400).withFeedTimeout(Duration.ofSeconds(30));

    @TempDir
    Path folder;

    private final ClusterSecret secret = ClusterSecret.random();
    private final List<TestNode> nodes = new ArrayList<>();

    private TestNode node(String name) {
        TestNode node = new TestNode(name, secret, IDS, folder.resolve(name), feed -> feed.buffer(20_000));
        nodes.add(node);
        return node;
    }

    @AfterEach
    void stop() {
        nodes.forEach(TestNode::close);
    }

    private FeedResult feed(int partition, long attempt, Iterator<Long> ids) {
        return PartitionFeeder.feed(
                new FeedPartition("train", 0, partition, attempt),
                ids,
                IDS,
                IDS_ENCODER,
                nodes.stream().map(TestNode::target).toList(),
                secret,
                SMALL);
    }

    private static Iterator<Long> ids(long from, long to) {
        return LongStream.range(from, to).iterator();
    }

    /** Fails before the row with that number. */
    private static Iterator<Long> failingAt(long row, long from, long to) {
        Iterator<Long> all = ids(from, to);
        return new Iterator<>() {
            private long next;

            @Override
            public boolean hasNext() {
                return all.hasNext();
            }

            @Override
            public Long next() {
                if (next++ == row) {
                    throw new IllegalStateException("the disk broke");
                }
                return all.next();
            }
        };
    }

    private List<Long> endAndCollect(List<CompletableFuture<List<Long>>> readers) throws Exception {
        nodes.forEach(node -> node.server.endFeed("train"));
        List<Long> all = new ArrayList<>();
        for (CompletableFuture<List<Long>> reader : readers) {
            all.addAll(reader.get(20, TimeUnit.SECONDS));
        }
        return all.stream().sorted().toList();
    }

    @Test
    void attemptsThatBreakAnywhereLeaveEveryRowOnce() throws Exception {
        node("a");
        node("b");
        node("c");
        List<CompletableFuture<List<Long>>> readers = List.of(
                nodes.get(0).drain(7, 0),
                nodes.get(1).drain(64, 300),
                nodes.get(2).drain(1, 0));
        Random random = new Random(7);
        for (int partition = 0; partition < 12; partition++) {
            long from = partition * 1_000L;
            for (int attempt = 0; attempt < 3; attempt++) {
                int number = partition;
                int broken = attempt;
                assertThatThrownBy(() -> feed(number, broken, failingAt(random.nextInt(1_000), from, from + 1_000)))
                        .hasMessageContaining("the disk broke");
            }
            FeedResult result = feed(partition, 3, ids(from, from + 1_000));
            assertThat(result.totalRows()).isEqualTo(1_000);
            assertThat(result.inputRows()).isEqualTo(1_000);
        }
        assertThat(endAndCollect(readers))
                .isEqualTo(LongStream.range(0, 12_000).boxed().toList());
    }

    @Test
    void aPartitionsEndIsToldOnceWhateverItsAttempts() throws Exception {
        TestNode node = node("a");
        CompletableFuture<List<Integer>> ended = async(() -> {
            List<Integer> all = new ArrayList<>();
            int rows = 0;
            while (!node.reader().shouldStop()) {
                try (RowBatch batch = node.reader().next(30)) {
                    rows += batch.rows();
                    all.addAll(batch.endedPartitions());
                    assertThat(all.stream()
                                    .mapToInt(partition -> partition * 50)
                                    .sum())
                            .as("rows of partitions that have ended")
                            .isLessThanOrEqualTo(rows);
                }
            }
            return all;
        });
        for (int partition = 0; partition < 4; partition++) { // of 0, 50, 100 and 150 rows
            int number = partition;
            if (partition > 0) {
                assertThatThrownBy(() -> feed(number, 0, failingAt(number * 30L, 0, number * 50L)))
                        .hasMessageContaining("the disk broke");
            }
            feed(partition, 1, ids(0, partition * 50L));
        }
        node.server.endEpoch("train", 0);
        node.server.endFeed("train");
        assertThat(ended.get(20, TimeUnit.SECONDS)).containsExactlyInAnyOrder(0, 1, 2, 3);
    }

    @Test
    void aCopyWaitsForTheFirstAndTakesNoRow() throws Exception {
        node("a");
        node("b");
        CountDownLatch halfway = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        CompletableFuture<FeedResult> first = async(() -> feed(0, 1, new Iterator<>() {
            private final Iterator<Long> all = ids(0, 500);
            private int next;

            @Override
            public boolean hasNext() {
                return all.hasNext();
            }

            @Override
            public Long next() {
                if (next++ == 250) {
                    halfway.countDown();
                    try {
                        assertThat(goOn.await(20, TimeUnit.SECONDS)).isTrue();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                }
                return all.next();
            }
        }));
        List<CompletableFuture<List<Long>>> readers =
                List.of(nodes.get(0).drain(10, 0), nodes.get(1).drain(10, 0));
        assertThat(halfway.await(20, TimeUnit.SECONDS)).isTrue();
        AtomicInteger read = new AtomicInteger();
        CompletableFuture<FeedResult> copy = async(() -> feed(
                0,
                2,
                LongStream.range(0, 500).peek(id -> read.incrementAndGet()).iterator()));
        assertThatThrownBy(() -> copy.get(3, TimeUnit.SECONDS))
                .isInstanceOf(java.util.concurrent.TimeoutException.class);
        goOn.countDown();

        assertThat(copy.get(20, TimeUnit.SECONDS).rows())
                .isEqualTo(first.get(20, TimeUnit.SECONDS).rows());
        assertThat(copy.get().events()).anyMatch(event -> event.contains("completed by another attempt"));
        assertThat(read).hasValue(0);
        assertThat(endAndCollect(readers))
                .isEqualTo(LongStream.range(0, 500).boxed().toList());
    }

    @Test
    void aCopyTakesOverWhenTheFirstIsGone() throws Exception {
        node("a");
        List<CompletableFuture<List<Long>>> readers = List.of(nodes.get(0).drain(10, 0));
        CountDownLatch fail = new CountDownLatch(1);
        CompletableFuture<FeedResult> first = async(() -> feed(
                0,
                1,
                LongStream.range(0, 500)
                        .peek(id -> {
                            if (id == 100) {
                                try {
                                    fail.await(20, TimeUnit.SECONDS);
                                } catch (InterruptedException e) {
                                    throw new IllegalStateException(e);
                                }
                                throw new IllegalStateException("killed");
                            }
                        })
                        .iterator()));
        await().until(() -> nodes.get(0).reader().stats().rows() > 0);
        CompletableFuture<FeedResult> copy = async(() -> feed(0, 2, ids(0, 500)));
        fail.countDown();

        assertThatThrownBy(() -> first.get(20, TimeUnit.SECONDS)).hasMessageContaining("killed");
        assertThat(copy.get(20, TimeUnit.SECONDS).totalRows()).isEqualTo(500);
        assertThat(endAndCollect(readers))
                .isEqualTo(LongStream.range(0, 500).boxed().toList());
    }

    @Test
    void aFeederThatShowsNoLifeLosesItsPartitionToTheCopyThatWaits() throws Exception {
        TestNode node = node("a");
        List<CompletableFuture<List<Long>>> readers = List.of(node.drain(10, 0));
        FeedTarget target = TestNode.targets(node).get(0);
        try (SecureChannel frozen = SecureChannel.connect(
                java.net.UnixDomainSocketAddress.of(target.unixPath()), secret, "feed", Duration.ofSeconds(5))) {
            Wire.Open open = new Wire.Open(
                    new FeedPartition("train", 0, 0, 1), false, 400, IDS, Wire.ASK, List.of("a"), null, -1);
            frozen.writeFrame(Wire.open(open), Duration.ofSeconds(5));
            assertThat(frozen.readFrame(1000, Duration.ofSeconds(5)).get()).isEqualTo(Wire.GRANTED);

            assertThat(feed(0, 2, ids(0, 100)).totalRows()).isEqualTo(100); // after 10 s of silence
        }
        assertThat(endAndCollect(readers)).hasSize(100);
    }

    @Test
    void anAttemptUnderAnOldLeaseIsRefused() throws Exception {
        TestNode node = node("a");
        List<CompletableFuture<List<Long>>> readers = List.of(node.drain(10, 0));
        assertThat(feed(0, 2, ids(0, 100)).totalRows()).isEqualTo(100);
        FeedTarget target = node.target();
        try (SecureChannel zombie = SecureChannel.connect(
                java.net.UnixDomainSocketAddress.of(target.unixPath()), secret, "feed", Duration.ofSeconds(5))) {
            Wire.Open open =
                    new Wire.Open(new FeedPartition("train", 0, 0, 1), false, 400, IDS, 1, List.of(), null, -1);
            zombie.writeFrame(Wire.open(open), Duration.ofSeconds(5));
            var answer = zombie.readFrame(1000, Duration.ofSeconds(5));
            assertThat(answer.get()).isEqualTo(Wire.REFUSE);
            assertThat(Wire.readText(answer)).contains("superseded");
        }
        node.server.endEpoch("train", 0);
        assertThatThrownBy(() -> feed(0, 3, ids(0, 100))).hasMessageContaining("is over");
        assertThat(endAndCollect(readers)).hasSize(100);
    }

    @Test
    void aPartitionWithOtherRowsThanBeforeIsAnErrorThatNamesBothNumbers() throws Exception {
        node("a");
        List<CompletableFuture<List<Long>>> readers = List.of(nodes.get(0).drain(10, 0));
        assertThatThrownBy(() -> feed(
                        0,
                        0,
                        LongStream.range(0, 100)
                                .peek(id -> {
                                    if (id == 90) {
                                        await().until(() ->
                                                nodes.get(0).reader().stats().rows() > 40);
                                        throw new IllegalStateException("the disk broke");
                                    }
                                })
                                .iterator()))
                .hasMessageContaining("the disk broke");

        assertThatThrownBy(() -> feed(0, 1, ids(0, 5)))
                .isInstanceOf(FeedException.class)
                .hasMessageContaining("this attempt has read 5")
                .hasMessageContaining("checkpointed()");
        assertThat(endAndCollect(readers)).doesNotHaveDuplicates();
    }
}
