package io.tfcluster.examples.objectfeatures;

import java.io.Serializable;
import java.util.Random;

/**
 * Locality-sensitive hashing for the Hamming distance, by sampling bits (Indyk and Motwani, Approximate Nearest Neighbors, STOC 1998): some bits
 * of a code make a band, and only codes that agree in a whole band are compared. With more bands than bits that may differ, two codes must agree
 * in one of them and none is missed; with fewer, {@link #missed} tells how many are.
 *
 * <p>Which bits make which band is drawn once, by a fixed seed: neighbouring features of a network are not independent.
 */
final class Bands implements Serializable {

    private static final long serialVersionUID = 1L;
    private static final double MISSED = 0.001;
    private static final int SEED = 20260101;
    private static final int WIDEST = 48;

    private static final int NARROWEST = 8;

    /** A band is about as wide as the logarithm of the number of codes, give or take so many bits. */
    private static final int SPARE_BITS = 4;

    private final int bits;
    private final int width;
    private final int[] order;
    private final int count;

    private Bands(int bits, int width, int count) {
        this.bits = bits;
        this.width = width;
        this.count = count;
        this.order = new int[bits];
        Random random = new Random(SEED);
        for (int i = 0; i < bits; i++) {
            int j = random.nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
    }

    /**
     * Chooses bands for pairs at most so far apart among so many codes: wide, so that strangers seldom agree in one, but not wider than to miss
     * one pair of a thousand; where even narrow ones miss more, {@link #missed} tells.
     *
     * @param bits of a code
     */
    static Bands of(int bits, int distance, long codes) {
        if (bits < 1 || distance < 0 || distance > bits || codes < 1) {
            throw new IllegalArgumentException(
                    "bands need bits, a distance up to them and codes, got " + bits + ", " + distance + ", " + codes);
        }
        int logarithm = Long.SIZE - Long.numberOfLeadingZeros(codes);
        int narrowest = Math.min(bits, Math.max(NARROWEST, logarithm - SPARE_BITS));
        int width = Math.min(bits, Math.max(narrowest, Math.min(WIDEST, logarithm + SPARE_BITS)));
        while (width > narrowest && missed(bits, width, bits / width, distance) > MISSED) {
            width--;
        }
        int count = 1;
        while (count < bits / width && missed(bits, width, count, distance) > MISSED) {
            count++;
        }
        return new Bands(bits, width, count);
    }

    int count() {
        return count;
    }

    /** The share of pairs, so far apart, that agree in no band; for flips that know nothing of the bands. */
    double missed(int distance) {
        return missed(bits, width, count, distance);
    }

    private static double missed(int bits, int width, int count, int distance) {
        if (count > distance) {
            return 0;
        }
        double untouched = 1;
        for (int i = 0; i < width; i++) {
            untouched *= Math.max(0, (double) (bits - distance - i) / (bits - i));
        }
        return Math.pow(1 - untouched, count);
    }

    /** A key for each band: equal where two codes agree in it, and with the band's number in it, so that bands do not mix. */
    long[] keys(long[] code) {
        long[] keys = new long[count];
        for (int band = 0; band < count; band++) {
            keys[band] = key(code, band);
        }
        return keys;
    }

    /** The key of one band. */
    long key(long[] code, int band) {
        long key = band;
        for (int i = band * width; i < (band + 1) * width; i++) {
            key = (key << 1) | ((code[order[i] >> 6] >>> (order[i] & 63)) & 1);
        }
        return key;
    }
}
