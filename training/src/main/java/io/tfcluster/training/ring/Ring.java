package io.tfcluster.training.ring;

import io.tfcluster.transport.ChannelException;
import io.tfcluster.transport.SecureChannel;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The processes that learn together, in a circle: each sends to the next and receives from the previous.
 *
 * <p>Made by {@link RingListener#form}, or {@link #single()} for one process; whoever got it closes it. One thread at a time calls the
 * operations, and all ranks call the same ones in the same order with vectors of the same length. After an error the ring is spent: the
 * connections are closed, so that the neighbours hear of it at once.
 */
public final class Ring implements AutoCloseable {
    static final int CHUNK_BYTES = 128 << 10;
    private static final int INLINE_BYTES = 8 << 10; // fits in any socket buffer, so nobody waits for a reader
    private static final int ALL_REDUCE = 1;
    private static final int BROADCAST = 2;
    private static final int HEADER_BYTES = 16;
    private static final Duration JOIN_LIMIT = Duration.ofSeconds(2);

    private final int rank;
    private final int size;
    private final List<InetSocketAddress> addresses;
    private final @Nullable SecureChannel next;
    private final @Nullable SecureChannel previous;
    private final @Nullable ExecutorService sender;
    private final Duration peerTimeout;
    private final ByteBuffer staging = ByteBuffer.allocateDirect(CHUNK_BYTES + 2 * Float.BYTES);
    private final ByteBuffer headerOut = ByteBuffer.allocateDirect(HEADER_BYTES);
    private final ByteBuffer headerIn = ByteBuffer.allocateDirect(HEADER_BYTES);
    private final AtomicBoolean closed = new AtomicBoolean();
    private int sequence;

    Ring(
            int rank,
            List<InetSocketAddress> addresses,
            @Nullable SecureChannel next,
            @Nullable SecureChannel previous,
            Duration peerTimeout) {
        this.rank = rank;
        this.size = Math.max(1, addresses.size());
        this.addresses = List.copyOf(addresses);
        this.next = next;
        this.previous = previous;
        this.peerTimeout = peerTimeout;
        this.sender = next == null
                ? null
                : Executors.newSingleThreadExecutor(task -> {
                    Thread thread = new Thread(task, "ring-send-" + rank);
                    thread.setDaemon(true);
                    return thread;
                });
    }

    /** Returns a ring of this process alone, without sockets. */
    public static Ring single() {
        return new Ring(0, List.of(), null, null, Duration.ofSeconds(1));
    }

    /** Returns this process's place, from 0. */
    public int rank() {
        return rank;
    }

    /** Returns how many processes there are. */
    public int size() {
        return size;
    }

    /**
     * Returns whether the previous rank has begun an operation that this one has not, or is gone. Takes up to 1 ms.
     *
     * <p>A start spreads: whoever joins begins to send, which the next rank sees.
     */
    public boolean peerStarted() {
        return awaitPeerStart(Duration.ofMillis(1));
    }

    /** Waits until {@link #peerStarted()} or the limit, and returns which of them it was; alone, it is always the limit. */
    public boolean awaitPeerStart(Duration limit) {
        if (previous == null) {
            LockSupport.parkNanos(limit.toNanos());
            return false;
        }
        try {
            return previous.awaitReadable(limit);
        } catch (ChannelException e) {
            throw fail(previousRank(), "waiting for", e);
        }
    }

    /**
     * Replaces each rank's vector by the sum of all, in place: the same bits on all ranks.
     *
     * @param floats direct buffer of float32, little-endian, from position to limit
     * @throws RingException if a peer is gone, hangs beyond the peer timeout, or has a vector of another length
     */
    public void allReduceSum(ByteBuffer floats) {
        allReduceSum(floats, peerTimeout);
    }

    /**
     * As {@link #allReduceSum(ByteBuffer)}, with a limit of its own for the peer to begin.
     *
     * @param patience how long the previous rank may still be busy with something else
     */
    public void allReduceSum(ByteBuffer floats, Duration patience) {
        checkVector(floats);
        SecureChannel in = previous;
        SecureChannel out = next;
        if (in == null || out == null) {
            return;
        }
        checkOpen();
        RingSegments segments = new RingSegments(floats, rank, size, CHUNK_BYTES);
        header(headerOut, ALL_REDUCE, floats.remaining());
        if (segments.chunks() == 1 && segments.largestChunk() <= INLINE_BYTES) {
            inline(segments, in, out, patience);
        } else {
            piped(segments, in, out, patience);
        }
        sequence++;
    }

    /**
     * Gives all ranks the bytes of rank 0.
     *
     * @param bytes direct buffer, from position to limit: read on rank 0, filled on the others
     * @throws RingException as {@link #allReduceSum(ByteBuffer)}
     */
    public void broadcast(ByteBuffer bytes, Duration patience) {
        checkVector(bytes);
        SecureChannel in = previous;
        SecureChannel out = next;
        if (in == null || out == null) {
            return;
        }
        checkOpen();
        header(headerOut, BROADCAST, bytes.remaining());
        boolean receives = rank != 0;
        boolean sends = rank != size - 1;
        if (receives) {
            receiveHeader(in, patience);
        }
        if (sends) {
            send(out, headerOut);
        }
        ByteBuffer all = bytes.slice();
        for (int at = 0; at < all.capacity(); at += CHUNK_BYTES) {
            ByteBuffer chunk = all.slice(at, Math.min(CHUNK_BYTES, all.capacity() - at));
            if (receives) {
                receive(in, chunk);
                chunk.flip();
            }
            if (sends) {
                send(out, chunk);
            }
        }
        sequence++;
    }

    private void inline(RingSegments segments, SecureChannel in, SecureChannel out, Duration patience) {
        send(out, headerOut);
        send(out, segments.toSend(0, 0));
        receiveHeader(in, patience);
        for (int step = 0; step < segments.steps(); step++) {
            if (step > 0) {
                send(out, segments.toSend(step, 0));
            }
            receiveChunk(segments, in, step, 0);
        }
    }

    private void piped(RingSegments segments, SecureChannel in, SecureChannel out, Duration patience) {
        RingProgress progress = new RingProgress();
        ExecutorService executor = sender;
        if (executor == null) {
            throw new IllegalStateException("a ring with neighbours has a sender");
        }
        Future<?> sending = executor.submit(() -> sendAll(segments, out, progress));
        try {
            receiveHeader(in, patience);
            for (int step = 0; step < segments.steps(); step++) {
                for (int chunk = 0; chunk < segments.chunks(); chunk++) {
                    receiveChunk(segments, in, step, chunk);
                    progress.advance();
                }
            }
        } catch (RingException e) {
            progress.cancel();
            throw firstOf(sending, e);
        }
        await(sending);
    }

    private void sendAll(RingSegments segments, SecureChannel out, RingProgress progress) {
        send(out, headerOut);
        for (int step = 0; step < segments.steps(); step++) {
            for (int chunk = 0; chunk < segments.chunks(); chunk++) {
                int needed = (step - 1) * segments.chunks() + chunk + 1; // step 0 needs nothing
                if (!progress.await(needed)) {
                    return; // the receiving side failed and tells why
                }
                send(out, segments.toSend(step, chunk));
            }
        }
    }

    private void receiveChunk(RingSegments segments, SecureChannel in, int step, int chunk) {
        ByteBuffer target = segments.toReceive(step, chunk);
        if (segments.adds(step)) {
            staging.clear().limit(target.remaining());
            receive(in, staging);
            segments.add(target, staging.flip());
        } else {
            receive(in, target);
        }
    }

    private void receiveHeader(SecureChannel in, Duration patience) {
        try {
            if (!in.awaitReadable(patience)) {
                throw fail(previousRank(), "did not begin within " + patience);
            }
        } catch (ChannelException e) {
            throw fail(previousRank(), "waiting for", e);
        }
        headerIn.clear();
        receive(in, headerIn);
        headerIn.flip();
        if (headerIn.compareTo(headerOut.duplicate().clear()) != 0) {
            throw fail(
                    previousRank(),
                    "computes something else: operation " + headerIn.getInt(0) + " number " + headerIn.getInt(4)
                            + " over "
                            + headerIn.getLong(8) + " bytes, here operation " + headerOut.getInt(0) + " number "
                            + headerOut.getInt(4) + " over " + headerOut.getLong(8)
                            + " bytes; all workers must build the same model and call fit and evaluate in the same order");
        }
    }

    private void header(ByteBuffer header, int operation, long bytes) {
        header.clear();
        header.putInt(operation).putInt(sequence).putLong(bytes).flip();
    }

    private void send(SecureChannel out, ByteBuffer bytes) {
        try {
            out.writeFully(bytes.duplicate(), peerTimeout);
        } catch (ChannelException e) {
            throw fail(nextRank(), "sending to", e);
        }
    }

    private void receive(SecureChannel in, ByteBuffer target) {
        try {
            in.readFully(target, peerTimeout);
        } catch (ChannelException e) {
            throw fail(previousRank(), "receiving from", e);
        }
    }

    /** The sender's failure closes the connection that the receiver waits on: then the sender's is the cause. */
    private static RingException firstOf(Future<?> sending, RingException received) {
        try {
            sending.get(JOIN_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RingException sent
                    && String.valueOf(received.getMessage()).contains("closed on this side")) {
                return sent;
            }
        } catch (TimeoutException e) {
            received.addSuppressed(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return received;
    }

    private void await(Future<?> sending) {
        try {
            // All was received, so the last chunk is on its way: each write in it has the peer timeout as its limit.
            sending.get(peerTimeout.toMillis() + JOIN_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RingException sent) {
                throw sent;
            }
            throw new IllegalStateException("the ring's sender failed", e.getCause());
        } catch (TimeoutException e) {
            throw fail(nextRank(), "took nothing within " + peerTimeout);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw fail(nextRank(), "is left alone: this thread was interrupted");
        }
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
        return (rank + size - 1) % size;
    }

    private int nextRank() {
        return (rank + 1) % size;
    }

    private void checkOpen() {
        if (closed.get()) {
            throw new IllegalStateException("the ring of rank " + rank + " is closed; form a new one");
        }
    }

    private static void checkVector(ByteBuffer vector) {
        if (!vector.isDirect() || vector.remaining() % Float.BYTES != 0) {
            throw new IllegalArgumentException("the ring takes direct buffers of float32, got "
                    + (vector.isDirect() ? "a direct" : "a heap") + " buffer of " + vector.remaining() + " bytes");
        }
    }

    /** Closes the connections, which ends an operation in another thread with an error. Takes at most 2 s, usually none. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true) || next == null || previous == null || sender == null) {
            return;
        }
        next.close();
        previous.close();
        sender.shutdownNow();
    }
}
