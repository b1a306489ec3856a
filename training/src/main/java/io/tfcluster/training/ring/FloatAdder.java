package io.tfcluster.training.ring;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/**
 * Adds vectors of float32 in direct memory.
 *
 * <p>Through arrays, because the loop over them is what the JIT compiler turns into vector instructions; through short ones, so that they
 * stay in the processor's first cache.
 */
final class FloatAdder {
    private static final int BLOCK = 2048;

    private final float[] sums = new float[BLOCK];
    private final float[] addends = new float[BLOCK];

    /** Adds all of {@code came} to {@code target}; little-endian, of the same length. */
    void add(ByteBuffer target, ByteBuffer came) {
        FloatBuffer sum = target.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
        FloatBuffer addend = came.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
        int count = sum.remaining();
        for (int at = 0; at < count; at += BLOCK) {
            int length = Math.min(BLOCK, count - at);
            sum.get(at, sums, 0, length);
            addend.get(at, addends, 0, length);
            add(sums, addends, length);
            sum.put(at, sums, 0, length);
        }
    }

    static void add(float[] sums, float[] addends, int length) {
        for (int i = 0; i < length; i++) {
            sums[i] += addends[i];
        }
    }
}
