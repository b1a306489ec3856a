package io.tfcluster.feeding;

import static io.tfcluster.feeding.TestNode.async;
import static io.tfcluster.feeding.TestNode.feedIds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tfcluster.transport.ChannelException;
import io.tfcluster.transport.ClusterSecret;
import io.tfcluster.transport.SecureChannel;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Peers that know the secret and still do not keep to the protocol: each loses its own connection and nothing else. */
@Timeout(30)
final class HostileInputTest {
    private static final FeedSchema SCHEMA =
            FeedSchema.builder().int64("id").binary("jpeg").build();
    private static final Duration LIMIT = Duration.ofSeconds(5);

    private final ClusterSecret secret = ClusterSecret.random();
    private TestNode node;

    @BeforeEach
    void start() {
        node = new TestNode("a", secret, SCHEMA, null, feed -> feed.buffer(100_000));
    }

    /** Whatever a hostile peer did, the next feeder is served. */
    @AfterEach
    void othersAreStillServed() throws Exception {
        RowEncoder<Long> encoder = (id, out) -> out.putLong(id).putBytes(new byte[3]);
        CompletableFuture<FeedResult> fed = async(() -> PartitionFeeder.feed(
                TestNode.partition(0),
                LongStream.range(0, 50).iterator(),
                SCHEMA,
                encoder,
                List.of(node.target()),
                secret,
                FeedOptions.DEFAULTS));
        try (RowBatch batch = node.reader().next(50)) {
            assertThat(batch.rows()).isEqualTo(50);
        }
        assertThat(fed.get(5, TimeUnit.SECONDS).totalRows()).isEqualTo(50);
        await().until(() -> node.reader().stats().connections() == 0);
        node.close();
    }

    private SecureChannel connect() {
        return SecureChannel.connect(
                new InetSocketAddress("127.0.0.1", node.target().port()), secret, "feed", LIMIT);
    }

    private static ByteBuffer open(String feed, FeedSchema schema) {
        return Wire.open(
                new Wire.Open(new FeedPartition(feed, 0, 0, 0), false, 1000, schema, Wire.ASK, List.of("a"), null, -1));
    }

    private SecureChannel opened() {
        SecureChannel channel = connect();
        channel.writeFrame(open("train", SCHEMA), LIMIT);
        assertThat(channel.readFrame(100, LIMIT).get()).isEqualTo(Wire.GRANTED);
        assertThat(channel.readFrame(100, LIMIT).get()).isEqualTo(Wire.ACCEPT);
        return channel;
    }

    private static ByteBuffer block(long firstRow, int rows, byte[] payload) {
        return ByteBuffer.allocate(Wire.BLOCK_HEADER + payload.length)
                .put(Wire.BLOCK)
                .putLong(firstRow)
                .putInt(rows)
                .putLong(0)
                .put(payload)
                .flip();
    }

