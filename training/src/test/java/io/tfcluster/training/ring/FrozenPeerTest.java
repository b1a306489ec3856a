package io.tfcluster.training.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tfcluster.transport.ChannelException;
import io.tfcluster.transport.ClusterSecret;
import io.tfcluster.transport.PortRange;
import io.tfcluster.transport.SecureChannel;
import io.tfcluster.transport.SecureListener;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A peer that keeps its connections and says no more, as a stopped process does, in each phase of each operation. */
@Timeout(60)
class FrozenPeerTest {
    private static final Duration PEER = Duration.ofMillis(500);
    private static final int FLOATS = 8_000_000; // far more than sockets hold
    private static final int BYTES = FLOATS * Float.BYTES;
    private static final int TEXT = 4 << 20;

    /** What a ring of two is to do, and how far the peer goes with it. */
    enum Phase {
        BEFORE_THE_HEADER(RingOperation.SUM, 0, true),
        IN_THE_HEADER(RingOperation.SUM, 9, true),
        SMALL_SUM_AFTER_THE_HEADER(RingOperation.SUM, 16, true),
        REDUCE_SCATTER(RingOperation.SUM, 16 + BYTES / 4 + 1, true),
        ALL_GATHER(RingOperation.SUM, 16 + BYTES / 2 + 5, true),
        REDUCE_SCATTER_UNREAD(RingOperation.SUM, 16 + BYTES / 4 + 1, false),
        ALL_GATHER_UNREAD(RingOperation.SUM, 16 + BYTES, false),
        HALF_FLOATS(RingOperation.SUM_FLOAT16, 16 + BYTES / 4 + 1, true),
        DOUBLES(RingOperation.SUM_DOUBLES, 16, true),
        BROADCAST(RingOperation.BROADCAST, 16 + BYTES / 4 + 1, true),
        BROADCAST_UNREAD(RingOperation.BROADCAST, 0, false),
        LENGTHS(RingOperation.ALL_GATHER, 16 + 2, true),
        TEXTS(RingOperation.ALL_GATHER, 16 + 4 + TEXT / 2, true),
        TEXTS_UNREAD(RingOperation.ALL_GATHER, 16 + 4 + TEXT / 2, false);

        final RingOperation operation;
        final int sends;
        final boolean reads;

        Phase(RingOperation operation, int sends, boolean reads) {
            this.operation = operation;
            this.sends = sends;
            this.reads = reads;
        }

        /** The peer that gets a broadcast is the last rank, the one that gives it is rank 0. */
        int peerRank() {
            return this == BROADCAST ? 0 : 1;
        }

        private boolean isSmall() {
            return this == SMALL_SUM_AFTER_THE_HEADER;
        }

        private long bytes() {
            return switch (operation) {
                case SUM, SUM_FLOAT16, BROADCAST -> isSmall() ? 4 : BYTES;
                case SUM_DOUBLES -> 8;
                case ALL_GATHER -> 0;
            };
        }

        void run(Ring ring) {
            switch (operation) {
                case SUM -> ring.allReduceSum(ByteBuffer.allocateDirect((int) bytes()), PEER);
                case SUM_FLOAT16 -> ring.allReduceSum(ByteBuffer.allocateDirect(BYTES), Compression.FLOAT16, PEER);
                case SUM_DOUBLES -> ring.reduceSum(new double[1], PEER);
                case BROADCAST -> ring.broadcast(ByteBuffer.allocateDirect(BYTES), PEER);
                case ALL_GATHER -> ring.allGather(ByteBuffer.allocate(TEXT), PEER);
            }
        }

        /** All that a peer would send, were it not to stop. */
        ByteBuffer script() {
            ByteBuffer script = ByteBuffer.allocate(Math.max(32, sends));
            script.putInt(operation.code()).putInt(0).putLong(bytes());
            if (operation == RingOperation.ALL_GATHER) {
                script.putInt(TEXT);
            }
            return script.clear().limit(sends);
        }
    }

    @ParameterizedTest
    @EnumSource(Phase.class)
    void peerThatFreezesMeetsTheDeadlineByItsName(Phase phase) throws Exception {
        ClusterSecret secret = ClusterSecret.random();
        BlockingQueue<SecureChannel> arrived = new LinkedBlockingQueue<>();
        ExecutorService threads = Executors.newFixedThreadPool(3);
        int rank = 1 - phase.peerRank();
        try (SecureListener peer = SecureListener.tcp("127.0.0.1", PortRange.ANY, secret, "ring", arrived::add);
                RingListener listener = RingListener.open("127.0.0.1", PortRange.ANY, secret)) {
            InetSocketAddress here = new InetSocketAddress("127.0.0.1", listener.port());
            InetSocketAddress there =
                    new InetSocketAddress("127.0.0.1", peer.port().orElseThrow());
            List<InetSocketAddress> addresses = rank == 0 ? List.of(here, there) : List.of(there, here);
            Future<Ring> forming = threads.submit(() -> listener.form(rank, addresses, Workers.FORM, PEER));
            try (SecureChannel out = SecureChannel.connect(here, secret, "ring", Workers.FORM);
                    SecureChannel in = arrived.poll(10, TimeUnit.SECONDS)) {
                ByteBuffer hello = ByteBuffer.allocate(12);
                in.readFully(hello, Workers.FORM);
                hello.flip();
                out.writeFully(hello.putInt(4, phase.peerRank()), Workers.FORM);
                Ring ring = forming.get(10, TimeUnit.SECONDS);
                threads.execute(() -> act(phase, in, out));

                long begun = System.nanoTime();
                assertThatThrownBy(() -> phase.run(ring))
                        .isInstanceOf(RingException.class)
                        .hasMessageContaining("rank " + phase.peerRank() + " at /127.0.0.1:")
                        .satisfies(
                                e -> assertThat(((RingException) e).peerRank()).isEqualTo(phase.peerRank()));
                assertThat(Duration.ofNanos(System.nanoTime() - begun))
                        .isBetween(PEER.minusMillis(50), Duration.ofSeconds(8));
                assertThatThrownBy(() -> phase.run(ring)).isInstanceOf(IllegalStateException.class);
                ring.close();
            }
        } finally {
            threads.shutdownNow();
            assertThat(threads.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    private static void act(Phase phase, SecureChannel in, SecureChannel out) {
        try {
            out.writeFully(phase.script(), Duration.ofSeconds(10));
            ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 16);
            while (phase.reads) {
                in.readFully(buffer.clear(), Duration.ofSeconds(10));
            }
        } catch (ChannelException e) {
            assertThat(e).isNotNull(); // the ring has closed, which is what the test is about
        }
    }
}
