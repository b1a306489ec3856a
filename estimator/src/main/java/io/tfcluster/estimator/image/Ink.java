package io.tfcluster.estimator.image;

import java.awt.image.Raster;

/** JPEGs of four channels, CMYK and YCCK, which the JDK reads but does not convert. */
final class Ink {

    private static final int YCCK = 2;

    private Ink() {}

    /**
     * Turns ink into light.
     *
     * @param transform that of the Adobe mark, -1 without one: then ink counts from 0 = none, else the other way round
     */
    static Pixels toPixels(Raster raster, int transform) {
        if (raster.getNumBands() != 4) {
            throw new BrokenPictureException("has " + raster.getNumBands() + " channels where 4 of ink were announced");
        }
        int width = raster.getWidth();
        int height = raster.getHeight();
        byte[] bgr = new byte[Math.multiplyExact(Math.multiplyExact(width, height), Pixels.CHANNELS)];
        int[] line = new int[width * 4];
        int to = 0;
        for (int y = 0; y < height; y++) {
            raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, line);
            for (int x = 0; x < width; x++) {
                double cyan = line[4 * x];
                double magenta = line[4 * x + 1];
                double yellow = line[4 * x + 2];
                double black = line[4 * x + 3];
                if (transform == YCCK) { // the first three are YCbCr of the inverted colours
                    double luma = cyan;
                    double cb = magenta - 128;
                    double cr = yellow - 128;
                    cyan = luma + 1.402 * cr;
                    magenta = luma - 0.344136 * cb - 0.714136 * cr;
                    yellow = luma + 1.772 * cb;
                }
                if (transform < 0) {
                    cyan = 255 - cyan;
                    magenta = 255 - magenta;
                    yellow = 255 - yellow;
                    black = 255 - black;
                }
                bgr[to] = light(yellow, black);
                bgr[to + 1] = light(magenta, black);
                bgr[to + 2] = light(cyan, black);
                to += Pixels.CHANNELS;
            }
        }
        return new Pixels(width, height, bgr);
    }

    private static byte light(double ink, double black) {
        return (byte) Math.round(Math.max(0, Math.min(255, Math.max(0, Math.min(255, ink)) * black / 255)));
    }
}
