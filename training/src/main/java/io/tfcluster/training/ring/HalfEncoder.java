package io.tfcluster.training.ring;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.Arrays;

/**
 * Turns float32 into half floats, rounding to nearest, ties to even; Java 17 has nothing for it.
 *
 * <p>No branch, no table, and values change between float and int by way of memory: so each loop becomes vector instructions. One thread uses
 * an encoder.
 */
final class HalfEncoder {
    private static final int MANTISSA = 23;
    private static final int BIAS = 127;
    private static final int INFINITY = 0xFF << MANTISSA;
    private static final int SMALLEST_NORMAL = (BIAS - 14) << MANTISSA; // 2^-14
    private static final int FIRST_INFINITE =
            0x477F_F000; // 65520, half way between the largest half and what would follow
    private static final int TOP = 14; // the largest value of a chunk is scaled to 2^14 or more, but less than 2^15
    private static final int MOST = 110;

    private final float[] values = new float[HalfWire.BLOCK];
    private final float[] shifted = new float[HalfWire.BLOCK];
    private final int[] bits = new int[HalfWire.BLOCK];
    private final int[] shiftedBits = new int[HalfWire.BLOCK];
    private final int[] halves = new int[HalfWire.BLOCK];
    private final int[] words = new int[HalfWire.BLOCK / 2];
    private final FloatBuffer asFloats;
    private final IntBuffer asInts;

    HalfEncoder() {
        ByteBuffer memory =
                ByteBuffer.allocateDirect(HalfWire.BLOCK * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        this.asFloats = memory.asFloatBuffer();
        this.asInts = memory.asIntBuffer();
    }

    /** Returns the power of two that all finite values of the chunk fit with. */
    float scale(ByteBuffer floats) {
        IntBuffer source = floats.duplicate().order(ByteOrder.LITTLE_ENDIAN).asIntBuffer();
        int count = source.remaining();
        Arrays.fill(halves, 0);
        for (int at = 0; at < count; at += HalfWire.BLOCK) {
            int length = Math.min(HalfWire.BLOCK, count - at);
            source.get(at, bits, 0, length);
            largest(bits, halves, length);
        }
        int largest = 0;
        for (int value : halves) {
            largest = Math.max(largest, value);
        }
        int exponent = Math.max(-MOST, (largest >>> MANTISSA) - BIAS - TOP);
        return Float.intBitsToFloat((exponent + BIAS) << MANTISSA);
    }

    private static void largest(int[] bits, int[] largest, int length) {
        for (int i = 0; i < length; i++) {
            int magnitude = bits[i] & 0x7FFF_FFFF;
            int finite = magnitude & ((magnitude - INFINITY) >> 31);
            int more = largest[i] - finite;
            largest[i] -= more & (more >> 31);
        }
    }

    /** Writes scale and words of all values to {@code wire}, from its position on. */
    void encode(ByteBuffer floats, float scale, ByteBuffer wire) {
        FloatBuffer source = floats.duplicate().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
        wire.order(ByteOrder.LITTLE_ENDIAN).putFloat(scale);
        IntBuffer target = wire.asIntBuffer();
        int count = source.remaining();
        for (int at = 0; at < count; at += HalfWire.BLOCK) {
            int length = Math.min(HalfWire.BLOCK, count - at);
            int half = HalfWire.words(length);
            source.get(at, values, 0, length);
            shift(values, shifted, 1 / scale, length);
            asFloats.put(0, values, 0, length);
            asInts.get(0, bits, 0, length);
            asFloats.put(0, shifted, 0, length);
            asInts.get(0, shiftedBits, 0, length);
            halves(bits, shiftedBits, halves, length);
            if (length < 2 * half) {
                halves[length] = 0;
            }
            join(halves, words, half);
            target.put(words, 0, half);
        }
        wire.position(wire.position() + target.position() * Integer.BYTES);
    }

    /** Scales, and adds 0.5, whose last bit is 2^-24 as that of halves below 2^-14: so the addition rounds these. */
    private static void shift(float[] values, float[] shifted, float factor, int length) {
        for (int i = 0; i < length; i++) {
            float value = values[i] * factor;
            values[i] = value;
            shifted[i] = Math.abs(value) + 0.5f;
        }
    }

    private static void halves(int[] bits, int[] shiftedBits, int[] halves, int length) {
        for (int i = 0; i < length; i++) {
            int magnitude = bits[i] & 0x7FFF_FFFF;
            int small = shiftedBits[i] - ((BIAS - 1) << MANTISSA);
            int normal = (magnitude + 0xFFF + ((magnitude >>> 13) & 1) - ((BIAS - 15) << MANTISSA)) >>> 13;
            int isSmall = (magnitude - SMALLEST_NORMAL) >> 31;
            int isInfinite = (FIRST_INFINITE - 1 - magnitude) >> 31;
            int isNan = (INFINITY - magnitude) >> 31;
            int half = (small & isSmall) | (normal & ~isSmall);
            halves[i] = (half & ~isInfinite) | (0x7C00 & isInfinite) | (0x0200 & isNan) | ((bits[i] >>> 16) & 0x8000);
        }
    }

    private static void join(int[] halves, int[] words, int half) {
        for (int i = 0; i < half; i++) {
            words[i] = halves[i] | (halves[i + half] << 16);
        }
    }
}
