package org.tensorflow;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.tensorflow.internal.c_api.global.tensorflow;

/**
 * A tensor's own memory as a direct buffer, so that sockets read from it and write to it without a copy.
 *
 * <p>It stands in this package because the native handle is package-private.
 */
public final class TensorBytes {
    private TensorBytes() {}

    /**
     * Returns the memory, little-endian.
     *
     * @param tensor of numbers, not strings; the buffer must not be used after the tensor is closed
     * @throws IllegalArgumentException if it has 2 GiB or more
     */
    public static ByteBuffer of(Tensor tensor) {
        if (tensor.numBytes() > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("a buffer holds less than 2 GiB, the tensor " + tensor.shape() + " has "
                    + tensor.numBytes() + " bytes");
        }
        return tensorflow.TF_TensorData(tensor.asRawTensor().nativeHandle())
                .capacity(tensor.numBytes())
                .asByteBuffer()
                .order(ByteOrder.LITTLE_ENDIAN);
    }
}
