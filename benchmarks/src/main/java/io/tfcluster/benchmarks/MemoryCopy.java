package io.tfcluster.benchmarks;

import java.nio.ByteBuffer;

/** What one thread can copy between two pieces of memory that no cache holds. */
final class MemoryCopy {
    private static final int PIECE_BYTES = 256 << 20;
    private static final int SMALL_PIECE_BYTES = 32 << 20;

    private MemoryCopy() {}

    /**
     * Copies and returns bytes per second.
     *
     * @param bytes about how many to copy; the pieces have 256 MiB each, less only if there is less to copy
     */
    static double bytesPerSecond(long bytes) {
        int piece = bytes < 2L * PIECE_BYTES ? SMALL_PIECE_BYTES : PIECE_BYTES;
        ByteBuffer from = ByteBuffer.allocateDirect(piece);
        ByteBuffer to = ByteBuffer.allocateDirect(piece);
        for (int i = 0; i < piece; i += 8) {
            from.putLong(i, i * 0x9E3779B97F4A7C15L); // pages that were never written are all the same one
        }
        to.put(0, from, 0, piece); // the first copy pays for fresh pages
        long rounds = Math.max(1, bytes / piece);
        long start = System.nanoTime();
        for (long round = 0; round < rounds; round++) {
            to.put(0, from, 0, piece);
        }
        long nanos = System.nanoTime() - start;
        if (to.getLong(piece - 8) != from.getLong(piece - 8)) {
            throw new IllegalStateException("the copy is not what was copied");
        }
        return rounds * piece / (nanos / 1e9);
    }
}
