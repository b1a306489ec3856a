package io.tfcluster.estimator;

/** Numbers of two bytes: float16 of IEEE 754, and bfloat16, the upper half of a float32. */
final class Halves {
    private Halves() {}

    /** Rounds to the nearest, ties to even; what is too large becomes infinite. */
    static short toHalf(float value) {
        int bits = Float.floatToRawIntBits(value);
        int sign = (bits >>> 16) & 0x8000;
        int magnitude = bits & 0x7FFF_FFFF;
        if (magnitude >= 0x7F80_0000) {
            return (short) (sign | 0x7C00 | (magnitude > 0x7F80_0000 ? 0x200 : 0));
        }
        if (magnitude >= 0x477F_F000) { // rounds to 65,536 or more
            return (short) (sign | 0x7C00);
        }
        if (magnitude < 0x3880_0000) { // below 2^-14: steps of 2^-24
            return (short) (sign | (int) Math.rint(Math.abs(value) * 0x1p24f));
        }
        int rounded = magnitude + 0xFFF + ((magnitude >>> 13) & 1);
        return (short) (sign | ((rounded - 0x3800_0000) >>> 13));
    }

    static float fromHalf(short half) {
        int exponent = (half >>> 10) & 0x1F;
        int mantissa = half & 0x3FF;
        float value;
        if (exponent == 0) {
            value = mantissa * 0x1p-24f;
        } else if (exponent == 0x1F) {
            value = mantissa == 0 ? Float.POSITIVE_INFINITY : Float.NaN;
        } else {
            value = Float.intBitsToFloat(((exponent + 112) << 23) | (mantissa << 13));
        }
        return half < 0 ? -value : value;
    }

    /** Rounds to the nearest, ties to even. */
    static short toBrain(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) ((bits >>> 16) | 0x40);
        }
        return (short) ((bits + 0x7FFF + ((bits >>> 16) & 1)) >>> 16);
    }

    static float fromBrain(short brain) {
        return Float.intBitsToFloat(brain << 16);
    }
}
