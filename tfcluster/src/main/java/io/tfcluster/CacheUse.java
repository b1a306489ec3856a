package io.tfcluster;

import java.io.Serializable;

/**
 * What the kept blocks of a {@link FeedInput#cached} input take, over all executors, as Spark's storage counts it.
 *
 * @param memoryBytes bytes in memory
 * @param diskBytes bytes on the executors' local disks
 */
public record CacheUse(long memoryBytes, long diskBytes) implements Serializable {
    /** Nothing is kept. */
    public static final CacheUse NONE = new CacheUse(0, 0);
}
