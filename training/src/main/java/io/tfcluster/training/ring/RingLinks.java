package io.tfcluster.training.ring;

import io.tfcluster.transport.ChannelException;
import io.tfcluster.transport.SecureChannel;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/** The connections to both neighbours. What fails on one closes both, so that the failure goes round, and names the neighbour. */
final class RingLinks implements AutoCloseable {
    private final int rank;
    private final List<InetSocketAddress> addresses;
    private final SecureChannel next;
    private final SecureChannel previous;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final AtomicLong sent = new AtomicLong();

    RingLinks(int rank, List<InetSocketAddress> addresses, SecureChannel next, SecureChannel previous) {
        this.rank = rank;
        this.addresses = List.copyOf(addresses);
        this.next = next;
        this.previous = previous;
    }

    void send(ByteBuffer bytes, Duration limit) {
        sent.getAndAdd(bytes.remaining());
        try {
            next.writeFully(bytes, limit);
        } catch (ChannelException e) {
            throw fail(nextRank(), "sending to", e);
        }
    }

    void receive(ByteBuffer target, Duration limit) {
        try {
            previous.readFully(target, limit);
        } catch (ChannelException e) {
            throw fail(previousRank(), "receiving from", e);
        }
    }

    /** Returns whether the previous rank has sent something, or is gone. */
    boolean awaitReceivable(Duration limit) {
        try {
            return previous.awaitReadable(limit);
        } catch (ChannelException e) {
            throw fail(previousRank(), "waiting for", e);
        }
    }

    /** Returns how many bytes were given to the connection. */
    long sentBytes() {
        return sent.get();
    }

    RingException failOfPrevious(String what) {
        return fail(previousRank(), what);
    }

    RingException failOfNext(String what) {
        return fail(nextRank(), what);
    }

    private RingException fail(int peer, String doing, ChannelException e) {
        close();
        return new RingException(peer, "rank " + rank + " " + doing + " " + name(peer), e);
    }

    private RingException fail(int peer, String what) {
        close();
        return new RingException(peer, "rank " + rank + ": " + name(peer) + " " + what);
    }

    private String name(int peer) {
        return "rank " + peer + " at " + addresses.get(peer);
    }

    private int previousRank() {
        return Math.floorMod(rank - 1, addresses.size());
    }

    private int nextRank() {
        return (rank + 1) % addresses.size();
    }

    boolean isClosed() {
        return closed.get();
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            next.close();
            previous.close();
        }
    }
}
