package io.tfcluster.training.ring;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class HalfFloatsTest {
    private static final int HALVES = 1 << 16;
    private static final float[] MAGNITUDES = magnitudes(); // of the finite halves, ascending: the index is the half

    /** What IEEE 754 says that a half is worth. */
    private static float reference(int half) {
        int exponent = (half >>> 10) & 0x1F;
        int mantissa = half & 0x3FF;
        double magnitude = exponent == 0
                ? mantissa * 0x1p-24
                : exponent == 31
                        ? mantissa == 0 ? Double.POSITIVE_INFINITY : Double.NaN
                        : (1024 + mantissa) * Math.scalb(1.0, exponent - 25);
        return (float) ((half & 0x8000) == 0 ? magnitude : -magnitude);
    }

    private static float[] magnitudes() {
        float[] values = new float[0x7C00];
        for (int half = 0; half < values.length; half++) {
            values[half] = reference(half);
        }
        return values;
    }

    /** The nearest half, the even one of two that are as near, found by search. */
    private static int reference(float value) {
        int sign = 0x8000 & (Float.floatToRawIntBits(value) >>> 16);
        float magnitude = Math.abs(value);
        if (Float.isNaN(value)) {
            return sign | 0x7E00;
        }
        if (magnitude >= 65520) {
            return sign | 0x7C00;
        }
        int found = Arrays.binarySearch(MAGNITUDES, magnitude);
        if (found >= 0) {
            return sign | found;
        }
        int above = -found - 1;
        double up = above == MAGNITUDES.length ? 65536 : MAGNITUDES[above];
        double toAbove = up - magnitude;
        double toBelow = (double) magnitude - MAGNITUDES[above - 1];
        boolean isUp = toAbove < toBelow || (toAbove == toBelow && above % 2 == 0);
        return sign | (isUp ? above : above - 1);
    }

    private static ByteBuffer direct(float[] values) {
        ByteBuffer bytes =
                ByteBuffer.allocateDirect(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return bytes;
    }

    private static ByteBuffer encode(float[] values, float scale) {
        ByteBuffer wire = ByteBuffer.allocateDirect(HalfWire.bytes(values.length * Float.BYTES));
        new HalfEncoder().encode(direct(values), scale, wire);
        assertThat(wire.hasRemaining()).isFalse();
        return wire.flip().order(ByteOrder.LITTLE_ENDIAN);
    }

    private static float[] decode(ByteBuffer wire, int count) {
        float[] values = new float[count];
        ByteBuffer target = direct(values);
        new HalfDecoder().replace(target, wire.duplicate());
        target.asFloatBuffer().get(values);
        return values;
    }

    /** The halves of a wire chunk in the order of their values. */
    private static int[] halves(ByteBuffer wire, int count) {
        int[] halves = new int[count];
        int word = Float.BYTES;
        for (int at = 0; at < count; at += HalfWire.BLOCK) {
            int length = Math.min(HalfWire.BLOCK, count - at);
            int words = HalfWire.words(length);
            for (int i = 0; i < length; i++) {
                int both = wire.getInt(word + i % words * Integer.BYTES);
                halves[at + i] = i < words ? both & 0xFFFF : both >>> 16;
            }
            word += words * Integer.BYTES;
        }
        return halves;
    }

    private static ByteBuffer wire(float scale, int from, int count) {
        int words = HalfWire.words(count);
        ByteBuffer wire = ByteBuffer.allocateDirect(HalfWire.bytes(count * Float.BYTES))
                .order(ByteOrder.LITTLE_ENDIAN)
                .putFloat(scale);
        for (int i = 0; i < words; i++) {
            wire.putInt((from + i) | ((from + i + words) << 16));
        }
        return wire.flip();
    }

    @Test
    void everyHalfBecomesItsFloatAndItselfAgain() {
        for (int from = 0; from < HALVES; from += HalfWire.BLOCK) {
            ByteBuffer wire = wire(1, from, HalfWire.BLOCK);

            float[] values = decode(wire, HalfWire.BLOCK);

            int[] again = halves(encode(values, 1), HalfWire.BLOCK);
            for (int i = 0; i < HalfWire.BLOCK; i++) {
                int half = from + i;
                float expected = reference(half);
                if (Float.isNaN(expected)) {
                    assertThat(values[i]).isNaN();
                    assertThat(again[i] & 0x7FFF).isEqualTo(0x7E00);
                } else {
                    assertThat(Float.floatToRawIntBits(values[i])).isEqualTo(Float.floatToRawIntBits(expected));
                    assertThat(again[i]).isEqualTo(half);
                }
            }
        }
    }

    @Test
    void floatsOfAllBitPatternsAreRoundedToTheNearestHalf() {
        Random random = new Random(5);
        float[] values = new float[300_007];
        for (int i = 0; i < values.length; i++) {
            values[i] = switch (i % 4) {
                case 0 -> Float.intBitsToFloat(random.nextInt());
                case 1 -> (float) (random.nextGaussian() * Math.scalb(1.0, random.nextInt(45) - 28));
                case 2 -> between(random.nextInt(0x7BFF), random); // ties and their neighbours
                default -> -between(random.nextInt(0x7BFF), random);
            };
        }
        values[0] = 65519.996f;
        values[4] = 65520;
        values[8] = Float.MIN_VALUE;
        values[12] = -0f;

        int[] found = halves(encode(values, 1), values.length);

        for (int i = 0; i < values.length; i++) {
            assertThat(found[i]).as("half of %s", values[i]).isEqualTo(reference(values[i]));
        }
    }

    private static float between(int half, Random random) {
        float middle = (MAGNITUDES[half] + MAGNITUDES[half + 1]) / 2;
        int way = random.nextInt(3);
        return way == 0 ? middle : way == 1 ? Math.nextUp(middle) : Math.nextDown(middle);
    }

    @Test
    void scaleFitsTheLargestFiniteValueSoThatNothingOverflowsOrVanishes() {
        for (float factor : new float[] {1, 1e-30f, 1e30f, 65504, 1e-7f, 3e38f}) {
            float[] values = {0.75f * factor, -factor, 1e-6f * factor, 0, 0.5f * factor};
            HalfEncoder encoder = new HalfEncoder();

            float scale = encoder.scale(direct(values));
            float[] found = decode(encode(values, scale), values.length);

            for (int i = 0; i < values.length; i++) {
                assertThat(found[i])
                        .isCloseTo(values[i], org.assertj.core.data.Offset.offset(Math.abs(values[i]) / 2048));
            }
        }
    }

    @Test
    void badNumbersAndZerosHaveAScale() {
        float[] values = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 1e20f, 0};
        HalfEncoder encoder = new HalfEncoder();

        float scale = encoder.scale(direct(values));

        float[] found = decode(encode(values, scale), values.length);
        assertThat(Arrays.copyOf(found, 3))
                .containsExactly(Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY);
        assertThat(found[3]).isBetween(0.999e20f, 1.001e20f);
        assertThat(encoder.scale(direct(new float[3]))).isPositive().isFinite();
        assertThat(decode(encode(new float[3], encoder.scale(direct(new float[3]))), 3))
                .containsOnly(0);
    }

    @Test
    void whatWasDecodedIsEncodedToTheSameBits() {
        Random random = new Random(6);
        float[] values = new float[5_001];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() * Math.scalb(1.0, random.nextInt(40) - 60));
        }
        float scale = new HalfEncoder().scale(direct(values));
        ByteBuffer wire = encode(values, scale);

        assertThat(encode(decode(wire, values.length), scale)).isEqualTo(wire);
    }

    @Test
    void sumsAddWhatReplacingWrites() {
        float[] values = {1.5f, -2, 3e-3f};
        ByteBuffer target = direct(new float[] {1, 2, 3});

        new HalfDecoder().add(target, encode(values, 1));

        float[] decoded = decode(encode(values, 1), 3);
        assertThat(target.getFloat(0)).isEqualTo(2.5f);
        assertThat(target.getFloat(4)).isZero();
        assertThat(target.getFloat(8)).isEqualTo(3 + decoded[2]);
    }
}
