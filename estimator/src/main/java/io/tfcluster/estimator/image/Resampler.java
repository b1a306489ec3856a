package io.tfcluster.estimator.image;

import java.util.Arrays;

/**
 * Resizes pixels: first across, then down, each by a table of weights. Of the lines that have been resized across, only those are kept that the
 * next line of the result is made of: all of them as floats are megabytes, which G1 would put into regions of their own.
 */
final class Resampler {

    private final Pixels in;
    private final LineResampler across;
    private final ResizeTaps down;
    private final float[][] lines;
    private final int[] kept;

    private Resampler(Pixels in, ResizeTaps across, ResizeTaps down) {
        this.in = in;
        this.across = new LineResampler(across);
        this.down = down;
        this.lines = new float[down.count()][across.size() * Pixels.CHANNELS];
        this.kept = new int[down.count()];
        Arrays.fill(kept, -1);
    }

    static Pixels resize(Pixels in, int width, int height, ResizeFilter filter) {
        if (width == in.width() && height == in.height()) {
            return in;
        }
        ResizeTaps across = ResizeTaps.of(in.width(), width, filter);
        ResizeTaps down = ResizeTaps.of(in.height(), height, filter);
        return new Pixels(width, height, new Resampler(in, across, down).pixels());
    }

    private byte[] pixels() {
        int line = lines[0].length;
        byte[] out = new byte[Math.multiplyExact(down.size(), line)];
        float[] sum = new float[line];
        for (int y = 0; y < down.size(); y++) {
            Arrays.fill(sum, 0);
            for (int k = 0; k < down.count(); k++) {
                float weight = down.weight(y, k);
                if (weight != 0) {
                    add(weight, line(down.index(y, k)), sum);
                }
            }
            round(sum, out, y * line);
        }
        return out;
    }

    private static void add(float weight, float[] line, float[] sum) {
        for (int i = 0; i < sum.length; i++) {
            sum[i] += weight * line[i];
        }
    }

    private static void round(float[] sum, byte[] out, int to) {
        for (int i = 0; i < sum.length; i++) {
            out[to + i] = (byte) Math.max(0, Math.min(255, (int) (sum[i] + 0.5f)));
        }
    }

    /** Returns a line of the source, resized across; those that one line of the result is made of lie side by side. */
    private float[] line(int y) {
        int slot = y % kept.length;
        if (kept[slot] != y) {
            across.resize(in.bgr(), y * in.width() * Pixels.CHANNELS, lines[slot]);
            kept[slot] = y;
        }
        return lines[slot];
    }
}
