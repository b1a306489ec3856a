package io.tfcluster.training.ring;

import java.nio.ByteBuffer;

/** The bytes of rank 0 go from rank to rank, chunk by chunk; the last one does not send. */
final class BroadcastPass implements RingPass {
    private final ByteBuffer bytes;
    private final int rank;
    private final int size;
    private final int chunkBytes;
    private final int chunks;

    BroadcastPass(ByteBuffer bytes, int rank, int size, int chunkBytes) {
        this.bytes = bytes.slice();
        this.rank = rank;
        this.size = size;
        this.chunkBytes = chunkBytes;
        this.chunks = Math.max(1, Math.toIntExact(((long) this.bytes.capacity() + chunkBytes - 1) / chunkBytes));
    }

    @Override
    public int sends() {
        return rank == size - 1 ? 0 : chunks;
    }

    @Override
    public int receives() {
        return rank == 0 ? 0 : chunks;
    }

    @Override
    public int needs(int send) {
        return rank == 0 ? 0 : send + 1;
    }

    @Override
    public ByteBuffer toSend(int send) {
        return chunk(send);
    }

    @Override
    public ByteBuffer toReceive(int receive) {
        return chunk(receive);
    }

    private ByteBuffer chunk(int chunk) {
        int at = chunk * chunkBytes;
        return bytes.slice(at, Math.min(chunkBytes, bytes.capacity() - at));
    }

    @Override
    public void received(int receive) {
        // it lies where it belongs
    }

    /** What comes tells nothing of the ranks behind. */
    @Override
    public int begunAfter() {
        return Integer.MAX_VALUE;
    }

    /** Nobody waits for whom it sends to. */
    @Override
    public boolean onOneThread() {
        return true;
    }
}
