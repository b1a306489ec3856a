package io.tfcluster.estimator.image;

/** Resizes pixels: first across, then down, each by a table of weights. */
final class Resampler {

    private Resampler() {}

    static Pixels resize(Pixels in, int width, int height, ResizeFilter filter) {
        if (width == in.width() && height == in.height()) {
            return in;
        }
        Taps across = Taps.of(in.width(), width, filter);
        Taps down = Taps.of(in.height(), height, filter);
        int line = width * Pixels.CHANNELS;
        float[] rows = across(in, across, line);
        byte[] out = new byte[height * line];
        float[] sum = new float[line];
        for (int y = 0; y < height; y++) {
            for (int k = 0; k < down.count; k++) {
                float weight = down.weights[y * down.count + k];
                int from = down.index(y, k) * line;
                if (k == 0) {
                    for (int i = 0; i < line; i++) {
                        sum[i] = weight * rows[from + i];
                    }
                } else if (weight != 0) {
                    for (int i = 0; i < line; i++) {
                        sum[i] += weight * rows[from + i];
                    }
                }
            }
            int to = y * line;
            for (int i = 0; i < line; i++) {
                out[to + i] = (byte) Math.max(0, Math.min(255, (int) (sum[i] + 0.5f)));
            }
        }
        return new Pixels(width, height, out);
    }

    private static float[] across(Pixels in, Taps taps, int line) {
        byte[] bgr = in.bgr();
        float[] rows = new float[Math.multiplyExact(in.height(), line)];
        int to = 0;
        for (int y = 0; y < in.height(); y++) {
            int start = y * in.width();
            for (int x = 0; x < taps.size; x++) {
                float blue = 0;
                float green = 0;
                float red = 0;
                for (int k = 0; k < taps.count; k++) {
                    float weight = taps.weights[x * taps.count + k];
                    int from = (start + taps.index(x, k)) * Pixels.CHANNELS;
                    blue += weight * (bgr[from] & 0xFF);
                    green += weight * (bgr[from + 1] & 0xFF);
                    red += weight * (bgr[from + 2] & 0xFF);
                }
                rows[to] = blue;
                rows[to + 1] = green;
                rows[to + 2] = red;
                to += Pixels.CHANNELS;
            }
        }
        return rows;
    }

    /** Which source pixels make up each of the target's, and by how much; the weights of one target pixel add up to 1. */
    private static final class Taps {

        private static final double CUBIC = -0.75;

        private final int limit;
        private final int size;
        private final int count;
        private final int[] first;
        private final float[] weights;

        private Taps(int limit, int size, int count) {
            this.limit = limit;
            this.size = size;
            this.count = count;
            this.first = new int[size];
            this.weights = new float[size * count];
        }

        static Taps of(int from, int to, ResizeFilter filter) {
            double scale = (double) from / to;
            boolean area = filter == ResizeFilter.AREA && scale >= 1;
            int count = switch (filter) {
                case NEAREST -> 1;
                case BILINEAR -> 2;
                case BICUBIC -> 4;
                case AREA -> area ? (int) Math.ceil(scale) + 1 : 2;
            };
            Taps taps = new Taps(from, to, count);
            for (int i = 0; i < to; i++) {
                double start = switch (filter) {
                    case NEAREST -> (i + 0.5) * scale;
                    case BILINEAR -> (i + 0.5) * scale - 0.5;
                    case BICUBIC -> (i + 0.5) * scale - 1.5;
                    case AREA -> area ? i * scale : (i + 0.5) * scale - 0.5;
                };
                taps.first[i] = (int) Math.floor(start);
                double rest = start - taps.first[i];
                double sum = 0;
                for (int k = 0; k < count; k++) {
                    double weight = weight(filter, area, k, rest, scale);
                    taps.weights[i * count + k] = (float) weight;
                    sum += weight;
                }
                for (int k = 0; k < count; k++) {
                    taps.weights[i * count + k] /= (float) sum;
                }
            }
            return taps;
        }

        private static double weight(ResizeFilter filter, boolean area, int k, double rest, double scale) {
            if (filter == ResizeFilter.NEAREST) {
                return 1;
            }
            if (area) {
                return Math.max(0, Math.min(k + 1, rest + scale) - Math.max(k, rest));
            }
            if (filter == ResizeFilter.BICUBIC) {
                double away = Math.abs(k - 1 - rest);
                return away <= 1
                        ? ((CUBIC + 2) * away - (CUBIC + 3)) * away * away + 1
                        : ((CUBIC * away - 5 * CUBIC) * away + 8 * CUBIC) * away - 4 * CUBIC;
            }
            return k == 0 ? 1 - rest : rest;
        }

        int index(int target, int k) {
            return Math.max(0, Math.min(limit - 1, first[target] + k));
        }
    }
}
