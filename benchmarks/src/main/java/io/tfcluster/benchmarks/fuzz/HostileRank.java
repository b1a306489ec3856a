package io.tfcluster.benchmarks.fuzz;

import io.tfcluster.training.ring.Ring;
import io.tfcluster.training.ring.RingException;
import io.tfcluster.training.ring.RingListener;
import io.tfcluster.transport.ChannelException;
import io.tfcluster.transport.ClusterSecret;
import io.tfcluster.transport.PortRange;
import io.tfcluster.transport.SecureChannel;
import io.tfcluster.transport.SecureListener;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Rank 1 of rings of two whose rank 0 is ours: it knows the secret, says something wrong and leaves. */
final class HostileRank {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final int FLOATS = 3_000;
    private static final int MAGIC = 0x54464331;

    private HostileRank() {}

    /** Returns what rank 1 of 2 says first. */
    static byte[] hello() {
        return ByteBuffer.allocate(12).putInt(MAGIC).putInt(1).putInt(2).array();
    }

    /** Returns the beginning of an operation: which, its number, over how many bytes; then some of them. */
    static byte[] operation() {
        ByteBuffer bytes = ByteBuffer.allocate(16 + 4 * FLOATS);
        return bytes.putInt(1).putInt(0).putLong(4L * FLOATS).array();
    }

    /**
     * Forms so many rings.
     *
     * @return how many
     * @throws IllegalStateException if one ends otherwise than with a result or a {@link RingException}
     */
    static long attack(long rings, Mutator mutator) {
        ClusterSecret secret = ClusterSecret.random();
        Deque<SecureChannel> taken = new ArrayDeque<>();
        try (SecureListener hostile = SecureListener.tcp("127.0.0.1", PortRange.ANY, secret, "ring", channel -> {
            synchronized (taken) {
                taken.add(channel);
            }
        })) {
            for (long i = 0; i < rings; i++) {
                one(secret, hostile, mutator.mutated(List.of(hello(), operation()), false));
                synchronized (taken) {
                    taken.forEach(SecureChannel::close);
                    taken.clear();
                }
            }
            return rings;
        }
    }

    private static void one(ClusterSecret secret, SecureListener hostile, byte[] bytes) {
        try (RingListener ours = RingListener.open("127.0.0.1", PortRange.ANY, secret)) {
            InetSocketAddress here = new InetSocketAddress("127.0.0.1", ours.port());
            List<InetSocketAddress> addresses = List.of(
                    here, new InetSocketAddress("127.0.0.1", hostile.port().orElseThrow()));
            CompletableFuture<Void> rank0 = CompletableFuture.runAsync(() -> run(ours, addresses));
            try (SecureChannel channel = SecureChannel.connect(here, secret, "ring", LIMIT)) {
                channel.writeFully(ByteBuffer.wrap(bytes), LIMIT);
            } catch (ChannelException e) {
                // refused in the middle of it, as it may be
            }
            rank0.get(2 * LIMIT.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("a ring with a broken neighbour did not end as it should: " + e, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private static void run(RingListener ours, List<InetSocketAddress> addresses) {
        try (Ring ring = ours.form(0, addresses, Duration.ofMillis(500), Duration.ofMillis(500))) {
            ring.allReduceSum(ByteBuffer.allocateDirect(4 * FLOATS).order(ByteOrder.nativeOrder()));
        } catch (RingException e) {
            // as it should be
        }
    }
}
