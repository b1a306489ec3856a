package io.tfcluster.estimator;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A tensor of one run, with its memory, filled and read in bulk; whoever made it closes it. One thread. */
interface BatchTensor extends AutoCloseable {
    /** Returns the type of its elements. */
    TensorType type();

    /** Returns its sizes, of which the first is the rows if it is batched. */
    long[] dims();

    /** Returns the numbers' memory, in the order of this machine; not to be used after closing. */
    Memory memory();

    /** Sets one of its strings, by its place. */
    void put(long place, byte[] value);

    /** Returns one of its strings. */
    byte[] get(long place);

    /** Returns whether the model still holds the memory, in a variable for example. */
    boolean isHeldByOthers();

    @Override
    void close();

    /**
     * A tensor's memory, as a buffer and as copies see it that know no buffer.
     *
     * @param base the array that it lies in, null outside the heap
     * @param offset of the buffer's beginning, in the array or in the process
     */
    record Memory(ByteBuffer bytes, @Nullable Object base, long offset) {
        /** Returns the offset of the buffer's position. */
        long here() {
            return offset + bytes.position();
        }
    }

    /**
     * Returns the bytes of a tensor of numbers; its number of elements for strings.
     *
     * @throws IllegalArgumentException if it is too large
     */
    static int size(String name, TensorType type, long[] dims) {
        long size = type == TensorType.STRING ? 1 : type.bytes();
        for (long each : dims) {
            size = Math.multiplyExact(size, each);
        }
        if (size > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "input " + name + " would have " + size + " bytes, the limit is 2 GiB; lower batchSize");
        }
        return Math.toIntExact(size);
    }
}
