package io.tfcluster.benchmarks;

import java.util.Random;

/** A row as a Spark task would have it: bytes, or floats with a label. Not to be changed once made; many rows share one. */
final class Example {
    private static final byte[] NO_BYTES = {};
    private static final float[] NO_FLOATS = {};

    private final byte[] bytes;
    private final float[] floats;
    private final long label;

    private Example(byte[] bytes, float[] floats, long label) {
        this.bytes = bytes;
        this.floats = floats;
        this.label = label;
    }

    static Example ofBytes(Random random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return new Example(bytes, NO_FLOATS, 0);
    }

    /** As {@link #ofBytes}, with a label. */
    static Example ofLabelledBytes(Random random, int length, long label) {
        return new Example(ofBytes(random, length).bytes, NO_FLOATS, label);
    }

    static Example ofFloats(Random random, int length, long label) {
        float[] floats = new float[length];
        for (int i = 0; i < length; i++) {
            floats[i] = random.nextFloat();
        }
        return new Example(NO_BYTES, floats, label);
    }

    byte[] bytes() {
        return bytes;
    }

    float[] floats() {
        return floats;
    }

    long label() {
        return label;
    }
}
