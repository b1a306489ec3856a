package io.tfcluster.estimator;

import io.tfcluster.estimator.BatchTensor.Memory;
import java.io.Serializable;
import org.apache.spark.unsafe.Platform;
import org.jspecify.annotations.Nullable;

/**
 * What a column of bytes is as pictures of one size, and what each value of a byte becomes in the network's input. Rows so carry a quarter of
 * what floats would be, and the heap never sees arrays of floats: one of 224 × 224 × 3 is 602 KB, which G1 puts into regions of its own.
 */
final class PixelColumn implements Serializable {
    private static final long serialVersionUID = 1L;

    private final int height;
    private final int width;
    private final int channels;
    private final float[][] levels;

    /**
     * Describes it.
     *
     * @param levels for each channel what 0 to 255 become; null where bytes stay numbers from 0 to 255
     */
    PixelColumn(int height, int width, int channels, float @Nullable [][] levels) {
        this.height = height;
        this.width = width;
        this.channels = channels;
        this.levels = levels == null ? new float[0][] : levels;
    }

    /** Height, width and channels. */
    long[] shape() {
        return new long[] {height, width, channels};
    }

    /** Writes a picture; black for one that is missing. */
    void write(byte @Nullable [] pixels, NumberWriter numbers, Memory out) {
        int values = height * width * channels;
        byte[] from = pixels == null ? new byte[values] : pixels;
        if (from.length != values) {
            throw new IllegalArgumentException(
                    from.length + " bytes are no picture of " + height + " × " + width + " × " + channels);
        }
        if (levels.length == 0) {
            numbers.putBytes(from, 0, values, out);
        } else if (numbers.isOfFloats()) {
            floats(from, out);
        } else {
            for (int i = 0; i < values; i++) {
                numbers.putDouble(levels[i % channels][from[i] & 0xFF], out);
            }
        }
    }

    /** Asks once for the room, and not with every value. */
    private void floats(byte[] from, Memory out) {
        int bytes = Float.BYTES * from.length;
        if (bytes > out.bytes().remaining()) {
            throw new IllegalStateException(
                    bytes + " bytes for room of " + out.bytes().remaining());
        }
        Object base = out.base();
        long at = out.here();
        for (int i = 0; i < from.length; i += channels) {
            for (int c = 0; c < channels; c++) {
                Platform.putFloat(base, at, levels[c][from[i + c] & 0xFF]);
                at += Float.BYTES;
            }
        }
        out.bytes().position(out.bytes().position() + bytes);
    }
}
