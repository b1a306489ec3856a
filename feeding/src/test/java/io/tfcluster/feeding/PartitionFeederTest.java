package io.tfcluster.feeding;

import static io.tfcluster.feeding.TestNode.async;
import static io.tfcluster.feeding.TestNode.feedIds;
import static io.tfcluster.feeding.TestNode.partition;
import static io.tfcluster.feeding.TestNode.targets;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tfcluster.transport.ClusterSecret;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
final class PartitionFeederTest {
    private static final FeedOptions SMALL = FeedOptions.DEFAULTS.withBlockBytes(4096);

    @TempDir
    Path folder;

    private final ClusterSecret secret = ClusterSecret.random();

    private TestNode node(String name, boolean unix, long bufferBytes) {
        return new TestNode(
                name, secret, TestNode.IDS, unix ? folder.resolve(name) : null, feed -> feed.buffer(bufferBytes));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void everyOfManySmallRowsArrivesOnceInOrder(boolean unix) throws Exception {
        try (TestNode node = node("a", unix, 1 << 20)) {
            CompletableFuture<List<Long>> read = node.drain(1000, 0);

            FeedResult result = feedIds(secret, partition(0), 0, 300_001, SMALL, node);
            node.server.endFeed("train");

            assertThat(result.rows()).containsExactly(java.util.Map.entry("a", 300_001L));
            assertThat(result.terminated()).isFalse();
            assertThat(read.get(20, TimeUnit.SECONDS))
                    .isEqualTo(LongStream.range(0, 300_001).boxed().toList());
            assertThat(node.reader().stats().bufferedBytes()).isZero();
        }
    }

    @Test
    void imagesArriveByteForByte() throws Exception {
        FeedSchema schema =
                FeedSchema.builder().uint8("image", 96, 96, 3).binary("name").build();
        List<byte[]> images = new ArrayList<>();
        Random random = new Random(3);
        for (int i = 0; i < 200; i++) {
            byte[] image = new byte[96 * 96 * 3];
            random.nextBytes(image);
            images.add(image);
        }
        RowEncoder<Integer> encoder = (i, out) -> out.putBytes(images.get(i)).putBytes(new byte[i]);
        try (TestNode node = new TestNode("a", secret, schema, folder.resolve("a"), feed -> feed)) {
            CompletableFuture<FeedResult> fed = async(() -> PartitionFeeder.feed(
                    partition(0),
                    IntStream.range(0, 200).iterator(),
                    schema,
                    encoder,
                    targets(node),
                    secret,
                    FeedOptions.DEFAULTS));
            int row = 0;
            while (row < 200) {
                try (RowBatch batch = node.reader().next(50)) {
                    ByteBuffer pixels = ByteBuffer.allocate(batch.rows() * 27_648);
                    batch.copy(0, pixels);
                    List<Integer> lengths = new ArrayList<>();
                    batch.visit(1, (memory, offset, length) -> lengths.add(length));
                    for (int i = 0; i < batch.rows(); i++, row++) {
                        byte[] image = new byte[27_648];
                        pixels.get(i * image.length, image);
                        assertThat(image).isEqualTo(images.get(row));
                        assertThat(lengths.get(i)).isEqualTo(row);
                    }
                }
            }
            assertThat(fed.get(10, TimeUnit.SECONDS).totalRows()).isEqualTo(200);
        }
    }

    @Test
    void aPartitionOfSmallRowsIsSharedByTheNodes() throws Exception {
        try (TestNode left = node("left", true, 64 << 20);
                TestNode right = node("right", true, 64 << 20)) {
            List<CompletableFuture<List<Long>>> readers = List.of(left.drain(100, 0), right.drain(100, 0));

            FeedResult result = feedIds(secret, partition(0), 0, 40_000, FeedOptions.DEFAULTS, left, right);

            assertThat(result.totalRows()).isEqualTo(40_000);
            assertThat(result.rows().values())
                    .allSatisfy(rows -> assertThat(rows).isGreaterThan(4_000));
            List.of(left, right).forEach(node -> node.server.endFeed("train"));
            for (CompletableFuture<List<Long>> reader : readers) {
                assertThat(reader.get(20, TimeUnit.SECONDS)).hasSizeGreaterThan(4_000);
            }
        }
    }

    @Test
    void severalFeedersAndUnevenNodesGetEveryRowOnceAndTheSlowOneFewer() throws Exception {
        try (TestNode fast = node("fast", true, 64 << 10);
                TestNode middle = node("middle", false, 64 << 10);
                TestNode slow = node("slow", false, 64 << 10)) {
            List<CompletableFuture<List<Long>>> readers =
                    List.of(fast.drain(500, 0), middle.drain(500, 2000), slow.drain(500, 30_000));

            List<CompletableFuture<FeedResult>> feeders = new ArrayList<>();
            for (int p = 0; p < 4; p++) {
                int number = p;
                feeders.add(async(() -> feedIds(
                        secret,
                        partition(number),
                        number * 50_000L,
                        (number + 1) * 50_000L,
                        SMALL,
                        fast,
                        middle,
                        slow)));
            }
            long slowRows = 0;
            long total = 0;
            for (CompletableFuture<FeedResult> feeder : feeders) {
                FeedResult result = feeder.get(30, TimeUnit.SECONDS);
                total += result.totalRows();
                slowRows += result.rows().get("slow");
            }
            List.of(fast, middle, slow).forEach(node -> node.server.endFeed("train"));
            List<Long> all = new ArrayList<>();
            for (CompletableFuture<List<Long>> reader : readers) {
                all.addAll(reader.get(20, TimeUnit.SECONDS));
            }

            assertThat(total).isEqualTo(200_000);
            assertThat(all).hasSize(200_000).doesNotHaveDuplicates();
            assertThat(slowRows)
                    .isBetween(1L, 66_000L)
                    .isEqualTo(readers.get(2).get().size());
        }
    }

    @Test
    void theProducerStopsWhenTheNodeDoesNotConsume() throws Exception {
        try (TestNode node = node("a", true, 1 << 20)) {
            AtomicLong pulled = new AtomicLong();
            Iterator<Long> endless = LongStream.iterate(0, i -> i + 1)
                    .peek(i -> pulled.incrementAndGet())
                    .iterator();

            CompletableFuture<FeedResult> fed = async(() -> PartitionFeeder.feed(
                    partition(0), endless, TestNode.IDS, TestNode.IDS_ENCODER, targets(node), secret, SMALL));
            await().until(() -> node.reader().stats().bufferedBytes() > (1 << 18) - 8192);
            await().during(Duration.ofMillis(200)).until(() -> pulled.get() * 20 < (1 << 20) + 2 * 4096);
            try (RowBatch batch = node.reader().next(20_000)) {
                assertThat(batch.rows()).isEqualTo(20_000);
            }
            await().during(Duration.ofMillis(200))
                    .until(() -> node.reader().stats().bufferedBytes() <= (1 << 20) + 4096);

            node.reader().terminate();
            FeedResult result = fed.get(5, TimeUnit.SECONDS);
            assertThat(result.terminated()).isTrue();
            assertThat(pulled.get()).isLessThan(200_000);
            assertThat(node.reader().shouldStop()).isTrue();
            assertThat(feedIds(secret, partition(1), 0, 10, SMALL, node).terminated())
                    .isTrue();
        }
    }

    @Test
    void aLargeRowAfterManySmallOnesTravelsAlone() throws Exception {
        FeedSchema schema = FeedSchema.builder().binary("jpeg").build();
        RowEncoder<Integer> encoder = (size, out) -> out.putBytes(new byte[size]);
        List<Integer> sizes = new ArrayList<>(java.util.Collections.nCopies(25, 100));
        sizes.add(29_000);
        sizes.add(10);
        try (TestNode node = new TestNode("a", secret, schema, folder.resolve("a"), feed -> feed.buffer(30_000))) {
            CompletableFuture<FeedResult> fed = async(() -> PartitionFeeder.feed(
                    partition(0), sizes.iterator(), schema, encoder, targets(node), secret, FeedOptions.DEFAULTS));
            List<Integer> found = new ArrayList<>();
            while (found.size() < sizes.size()) {
                try (RowBatch batch = node.reader().next(1)) {
                    batch.visit(0, (memory, offset, length) -> found.add(length));
                }
            }
            assertThat(fed.get(5, TimeUnit.SECONDS).totalRows()).isEqualTo(27);
            assertThat(found).isEqualTo(sizes);
        }
    }

    @Test
    void rowsLargerThanABlockTravelAlone() throws Exception {
        FeedSchema schema = FeedSchema.builder().binary("jpeg").int64("id").build();
        RowEncoder<Integer> encoder =
                (size, out) -> out.putBytes(new byte[size]).putLong(size);
        List<Integer> sizes = new Random(1).ints(60, 0, 30_000).boxed().toList();
        try (TestNode node = new TestNode("a", secret, schema, folder.resolve("a"), feed -> feed.buffer(32_000))) {
            CompletableFuture<FeedResult> fed = async(() -> PartitionFeeder.feed(
                    partition(0), sizes.iterator(), schema, encoder, targets(node), secret, SMALL));
            List<Integer> found = new ArrayList<>();
            while (found.size() < sizes.size()) {
                try (RowBatch batch = node.reader().next(7)) {
                    batch.visit(0, (memory, offset, length) -> found.add(length));
                    assertThat(node.reader().stats().bufferedBytes()).isLessThan(64_000);
                }
                if (found.size() == 56) {
                    node.server.endEpoch("train", 0);
                }
            }
            assertThat(fed.get(5, TimeUnit.SECONDS).totalRows()).isEqualTo(60);
            assertThat(found).isEqualTo(sizes);
        }
    }

    @Test
    void rowsThatComeSlowlyDoNotWaitForAFullBlock() throws Exception {
        try (TestNode node = node("a", true, 1 << 20)) {
            CompletableFuture<FeedResult> fed = async(() -> PartitionFeeder.feed(
                    partition(0),
                    LongStream.range(0, 20)
                            .peek(id -> java.util.concurrent.locks.LockSupport.parkNanos(100_000_000))
                            .iterator(),
                    TestNode.IDS,
                    TestNode.IDS_ENCODER,
                    targets(node),
                    secret,
                    FeedOptions.DEFAULTS));
            await().atMost(1, TimeUnit.SECONDS)
                    .until(() -> node.reader().stats().bufferedBytes() > 0);
            assertThat(fed).isNotDone(); // it takes 2 s
            CompletableFuture<List<Long>> ids = node.drain(5, 0);
            assertThat(fed.get(10, TimeUnit.SECONDS).totalRows()).isEqualTo(20);
            node.server.endFeed("train");
            assertThat(ids.get(10, TimeUnit.SECONDS))
                    .isEqualTo(LongStream.range(0, 20).boxed().toList());
        }
    }

    @Test
    void theSocketFileIsGoneAfterCloseAndCloseMayComeTwice() {
        TestNode node = node("a", true, 1 << 20);
        assertThat(Files.exists(folder.resolve("a"))).isTrue();

        node.close();
        node.close();

        assertThat(Files.exists(folder.resolve("a"))).isFalse();
        assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(t -> t.getName().startsWith("feed-conn-a"));
    }
}
