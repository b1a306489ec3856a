package io.tfcluster.training.ring;

import io.tfcluster.transport.ChannelException;
import io.tfcluster.transport.ClusterSecret;
import io.tfcluster.transport.DeadlineException;
import io.tfcluster.transport.HandshakeException;
import io.tfcluster.transport.SecureChannel;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** Closes a ring: a connection to the next rank, one from the previous, and a word on each that says who speaks. */
final class RingForming {
    private static final int MAGIC = 0x54464331; // "TFC1"
    private static final int HELLO_BYTES = 12;
    private static final Duration ATTEMPT = Duration.ofSeconds(5);
    private static final Duration SILENCE = Duration.ofMinutes(1);
    private static final long PAUSE_MILLIS = 50;

    private final int rank;
    private final List<InetSocketAddress> addresses;
    private final ClusterSecret secret;
    private final Optional<SSLContext> tls;
    private final BlockingQueue<SecureChannel> arrived;
    private final long deadline;
    private final Duration silence;

    private RingForming(
            int rank,
            List<InetSocketAddress> addresses,
            ClusterSecret secret,
            Optional<SSLContext> tls,
            BlockingQueue<SecureChannel> arrived,
            long deadline,
            Duration peerTimeout) {
        this.rank = rank;
        this.addresses = addresses;
        this.secret = secret;
        this.tls = tls;
        this.arrived = arrived;
        this.deadline = deadline;
        this.silence = Collections.min(List.of(SILENCE, peerTimeout));
    }

    static Ring form(
            int rank,
            List<InetSocketAddress> addresses,
            ClusterSecret secret,
            Optional<SSLContext> tls,
            BlockingQueue<SecureChannel> arrived,
            Duration formTimeout,
            Duration peerTimeout) {
        RingForming forming = new RingForming(
                rank, addresses, secret, tls, arrived, System.nanoTime() + formTimeout.toNanos(), peerTimeout);
        SecureChannel next = null;
        SecureChannel previous = null;
        try {
            next = forming.connectNext();
            next.writeFully(forming.hello(), forming.left());
            previous = forming.acceptPrevious();
            return Ring.of(rank, addresses.size(), new RingLinks(rank, addresses, next, previous), peerTimeout);
        } catch (RuntimeException e) {
            close(next);
            close(previous);
            throw e;
        }
    }

    /** A peer that does not listen yet refuses, and is waited for; one that is silent is cut off or stuck, and has its own limit. */
    private SecureChannel connectNext() {
        int nextRank = (rank + 1) % addresses.size();
        long heard = System.nanoTime();
        while (true) {
            try {
                InetSocketAddress address = addresses.get(nextRank);
                Duration limit = Collections.min(List.of(left(), silence, ATTEMPT));
                return SecureChannel.connect(
                        new InetSocketAddress(address.getHostString(), address.getPort()),
                        secret,
                        RingListener.PURPOSE,
                        tls,
                        limit);
            } catch (HandshakeException e) {
                throw new RingException(
                        nextRank, "rank " + nextRank + " at " + addresses.get(nextRank) + " is not of this cluster", e);
            } catch (DeadlineException e) {
                long silent = System.nanoTime() - heard;
                if (silent >= silence.toNanos() || System.nanoTime() >= deadline) {
                    throw new RingException(
                            nextRank,
                            "rank %d at %s has not answered rank %d for %.1f s; its host is cut off, or its process stuck"
                                    .formatted(nextRank, addresses.get(nextRank), rank, silent / 1e9),
                            e);
                }
            } catch (ChannelException e) {
                heard = System.nanoTime();
                if (System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PAUSE_MILLIS) > deadline) {
                    throw new RingException(
                            nextRank,
                            "rank " + rank + " could not reach rank " + nextRank + " at " + addresses.get(nextRank)
                                    + " to form a ring of " + addresses.size(),
                            e);
                }
            }
            pause(nextRank);
        }
    }

    /** The peer does not listen yet; what it does until then cannot be waited on from here. */
    private void pause(int nextRank) {
        try {
            TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RingException(nextRank, "interrupted while waiting for rank " + nextRank + " to listen");
        }
    }

    private SecureChannel acceptPrevious() {
        int previousRank = (rank + addresses.size() - 1) % addresses.size();
        while (true) {
            SecureChannel channel = poll();
            if (channel == null) {
                throw new RingException(
                        previousRank,
                        "rank " + previousRank + " at " + addresses.get(previousRank) + " did not connect to rank "
                                + rank + " in time to form a ring of " + addresses.size());
            }
            ByteBuffer hello = ByteBuffer.allocate(HELLO_BYTES);
            try {
                channel.readFully(hello, left());
            } catch (ChannelException e) {
                channel.close(); // a peer that came and went; the real one may still come
                continue;
            }
            hello.flip();
            int magic = hello.getInt();
            int peer = hello.getInt();
            int size = hello.getInt();
            if (magic == MAGIC && peer == previousRank && size == addresses.size()) {
                return channel;
            }
            channel.close();
            throw new RingException(
                    previousRank,
                    "rank " + rank + " of a ring of " + addresses.size() + " expected rank "
                            + previousRank + " but " + channel.peer() + " says it is rank " + peer + " of " + size
                            + "; all processes must be given the same addresses");
        }
    }

    private @Nullable SecureChannel poll() {
        try {
            return arrived.poll(left().toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }

    private ByteBuffer hello() {
        return ByteBuffer.allocate(HELLO_BYTES)
                .putInt(MAGIC)
                .putInt(rank)
                .putInt(addresses.size())
                .flip();
    }

    private Duration left() {
        return Duration.ofNanos(Math.max(1_000_000, deadline - System.nanoTime()));
    }

    private static void close(@Nullable SecureChannel channel) {
        if (channel != null) {
            channel.close();
        }
    }
}
