package io.tfcluster.estimator;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;
import org.tensorflow.internal.c_api.TF_TString;
import org.tensorflow.internal.c_api.TF_Tensor;
import org.tensorflow.internal.c_api.global.tensorflow;

/** A tensor of TensorFlow's in this process. */
final class NativeTensor implements BatchTensor {
    private static final int STRING_BYTES = 24;

    private final TF_Tensor handle;
    private final TensorType type;
    private final String name;
    private boolean owned = true;
    private @Nullable TF_TString strings;

    private NativeTensor(TF_Tensor handle, TensorType type, String name) {
        this.handle = handle;
        this.type = type;
        this.name = name;
    }

    /** Makes one whose numbers are undefined and whose strings are empty. */
    static NativeTensor allocate(String name, TensorType type, long[] dims) {
        int size = BatchTensor.size(name, type, dims);
        long bytes = type == TensorType.STRING ? (long) size * STRING_BYTES : size;
        TF_Tensor handle = tensorflow.TF_AllocateTensor(type.number(), dims, dims.length, bytes);
        if (handle == null || handle.isNull()) {
            throw new IllegalStateException("no memory for " + bytes + " bytes of input " + name + "; lower batchSize");
        }
        NativeTensor tensor = new NativeTensor(handle, type, name);
        if (type == TensorType.STRING) {
            for (long i = 0; i < size; i++) {
                tensorflow.TF_TString_Init(tensor.strings().position(i));
            }
        }
        return tensor;
    }

    /** Takes over a result of a run. */
    static NativeTensor result(String name, TF_Tensor handle) {
        int number = tensorflow.TF_TensorType(handle);
        TensorType type = TensorType.of(number).orElse(null);
        if (type == null) {
            tensorflow.TF_DeleteTensor(handle);
            throw new IllegalStateException(
                    "output " + name + " is of TensorFlow's type " + number + ", which no column holds");
        }
        NativeTensor tensor = new NativeTensor(handle, type, name);
        tensor.owned = false;
        return tensor;
    }

    TF_Tensor handle() {
        return handle;
    }

    @Override
    public TensorType type() {
        return type;
    }

    @Override
    public long[] dims() {
        long[] dims = new long[tensorflow.TF_NumDims(handle)];
        for (int i = 0; i < dims.length; i++) {
            dims[i] = tensorflow.TF_Dim(handle, i);
        }
        return dims;
    }

    @Override
    public Memory memory() {
        ByteBuffer bytes = bytes();
        return new Memory(
                bytes, null, bytes.isDirect() ? tensorflow.TF_TensorData(handle).address() : 0);
    }

    private ByteBuffer bytes() {
        long bytes = tensorflow.TF_TensorByteSize(handle);
        if (bytes > Integer.MAX_VALUE) {
            throw new IllegalStateException(
                    "output " + name + " has " + bytes + " bytes, the limit is 2 GiB; lower batchSize");
        }
        if (bytes == 0) {
            return ByteBuffer.allocate(0);
        }
        return tensorflow.TF_TensorData(handle).capacity(bytes).asByteBuffer().order(ByteOrder.nativeOrder());
    }

    @Override
    public void put(long place, byte[] value) {
        BytePointer bytes = new BytePointer(Math.max(1, value.length));
        try {
            bytes.put(value, 0, value.length);
            tensorflow.TF_TString_Copy(strings().position(place), bytes, value.length);
        } finally {
            bytes.deallocate();
        }
    }

    @Override
    public byte[] get(long place) {
        TF_TString string = strings().position(place);
        byte[] value = new byte[Math.toIntExact(tensorflow.TF_TString_GetSize(string))];
        if (value.length > 0) {
            BytePointer bytes = tensorflow.TF_TString_GetDataPointer(string);
            bytes.capacity(value.length).get(value);
        }
        return value;
    }

    private TF_TString strings() {
        TF_TString all = strings;
        if (all == null) {
            all = new TF_TString(tensorflow.TF_TensorData(handle));
            strings = all;
        }
        return all;
    }

    @Override
    public void close() {
        if (type == TensorType.STRING && owned) {
            free();
        }
        tensorflow.TF_DeleteTensor(handle);
    }

    @Override
    public boolean isHeldByOthers() {
        Pointer alone = tensorflow.TF_TensorMaybeMove(handle);
        return alone == null || alone.isNull();
    }

    /** Frees the strings, unless the model still holds them. */
    private void free() {
        if (isHeldByOthers()) {
            return;
        }
        long count = tensorflow.TF_TensorElementCount(handle);
        for (long i = 0; i < count; i++) {
            tensorflow.TF_TString_Dealloc(strings().position(i));
        }
    }
}
