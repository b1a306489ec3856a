package io.tfcluster.training.ring;

/**
 * A chunk of half floats on the wire, little-endian: a scale, then words of two halves.
 *
 * <p>A chunk is cut into blocks of {@value #BLOCK} values, the last one possibly shorter. Word i of a block holds value i in its lower half
 * and value i + (words of the block) in its upper one, because so they are split and joined with vector instructions. The scale is a power of
 * two, so multiplying by it changes no bit of a significand: a value is half · scale.
 */
final class HalfWire {
    static final int BLOCK = 1024;

    private HalfWire() {}

    /** Bytes on the wire of so many bytes of float32. */
    static int bytes(int floatBytes) {
        int values = floatBytes / Float.BYTES;
        return Float.BYTES + (values + 1) / 2 * Integer.BYTES;
    }

    /** Words of a block of so many values. */
    static int words(int values) {
        return (values + 1) / 2;
    }
}
