package io.tfcluster.estimator.image;

import java.util.Arrays;

/** What each byte of each channel becomes at the end of a chain: one table a channel, made once. */
final class FloatTable {

    private static final int LEVELS = 256;

    private final ChannelOrder order;
    private final float[][] tables;

    FloatTable(ImageChain chain) {
        order = chain.channelOrder();
        int channels = order.channels();
        double[] factor = {1, 1, 1};
        double[] addend = {0, 0, 0};
        // Means and deviations stand in the order the channels have at that place of the chain: RGB before an order is
        // given.
        boolean ordered = false;
        for (ImageStep step : chain.steps()) {
            if (step instanceof ImageStep.Order) {
                ordered = true;
            } else if (step instanceof ImageStep.Scale scale) {
                double by = (scale.to() - scale.from()) / (LEVELS - 1);
                for (int c = 0; c < Pixels.CHANNELS; c++) {
                    factor[c] *= by;
                    addend[c] = addend[c] * by + scale.from();
                }
            } else if (step instanceof ImageStep.Normalise normalise) {
                for (int c = 0; c < Pixels.CHANNELS; c++) {
                    // c counts as the channels come out; before the order is given BGR still stands as RGB.
                    int stated = !ordered && order == ChannelOrder.BGR ? Pixels.CHANNELS - 1 - c : c;
                    int i = normalise.mean().size() == 1 ? 0 : stated;
                    factor[c] /= normalise.std().get(i);
                    addend[c] = (addend[c] - normalise.mean().get(i))
                            / normalise.std().get(i);
                }
            }
        }
        tables = new float[channels][LEVELS];
        for (int c = 0; c < channels; c++) {
            for (int i = 0; i < LEVELS; i++) {
                tables[c][i] = (float) (factor[c] * i + addend[c]);
            }
        }
    }

    /** Height × width × channels. */
    float[] floats(Pixels in) {
        byte[] bgr = in.bgr();
        if (order == ChannelOrder.GREY) {
            byte[] grey = bytes(in, order);
            float[] out = new float[grey.length];
            for (int i = 0; i < out.length; i++) {
                out[i] = tables[0][grey[i] & 0xFF];
            }
            return out;
        }
        float[] out = new float[bgr.length];
        int first = order == ChannelOrder.RGB ? 2 : 0;
        float[] one = tables[0];
        float[] two = tables[1];
        float[] three = tables[2];
        for (int i = 0; i < out.length; i += Pixels.CHANNELS) {
            out[i] = one[bgr[i + first] & 0xFF];
            out[i + 1] = two[bgr[i + 1] & 0xFF];
            out[i + 2] = three[bgr[i + 2 - first] & 0xFF];
        }
        return out;
    }

    /** The tables, which belong to the caller. */
    float[][] levels() {
        return Arrays.stream(tables).map(float[]::clone).toArray(float[][]::new);
    }

    double[] doubles(Pixels in) {
        float[] floats = floats(in);
        double[] out = new double[floats.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = floats[i];
        }
        return out;
    }

    /** Height × width × channels in the order that is asked for; a new array, or for BGR the picture's own. */
    static byte[] bytes(Pixels in, ChannelOrder order) {
        byte[] bgr = in.bgr();
        switch (order) {
            case BGR -> {
                return bgr;
            }
            case RGB -> {
                byte[] out = new byte[bgr.length];
                for (int i = 0; i < out.length; i += Pixels.CHANNELS) {
                    out[i] = bgr[i + 2];
                    out[i + 1] = bgr[i + 1];
                    out[i + 2] = bgr[i];
                }
                return out;
            }
            case GREY -> {
                byte[] out = new byte[bgr.length / Pixels.CHANNELS];
                for (int i = 0; i < out.length; i++) {
                    int at = i * Pixels.CHANNELS;
                    out[i] = (byte) (int) (Jitter.grey(bgr[at] & 0xFF, bgr[at + 1] & 0xFF, bgr[at + 2] & 0xFF) + 0.5f);
                }
                return out;
            }
        }
        throw new IllegalStateException("unknown order " + order);
    }
}
