package io.tfcluster.estimator.image;

import java.util.function.IntUnaryOperator;

/** From the samples that decoders give to {@link Pixels}: grey is repeated, transparency laid on white. */
final class Samples {

    private Samples() {}

    /** 0 to 65535 becomes 0 to 255, rounded. */
    static byte eightOfSixteen(int sample) {
        return (byte) ((sample * 255L + 32_767) / 65_535);
    }

    /**
     * Arranges interleaved samples.
     *
     * @param channels samples to a pixel
     * @param rgb which of them are red, green and blue
     * @param alpha which of them is alpha, or -1
     * @param sample gives sample i, 0 to 255
     */
    static Pixels toPixels(int width, int height, int channels, int[] rgb, int alpha, IntUnaryOperator sample) {
        byte[] bgr = new byte[Math.multiplyExact(Math.multiplyExact(width, height), Pixels.CHANNELS)];
        for (int pixel = 0; pixel < width * height; pixel++) {
            int from = pixel * channels;
            int to = pixel * Pixels.CHANNELS;
            int opaque = alpha < 0 ? 255 : sample.applyAsInt(from + alpha);
            for (int c = 0; c < Pixels.CHANNELS; c++) {
                bgr[to + 2 - c] = onWhite(sample.applyAsInt(from + rgb[c]), opaque);
            }
        }
        return new Pixels(width, height, bgr);
    }

    /** One pixel of 32 bits: alpha, red, green, blue. */
    static void put(byte[] bgr, int pixel, int argb) {
        int opaque = argb >>> 24;
        int to = pixel * Pixels.CHANNELS;
        bgr[to] = onWhite(argb & 0xFF, opaque);
        bgr[to + 1] = onWhite((argb >> 8) & 0xFF, opaque);
        bgr[to + 2] = onWhite((argb >> 16) & 0xFF, opaque);
    }

    private static byte onWhite(int value, int opaque) {
        return (byte) (opaque == 255 ? value : (value * opaque + 255 * (255 - opaque) + 127) / 255);
    }
}
