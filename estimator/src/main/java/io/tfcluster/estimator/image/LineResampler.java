package io.tfcluster.estimator.image;

/**
 * Resizes one line of pixels. Enlarging takes two pixels of the source for one of the result, and shrinking by less than half three; those
 * have loops of their own, which take two thirds of the time of the loop for any number.
 */
final class LineResampler {

    private final int count;
    private final int[] offsets;
    private final float[] weights;

    LineResampler(ResizeTaps taps) {
        this.count = taps.count();
        this.offsets = new int[taps.size() * count];
        this.weights = new float[offsets.length];
        for (int i = 0; i < offsets.length; i++) {
            offsets[i] = taps.index(i / count, i % count) * Pixels.CHANNELS;
            weights[i] = taps.weight(i / count, i % count);
        }
    }

    /**
     * Resizes a line of a picture.
     *
     * @param start where in the bytes the line begins
     * @param line for the values from 0 to 255 of blue, green and red, pixel after pixel
     */
    void resize(byte[] bgr, int start, float[] line) {
        switch (count) {
            case 2 -> ofTwo(bgr, start, line);
            case 3 -> ofThree(bgr, start, line);
            default -> ofAny(bgr, start, line);
        }
    }

    private void ofTwo(byte[] bgr, int start, float[] line) {
        int tap = 0;
        for (int to = 0; to < line.length; to += Pixels.CHANNELS) {
            float weight = weights[tap];
            int from = start + offsets[tap++];
            float other = weights[tap];
            int next = start + offsets[tap++];
            line[to] = weight * (bgr[from] & 0xFF) + other * (bgr[next] & 0xFF);
            line[to + 1] = weight * (bgr[from + 1] & 0xFF) + other * (bgr[next + 1] & 0xFF);
            line[to + 2] = weight * (bgr[from + 2] & 0xFF) + other * (bgr[next + 2] & 0xFF);
        }
    }

    private void ofThree(byte[] bgr, int start, float[] line) {
        int tap = 0;
        for (int to = 0; to < line.length; to += Pixels.CHANNELS) {
            float weight = weights[tap];
            int from = start + offsets[tap++];
            float middle = weights[tap];
            int next = start + offsets[tap++];
            float end = weights[tap];
            int last = start + offsets[tap++];
            line[to] = weight * (bgr[from] & 0xFF) + middle * (bgr[next] & 0xFF) + end * (bgr[last] & 0xFF);
            line[to + 1] =
                    weight * (bgr[from + 1] & 0xFF) + middle * (bgr[next + 1] & 0xFF) + end * (bgr[last + 1] & 0xFF);
            line[to + 2] =
                    weight * (bgr[from + 2] & 0xFF) + middle * (bgr[next + 2] & 0xFF) + end * (bgr[last + 2] & 0xFF);
        }
    }

    private void ofAny(byte[] bgr, int start, float[] line) {
        int tap = 0;
        for (int to = 0; to < line.length; to += Pixels.CHANNELS) {
            float blue = 0;
            float green = 0;
            float red = 0;
            for (int k = 0; k < count; k++) {
                float weight = weights[tap];
                int from = start + offsets[tap++];
                blue += weight * (bgr[from] & 0xFF);
                green += weight * (bgr[from + 1] & 0xFF);
                red += weight * (bgr[from + 2] & 0xFF);
            }
            line[to] = blue;
            line[to + 1] = green;
            line[to + 2] = red;
        }
    }
}
