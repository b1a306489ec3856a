package io.tfcluster.training.ring;

import static java.util.Objects.requireNonNull;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The processes that learn together, in a circle: each sends to the next and receives from the previous.
 *
 * <p>Made by {@link RingListener#form}, or {@link #single()} for one process; whoever got it closes it. One thread at a time calls the
 * operations, and all ranks call the same ones in the same order with vectors of the same length. After an error the ring is spent: the
 * connections are closed, so that the neighbours hear of it at once.
 *
 * <p>Every operation takes a patience: how long the previous rank may still be busy with something else before it begins. From when all
 * are known to have begun, each message has the peer timeout of {@link RingListener#form} as its limit.
 */
public final class Ring implements AutoCloseable {
    private static final Duration GLANCE = Duration.ofMillis(1);
    static final int CHUNK_BYTES = 128 << 10;
    private static final int MOST_GATHERED = 64 << 20;

    private final int rank;
    private final int size;
    private final Duration peerTimeout;
    private final @Nullable RingLinks links;
    private final @Nullable RingRunner runner;
    private final SumBuffers buffers;
    private ByteBuffer gathered = ByteBuffer.allocateDirect(0);

    private Ring(int rank, int size, @Nullable RingLinks links, Duration peerTimeout) {
        this.rank = rank;
        this.size = size;
        this.peerTimeout = peerTimeout;
        this.links = links;
        this.runner = links == null ? null : new RingRunner(rank, links, peerTimeout);
        this.buffers = new SumBuffers(links == null ? 0 : CHUNK_BYTES);
    }

    static Ring of(int rank, int size, RingLinks links, Duration peerTimeout) {
        return new Ring(rank, size, links, peerTimeout);
    }

    /** Returns a ring of this process alone, without sockets. */
    public static Ring single() {
        return new Ring(0, 1, null, Duration.ofSeconds(1));
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
        return awaitPeerStart(GLANCE);
    }

    /** Waits until {@link #peerStarted()} or the limit, and returns which of them it was; alone, it is always the limit. */
    public boolean awaitPeerStart(Duration limit) {
        if (links == null) {
            LockSupport.parkNanos(limit.toNanos());
            return false;
        }
        return limit.compareTo(GLANCE) > 0 ? links.awaitPrevious(limit) : links.awaitReceivable(limit);
    }

    /** Returns the neighbours that an operation waits for now, and how long; from any thread. */
    public List<RingWait> waits() {
        return links == null ? List.of() : links.waits();
    }

    /**
     * Replaces each rank's vector by the sum of all, in place: the same bits on all ranks.
     *
     * @param floats direct buffer of float32, little-endian, from position to limit
     * @throws RingException if a peer is gone, hangs beyond its limit, or has a vector of another length
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
        allReduceSum(floats, Compression.NONE, patience);
    }

    /**
     * As {@link #allReduceSum(ByteBuffer, Duration)}, in fewer bytes; vectors of up to 8 KiB are not worth it and go as they are.
     *
     * @param compression the same on all ranks
     */
    public void allReduceSum(ByteBuffer floats, Compression compression, Duration patience) {
        checkDirect(floats);
        requireNonNull(compression, "compression");
        RingRunner with = open();
        if (with == null) {
            return;
        }
        if (floats.remaining() <= RingRunner.INLINE_BYTES) {
            sumSmall(with, floats, patience);
            return;
        }
        with.begin(
                compression == Compression.NONE ? RingOperation.SUM : RingOperation.SUM_FLOAT16,
                floats.remaining(),
                new SumPass(new RingSegments(floats, rank, size, CHUNK_BYTES), size, compression, buffers),
                patience);
    }

    /** All vectors go to all ranks, and each adds them in the order of the ranks: half the steps. */
    private void sumSmall(RingRunner with, ByteBuffer floats, Duration patience) {
        ByteBuffer mine = floats.slice();
        List<ByteBuffer> all = blocks(mine.capacity());
        all.get(rank).duplicate().put(mine.duplicate());
        with.begin(RingOperation.SUM, mine.capacity(), gather(all), patience);
        mine.duplicate().put(all.get(0).duplicate());
        for (int peer = 1; peer < size; peer++) {
            buffers.adder().add(mine, all.get(peer));
        }
    }

    /**
     * Replaces each rank's numbers by the sums over all ranks, in place: added as doubles, the same bits on all ranks.
     *
     * <p>For some thousand numbers, such as metrics: all of them go to every rank.
     *
     * @throws RingException as {@link #allReduceSum(ByteBuffer)}
     */
    public void reduceSum(double[] sums, Duration patience) {
        RingRunner with = open();
        if (with == null) {
            return;
        }
        List<ByteBuffer> all = blocks(Math.multiplyExact(sums.length, Double.BYTES));
        doubles(all.get(rank)).put(sums);
        with.begin(RingOperation.SUM_DOUBLES, (long) sums.length * Double.BYTES, gather(all), patience);
        double[] addends = new double[sums.length];
        doubles(all.get(0)).get(sums);
        for (int peer = 1; peer < size; peer++) {
            doubles(all.get(peer)).get(addends);
            for (int i = 0; i < sums.length; i++) {
                sums[i] += addends[i];
            }
        }
    }

    /**
     * Gives all ranks the bytes of each.
     *
     * @param mine from position to limit, up to 64 MiB, of any length on any rank; the position stays
     * @return the bytes of each rank in the order of ranks, this one's too, in memory of their own
     * @throws RingException as {@link #allReduceSum(ByteBuffer)}
     */
    public List<ByteBuffer> allGather(ByteBuffer mine, Duration patience) {
        if (mine.remaining() > MOST_GATHERED) {
            throw new IllegalArgumentException(
                    "allGather takes up to " + MOST_GATHERED + " bytes of each rank, got " + mine.remaining());
        }
        ByteBuffer copy =
                ByteBuffer.allocate(mine.remaining()).put(mine.duplicate()).flip();
        RingRunner with = open();
        if (with == null || links == null) {
            return List.of(copy);
        }
        List<ByteBuffer> lengths = blocks(Integer.BYTES);
        lengths.get(rank).putInt(0, copy.remaining());
        with.begin(RingOperation.ALL_GATHER, 0, gather(lengths), patience);
        List<ByteBuffer> blocks = new ArrayList<>();
        for (int peer = 0; peer < size; peer++) {
            int length = lengths.get(peer).getInt(0);
            if (length < 0 || length > MOST_GATHERED) {
                throw links.failOfPrevious("passed on a length of " + length + " bytes for rank " + peer);
            }
            blocks.add(peer == rank ? copy : ByteBuffer.allocate(length));
        }
        with.goOn(gather(blocks), patience);
        return List.copyOf(blocks);
    }

    /**
     * Gives all ranks the bytes of rank 0.
     *
     * @param bytes direct buffer, from position to limit: read on rank 0, filled on the others
     * @throws RingException as {@link #allReduceSum(ByteBuffer)}
     */
    public void broadcast(ByteBuffer bytes, Duration patience) {
        checkDirect(bytes);
        RingRunner with = open();
        if (with != null) {
            with.begin(
                    RingOperation.BROADCAST,
                    bytes.remaining(),
                    new BroadcastPass(bytes, rank, size, CHUNK_BYTES),
                    patience);
        }
    }

    private GatherPass gather(List<ByteBuffer> blocks) {
        return new GatherPass(blocks, rank, CHUNK_BYTES, RingRunner.INLINE_BYTES);
    }

    /** A block for each rank in memory that the next operation uses again. */
    private List<ByteBuffer> blocks(int length) {
        int all = Math.multiplyExact(length, size);
        if (gathered.capacity() < all) {
            gathered = ByteBuffer.allocateDirect(all);
        }
        List<ByteBuffer> blocks = new ArrayList<>(size);
        for (int peer = 0; peer < size; peer++) {
            blocks.add(gathered.slice(peer * length, length));
        }
        return blocks;
    }

    private static DoubleBuffer doubles(ByteBuffer block) {
        return block.duplicate().order(ByteOrder.LITTLE_ENDIAN).asDoubleBuffer();
    }

    /** Returns how many bytes this rank has sent since the ring was formed, with headers. */
    long sentBytes() {
        return links == null ? 0 : links.sentBytes();
    }

    /** Returns what runs passes, null if there is nobody else. */
    private @Nullable RingRunner open() {
        if (links != null && links.isClosed()) {
            throw new IllegalStateException("the ring of rank " + rank + " is closed; form a new one");
        }
        return runner;
    }

    private static void checkDirect(ByteBuffer vector) {
        if (!vector.isDirect() || vector.remaining() % Float.BYTES != 0) {
            throw new IllegalArgumentException("the ring takes direct buffers of float32, got "
                    + (vector.isDirect() ? "a direct" : "a heap") + " buffer of " + vector.remaining() + " bytes");
        }
    }

    /** Closes the connections, which ends an operation in another thread with an error. Takes at most 2 s, usually none. */
    @Override
    public void close() {
        if (runner != null) {
            runner.close();
        }
    }
}
