package io.tfcluster.training.ring;

import io.tfcluster.transport.ChannelException;
import io.tfcluster.transport.SecureChannel;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
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

    // Since when the thread that sends, and the one that receives, have been in a call; 0 if they are not. Times of
    // System.nanoTime.
    private volatile long sendingSince;
    private volatile long receivingSince;

    RingLinks(int rank, List<InetSocketAddress> addresses, SecureChannel next, SecureChannel previous) {
        this.rank = rank;
        this.addresses = List.copyOf(addresses);
        this.next = next;
        this.previous = previous;
    }

    void send(ByteBuffer bytes, Duration limit) {
        sent.getAndAdd(bytes.remaining());
        sendingSince = now();
        try {
            next.writeFully(bytes, limit);
        } catch (ChannelException e) {
            throw fail(nextRank(), "sending to", e);
        } finally {
            sendingSince = 0;
        }
    }

    void receive(ByteBuffer target, Duration limit) {
        receivingSince = now();
        try {
            previous.readFully(target, limit);
        } catch (ChannelException e) {
            throw fail(previousRank(), "receiving from", e);
        } finally {
            receivingSince = 0;
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

    /** As {@link #awaitReceivable}, for one who can do nothing else until then. */
    boolean awaitPrevious(Duration limit) {
        receivingSince = now();
        try {
            return awaitReceivable(limit);
        } finally {
            receivingSince = 0;
        }
    }

    /** Returns whom the threads that send and receive are waiting for now; in most calls for a moment only. */
    List<RingWait> waits() {
        List<RingWait> waits = new ArrayList<>();
        addWait(waits, previousRank(), receivingSince);
        addWait(waits, nextRank(), sendingSince);
        return waits;
    }

    private static void addWait(List<RingWait> waits, int peer, long since) {
        if (since != 0) {
            waits.add(new RingWait(peer, Duration.ofNanos(Math.max(0, System.nanoTime() - since))));
        }
    }

    private static long now() {
        long now = System.nanoTime();
        return now == 0 ? 1 : now;
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
