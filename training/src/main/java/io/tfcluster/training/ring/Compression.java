package io.tfcluster.training.ring;

/** What a vector of float32 looks like on its way round a {@link Ring}. */
public enum Compression {
    /** As it is. */
    NONE,
    /**
     * As half floats with 11 significant bits, in half the bytes. Each chunk has a scale of its own, so that neither sums overflow nor small
     * values vanish beside those of another chunk: what is below 2<sup>-40</sup> of a chunk's largest becomes zero. Added in float32,
     * rounded once for each rank that it passes. NaN and infinity arrive as what they are.
     */
    FLOAT16
}
