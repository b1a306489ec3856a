package io.tfcluster.training.ring;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;

/**
 * Turns half floats back into float32, exactly. As {@link HalfEncoder}: loops without branches, one thread.
 *
 * <p>A value is (a - b) · c, where c is the scale with the value's sign. A normal half is a itself and b is 0; one below 2^-14 has its bits
 * at the end of a = 2^-14 · 1.…, and b = 2^-14 takes away the one in front that it does not have.
 */
final class HalfDecoder {
    private static final int MANTISSA = 23;
    private static final int SMALLEST_NORMAL = (127 - 14) << MANTISSA;
    private static final int REBIAS = (127 - 15) << MANTISSA;

    private final int[] words = new int[HalfWire.BLOCK / 2];
    private final int[] halves = new int[HalfWire.BLOCK];
    private final int[] bits = new int[HalfWire.BLOCK];
    private final int[] less = new int[HalfWire.BLOCK];
    private final float[] a = new float[HalfWire.BLOCK];
    private final float[] b = new float[HalfWire.BLOCK];
    private final float[] c = new float[HalfWire.BLOCK];
    private final float[] sums = new float[HalfWire.BLOCK];
    private final FloatBuffer asFloats;
    private final IntBuffer asInts;

    HalfDecoder() {
        ByteBuffer memory =
                ByteBuffer.allocateDirect(HalfWire.BLOCK * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        this.asFloats = memory.asFloatBuffer();
        this.asInts = memory.asIntBuffer();
    }

    /** Writes the values to all of {@code floats} and returns the scale they came with. */
    float replace(ByteBuffer floats, ByteBuffer wire) {
        return decode(floats, wire, false);
    }

    /** Adds the values to all of {@code floats}. */
    void add(ByteBuffer floats, ByteBuffer wire) {
        decode(floats, wire, true);
    }

    private float decode(ByteBuffer floats, ByteBuffer wire, boolean add) {
        FloatBuffer target = floats.duplicate().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
        float scale = wire.order(ByteOrder.LITTLE_ENDIAN).getFloat();
        IntBuffer source = wire.asIntBuffer();
        int count = target.remaining();
        for (int at = 0; at < count; at += HalfWire.BLOCK) {
            int length = Math.min(HalfWire.BLOCK, count - at);
            int half = HalfWire.words(length);
            source.get(words, 0, half);
            split(words, halves, half);
            magnitudes(halves, bits, less, length);
            toFloats(bits, a, length);
            toFloats(less, b, length);
            signs(halves, bits, Float.floatToRawIntBits(scale), length);
            toFloats(bits, c, length);
            if (add) {
                target.get(at, sums, 0, length);
                sum(sums, a, b, c, length);
                target.put(at, sums, 0, length);
            } else {
                values(a, b, c, length);
                target.put(at, a, 0, length);
            }
        }
        return scale;
    }

    private void toFloats(int[] from, float[] to, int length) {
        asInts.put(0, from, 0, length);
        asFloats.get(0, to, 0, length);
    }

    private static void split(int[] words, int[] halves, int half) {
        for (int i = 0; i < half; i++) {
            halves[i] = words[i] & 0xFFFF;
        }
        for (int i = 0; i < half; i++) {
            halves[i + half] = words[i] >>> 16;
        }
    }

    private static void magnitudes(int[] halves, int[] bits, int[] less, int length) {
        for (int i = 0; i < length; i++) {
            int magnitude = halves[i] & 0x7FFF;
            int isSmall = (magnitude - 0x400) >> 31;
            int isInfinite = (0x7BFF - magnitude) >> 31; // or not a number
            bits[i] = (magnitude << 13) + REBIAS + (REBIAS & isInfinite) + ((1 << MANTISSA) & isSmall);
            less[i] = SMALLEST_NORMAL & isSmall;
        }
    }

    private static void signs(int[] halves, int[] bits, int scale, int length) {
        for (int i = 0; i < length; i++) {
            bits[i] = scale | ((halves[i] & 0x8000) << 16);
        }
    }

    private static void values(float[] a, float[] b, float[] c, int length) {
        for (int i = 0; i < length; i++) {
            a[i] = (a[i] - b[i]) * c[i];
        }
    }

    private static void sum(float[] sums, float[] a, float[] b, float[] c, int length) {
        for (int i = 0; i < length; i++) {
            sums[i] += (a[i] - b[i]) * c[i];
        }
    }
}
