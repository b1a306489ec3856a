package io.tfcluster.feeding;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;

/** Keeps the direct memory of used blocks for the next ones, at most so many bytes of it; safe for many threads. */
final class BlockPool {
    private static final int GRAIN = 1 << 16;

    private final long keptBytes;
    private final Deque<ByteBuffer> free = new ArrayDeque<>();
    private long freeBytes;

    BlockPool(long keptBytes) {
        this.keptBytes = keptBytes;
    }

    /** Returns direct memory, position 0, limit {@code bytes}, its contents undefined. */
    ByteBuffer take(int bytes) {
        synchronized (free) {
            for (Iterator<ByteBuffer> i = free.iterator(); i.hasNext(); ) {
                ByteBuffer candidate = i.next();
                if (candidate.capacity() >= bytes && candidate.capacity() / 2 <= Math.max(bytes, GRAIN)) {
                    i.remove();
                    freeBytes -= candidate.capacity();
                    return candidate.clear().limit(bytes);
                }
            }
        }
        long rounded = Math.max(GRAIN, ((long) bytes + GRAIN - 1) / GRAIN * GRAIN);
        try {
            return ByteBuffer.allocateDirect((int) Math.min(Integer.MAX_VALUE - 8, rounded))
                    .limit(bytes);
        } catch (OutOfMemoryError e) {
            throw new WireException("the node has no direct memory for a block of " + bytes + " bytes ("
                    + e.getMessage() + "); raise its -XX:MaxDirectMemorySize or lower bufferBytes");
        }
    }

    void giveBack(ByteBuffer memory) {
        synchronized (free) {
            free.addFirst(memory);
            freeBytes += memory.capacity();
            while (freeBytes > keptBytes) {
                freeBytes -= free.removeLast().capacity(); // the garbage collector frees it
            }
        }
    }
}
