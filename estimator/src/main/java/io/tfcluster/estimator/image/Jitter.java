package io.tfcluster.estimator.image;

/** Changes of brightness, contrast and saturation, one after the other, as torchvision's ColorJitter means them. */
final class Jitter {

    private static final float BLUE = 0.114f;
    private static final float GREEN = 0.587f;
    private static final float RED = 0.299f;

    private Jitter() {}

    /** Each factor 1 changes nothing; contrast turns about the picture's mean grey, saturation about each pixel's. */
    static Pixels apply(Pixels in, float brightness, float contrast, float saturation) {
        byte[] from = in.bgr();
        float[] bright = new float[256];
        for (int i = 0; i < bright.length; i++) {
            bright[i] = clamp(i * brightness);
        }
        double sum = 0;
        for (int i = 0; i < from.length; i += Pixels.CHANNELS) {
            sum += grey(bright[from[i] & 0xFF], bright[from[i + 1] & 0xFF], bright[from[i + 2] & 0xFF]);
        }
        float mean = (float) (sum * Pixels.CHANNELS / from.length);
        float[] contrasted = new float[256];
        for (int i = 0; i < bright.length; i++) {
            contrasted[i] = clamp(mean + (bright[i] - mean) * contrast);
        }
        byte[] out = new byte[from.length];
        for (int i = 0; i < from.length; i += Pixels.CHANNELS) {
            float blue = contrasted[from[i] & 0xFF];
            float green = contrasted[from[i + 1] & 0xFF];
            float red = contrasted[from[i + 2] & 0xFF];
            float grey = grey(blue, green, red);
            out[i] = (byte) (int) (clamp(grey + (blue - grey) * saturation) + 0.5f);
            out[i + 1] = (byte) (int) (clamp(grey + (green - grey) * saturation) + 0.5f);
            out[i + 2] = (byte) (int) (clamp(grey + (red - grey) * saturation) + 0.5f);
        }
        return new Pixels(in.width(), in.height(), out);
    }

    static float grey(float blue, float green, float red) {
        return BLUE * blue + GREEN * green + RED * red;
    }

    private static float clamp(float value) {
        return Math.max(0, Math.min(255, value));
    }
}
