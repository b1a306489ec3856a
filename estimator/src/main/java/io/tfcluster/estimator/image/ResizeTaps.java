package io.tfcluster.estimator.image;

/** Which source pixels make up each of the target's, and by how much, along one side; the weights of one target pixel add up to 1. */
final class ResizeTaps {

    private static final double CUBIC = -0.75;

    private final int size;
    private final int count;
    private final int[] indices;
    private final float[] weights;

    private ResizeTaps(int size, int count) {
        this.size = size;
        this.count = count;
        this.indices = new int[size * count];
        this.weights = new float[size * count];
    }

    static ResizeTaps of(int from, int to, ResizeFilter filter) {
        double scale = (double) from / to;
        boolean area = filter == ResizeFilter.AREA && scale >= 1;
        int count = switch (filter) {
            case NEAREST -> 1;
            case BILINEAR -> 2;
            case BICUBIC -> 4;
            case AREA -> area ? (int) Math.ceil(scale) + 1 : 2;
        };
        ResizeTaps taps = new ResizeTaps(to, count);
        for (int i = 0; i < to; i++) {
            double start = switch (filter) {
                case NEAREST -> (i + 0.5) * scale;
                case BILINEAR -> (i + 0.5) * scale - 0.5;
                case BICUBIC -> (i + 0.5) * scale - 1.5;
                case AREA -> area ? i * scale : (i + 0.5) * scale - 0.5;
            };
            int first = (int) Math.floor(start);
            double rest = start - first;
            double sum = 0;
            for (int k = 0; k < count; k++) {
                double weight = weight(filter, area, k, rest, scale);
                taps.indices[i * count + k] = Math.max(0, Math.min(from - 1, first + k));
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

    /** How many pixels the target has. */
    int size() {
        return size;
    }

    /** How many source pixels make up one of the target's; some of them may weigh nothing. */
    int count() {
        return count;
    }

    /** Which source pixel is the k-th of a target pixel; with k and the target it never becomes less. */
    int index(int target, int k) {
        return indices[target * count + k];
    }

    float weight(int target, int k) {
        return weights[target * count + k];
    }
}
