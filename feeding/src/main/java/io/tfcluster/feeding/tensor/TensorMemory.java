package io.tfcluster.feeding.tensor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;
import org.tensorflow.RawTensor;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.buffer.DataStorageVisitor;

/** The native memory of a tensor, to be filled or read in bulk; valid until the tensor is closed. */
final class TensorMemory {
    private TensorMemory() {}

    /** A pointer to memory that somebody else owns. */
    private static final class View extends BytePointer {
        View(long address, long bytes) {
            super((Pointer) null);
            this.address = address;
            this.limit = bytes;
            this.capacity = bytes;
        }
    }

    /** Returns a pointer to the tensor's memory. */
    static BytePointer pointer(Tensor tensor) {
        RawTensor raw = tensor.asRawTensor();
        long bytes = raw.numBytes();
        BytePointer pointer = raw.data().accept(new DataStorageVisitor<@Nullable BytePointer>() {
            @Override
            public BytePointer visit(long address, long length, long scale) {
                return new View(address, bytes);
            }

            @Override
            public BytePointer visit(ByteBuffer buffer) {
                return new BytePointer(buffer);
            }

            @Override
            public @Nullable BytePointer fallback() {
                return null;
            }
        });
        if (pointer == null) {
            throw new IllegalStateException("the memory of a tensor of type " + raw.dataType()
                    + " cannot be reached: this JVM has no access to sun.misc.Unsafe");
        }
        return pointer;
    }

    /**
     * Returns the tensor's memory as a buffer, little-endian.
     *
     * @throws IllegalArgumentException if it has 2 GiB or more
     */
    static ByteBuffer bytes(Tensor tensor, String name) {
        long bytes = tensor.asRawTensor().numBytes();
        if (bytes > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("tensor " + name + " of shape " + tensor.shape() + " has " + bytes
                    + " bytes, the limit is 2 GiB; use smaller batches");
        }
        if (bytes == 0) {
            return ByteBuffer.allocateDirect(0);
        }
        return pointer(tensor).asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    }
}