    /** Two rows: ids, three offsets, the bytes. */
    private static byte[] payload(int offset0, int offset1, int offset2, int bytes) {
        return ByteBuffer.allocate(16 + 12 + bytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(1)
                .putLong(2)
                .putInt(offset0)
                .putInt(offset1)
                .putInt(offset2)
                .array();
    }

    private void refused(SecureChannel channel, ByteBuffer frame, String... texts) {
        int before = node.server.rejected();
        try (channel) {
            channel.writeFrame(frame, LIMIT);
            ByteBuffer answer = channel.readFrame(100_000, LIMIT);
            assertThat(answer.get()).isEqualTo(Wire.REFUSE);
            assertThat(Wire.readText(answer)).contains(texts);
            assertThatThrownBy(() -> channel.readFrame(100, LIMIT)).isInstanceOf(ChannelException.class);
        }
        await().untilAsserted(() -> assertThat(node.server.rejected()).isEqualTo(before + 1));
    }

    @Test
    void firstFramesThatAreNoOpenAreRefused() {
        refused(connect(), ByteBuffer.wrap(new byte[] {99, 1, 2}), "must be OPEN");
        refused(connect(), ByteBuffer.wrap(new byte[] {Wire.OPEN, 7, 0, 0}), "version 7", "this node " + Wire.VERSION);
        refused(connect(), ByteBuffer.wrap(new byte[] {Wire.OPEN, Wire.VERSION, 0, 50, 'x'}), "ends too early");
        ByteBuffer negativeEpoch = open("train", SCHEMA);
        negativeEpoch.putLong(9, -1);
        refused(connect(), negativeEpoch, "0 or more, got -1");
        ByteBuffer endedBeforeItBegan = open("train", SCHEMA);
        endedBeforeItBegan.putLong(58, 0);
        refused(connect(), endedBeforeItBegan, "epoch 0 cannot have ended before feed train, epoch 0");
    }

    @Test
    void anUnknownFeedNamesTheKnownOnes() {
        refused(connect(), open("test", SCHEMA), "no feed test on this node; it has [train]");
    }

    @Test
    void anotherSchemaIsShownBesideTheNodes() {
        FeedSchema other = FeedSchema.builder().int64("id").uint8("image", 8, 8).build();
        refused(connect(), open("train", other), "feeder          | node", "! image UINT8 8x8 | jpeg BINARY");
    }

    @Test
    void blocksThatDoNotFitTheirRowsAreRefused() {
        refused(
                opened(),
                block(0, 2, payload(0, 5, 10, 9)),
                "need 38 bytes up to column jpeg BINARY, the block has 37");
        refused(opened(), block(0, 2, payload(0, 5, 10, 11)), "the block has 39");
        refused(opened(), block(0, 2, payload(0, 10, 5, 10)), "offset 2 of column jpeg BINARY is 5 after 10");
        refused(opened(), block(0, 2, payload(0, -1, 5, 10)), "offset 1 of column jpeg BINARY is -1 after 0");
        refused(opened(), block(0, 2, payload(1, 5, 10, 10)), "offset 0 of column jpeg BINARY is 1 after 0");
        refused(opened(), block(0, 2, payload(0, 5, Integer.MAX_VALUE, 10)), "the block has 38");
        refused(opened(), block(0, 0, new byte[4]), "block of 0 rows");
        refused(opened(), block(0, -3, new byte[4]), "block of -3 rows");
        refused(opened(), block(0, Integer.MAX_VALUE, new byte[40]), "the block has 40");
        refused(opened(), block(-1, 2, payload(0, 5, 10, 10)), "from row -1");
        refused(opened(), block(0, 9000, new byte[90_000]), "do not fit into the block");
    }

    @Test
    void framesOutOfPlaceAreRefused() {
        refused(opened(), Wire.end(5, true), "END after 5 rows, 0 have come");
        refused(opened(), ByteBuffer.wrap(new byte[12]), "frame of kind 0");
        SecureChannel twice = opened();
        twice.writeFrame(block(10, 2, payload(0, 5, 10, 10)), LIMIT);
        refused(twice, block(0, 2, payload(0, 5, 10, 10)), "from row 0 after row 11");
    }

    @Test
    void moreThanTheCreditIsRefused() {
        SecureChannel greedy = opened();
        byte[] payload = payload(0, 0, 24_000, 24_000);
        greedy.writeFrame(block(0, 2, payload), LIMIT); // all the credit that a quarter of the buffer is
        refused(greedy, block(2, 2, payload), "without credit");
    }

    @Test
    void aHugeOrNegativeLengthDropsTheConnectionBeforeMemoryIsTaken() {
        for (int length : new int[] {Integer.MAX_VALUE, 200_000, -1}) {
            try (SecureChannel channel = opened()) {
                channel.writeFully(ByteBuffer.allocate(4).putInt(length).flip(), LIMIT);
                assertThatThrownBy(() -> {
                            channel.readFrame(100_000, LIMIT);
                            channel.readFrame(100_000, LIMIT);
                        })
                        .isInstanceOf(ChannelException.class);
            }
        }
        await().until(() -> node.reader().stats().connections() == 0);
    }

    @Test
    void garbageAfterOpenDropsTheConnection() {
        Random random = new Random(11);
        for (int i = 0; i < 50; i++) {
            byte[] garbage = new byte[1 + random.nextInt(300)];
            random.nextBytes(garbage);
            try (SecureChannel channel = i % 2 == 0 ? opened() : connect()) {
                channel.writeFrame(ByteBuffer.wrap(garbage), LIMIT);
                assertThatThrownBy(() -> {
                            while (channel.awaitReadable(LIMIT)) {
                                channel.readFrame(100_000, LIMIT);
                            }
                        })
                        .isInstanceOf(ChannelException.class);
            }
        }
    }

    @Test
    void aStrangerIsCountedAndGetsNothing() {
        assertThatThrownBy(
                        () -> feedIds(ClusterSecret.random(), TestNode.partition(0), 0, 10, FeedOptions.DEFAULTS, node))
                .isInstanceOf(FeedException.class)
                .hasMessageContaining("no node can be reached");
        await().untilAsserted(() -> assertThat(node.server.rejected()).isEqualTo(1));
    }
}
