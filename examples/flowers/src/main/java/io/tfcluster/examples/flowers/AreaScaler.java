package io.tfcluster.examples.flowers;

import java.util.Arrays;

/** Scales packed RGB pixels to a square: by area when shrinking, linearly when growing; first across, then down. */
final class AreaScaler {

    private AreaScaler() {}

    static byte[] scale(int[] pixels, int width, int height, int size) {
        Weights across = new Weights(width, size);
        Weights down = new Weights(height, size);
        float[] rows = new float[height * size * 3];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < size; x++) {
                float red = 0;
                float green = 0;
                float blue = 0;
                for (int k = 0; k < across.count(); k++) {
                    float weight = across.weight(x, k);
                    int pixel = pixels[y * width + across.index(x, k)];
                    red += weight * (pixel >> 16 & 0xFF);
                    green += weight * (pixel >> 8 & 0xFF);
                    blue += weight * (pixel & 0xFF);
                }
                int at = (y * size + x) * 3;
                rows[at] = red;
                rows[at + 1] = green;
                rows[at + 2] = blue;
            }
        }
        byte[] out = new byte[size * size * 3];
        float[] sum = new float[size * 3];
        for (int y = 0; y < size; y++) {
            Arrays.fill(sum, 0);
            for (int k = 0; k < down.count(); k++) {
                float weight = down.weight(y, k);
                int from = down.index(y, k) * size * 3;
                for (int i = 0; i < sum.length; i++) {
                    sum[i] += weight * rows[from + i];
                }
            }
            for (int i = 0; i < sum.length; i++) {
                out[y * sum.length + i] = (byte) Math.min(255, Math.round(sum[i]));
            }
        }
        return out;
    }

    /** Which source pixels make up each of the target's, and by how much; the weights of one target pixel add up to 1. */
    private static final class Weights {
        private final int count;
        private final int[] first;
        private final float[] weights;
        private final int limit;

        Weights(int from, int to) {
            double scale = (double) from / to;
            limit = from;
            count = (int) Math.ceil(Math.max(1, scale)) + 1;
            first = new int[to];
            weights = new float[to * count];
            for (int i = 0; i < to; i++) {
                double middle = (i + 0.5) * scale;
                double start = scale >= 1 ? i * scale : middle - 0.5;
                first[i] = (int) Math.floor(start);
                double sum = 0;
                for (int k = 0; k < count; k++) {
                    double pixel = first[i] + k;
                    double weight = scale >= 1
                            ? Math.max(0, Math.min(pixel + 1, start + scale) - Math.max(pixel, start))
                            : Math.max(0, 1 - Math.abs(pixel + 0.5 - middle));
                    weights[i * count + k] = (float) weight;
                    sum += weight;
                }
                for (int k = 0; k < count; k++) {
                    weights[i * count + k] /= (float) sum;
                }
            }
        }

        int count() {
            return count;
        }

        float weight(int target, int k) {
            return weights[target * count + k];
        }

        int index(int target, int k) {
            return Math.max(0, Math.min(limit - 1, first[target] + k));
        }
    }
}
