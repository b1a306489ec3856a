package io.tfcluster.training.ring;

import java.nio.ByteBuffer;

/**
 * How one vector is cut for its way round the ring: a segment per rank, each in the same number of chunks.
 *
 * <p>Pass 1 (reduce-scatter) is steps 0 to size-2, pass 2 (all-gather) the size-1 after them. In step s a rank sends segment
 * (rank - s) and receives segment (rank - s - 1): what it receives in one step it sends in the next, through both passes.
 */
final class RingSegments {
    private final ByteBuffer bytes;
    private final int elements;
    private final int rank;
    private final int size;
    private final int chunks;

    RingSegments(ByteBuffer vector, int rank, int size, int chunkBytes) {
        this.bytes = vector.slice();
        this.elements = bytes.remaining() / Float.BYTES;
        this.rank = rank;
        this.size = size;
        long largest = ((long) elements + size - 1) / size;
        this.chunks = (int) Math.max(1, (largest * Float.BYTES + chunkBytes - 1) / chunkBytes);
    }

    int steps() {
        return 2 * (size - 1);
    }

    int chunks() {
        return chunks;
    }

    /** The segment that is sent in a step. */
    int sent(int step) {
        return Math.floorMod(rank - step, size);
    }

    /** The segment that is received in a step. */
    int received(int step) {
        return Math.floorMod(rank - step - 1, size);
    }

    /** What is sent as chunk {@code chunk} of step {@code step}. */
    ByteBuffer toSend(int step, int chunk) {
        return chunk(sent(step), chunk);
    }

    /** Where chunk {@code chunk} of step {@code step} belongs. */
    ByteBuffer toReceive(int step, int chunk) {
        return chunk(received(step), chunk);
    }

    boolean adds(int step) {
        return step < size - 1;
    }

    private ByteBuffer chunk(int segment, int chunk) {
        long first = (long) elements * segment / size;
        long length = (long) elements * (segment + 1) / size - first;
        int from = (int) (first + length * chunk / chunks);
        int to = (int) (first + length * (chunk + 1) / chunks);
        return bytes.slice(from * Float.BYTES, (to - from) * Float.BYTES);
    }
}
