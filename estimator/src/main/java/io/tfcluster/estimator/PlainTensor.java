package io.tfcluster.estimator;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.apache.spark.unsafe.Platform;

/** A tensor in the heap, for a process that leaves TensorFlow to another one. */
final class PlainTensor implements BatchTensor {
    private final TensorType type;
    private final long[] dims;
    private final byte[] numbers;
    private final byte[][] strings;

    private PlainTensor(TensorType type, long[] dims, byte[] numbers, byte[][] strings) {
        this.type = type;
        this.dims = dims;
        this.numbers = numbers;
        this.strings = strings;
    }

    /** Makes one of zeros, or of empty strings. */
    static PlainTensor allocate(String name, TensorType type, long[] dims) {
        int size = BatchTensor.size(name, type, dims);
        if (type != TensorType.STRING) {
            return new PlainTensor(type, dims.clone(), new byte[size], new byte[0][]);
        }
        byte[][] strings = new byte[size][];
        Arrays.fill(strings, new byte[0]);
        return new PlainTensor(type, dims.clone(), new byte[0], strings);
    }

    @Override
    public TensorType type() {
        return type;
    }

    @Override
    public long[] dims() {
        return dims.clone();
    }

    @Override
    public Memory memory() {
        return new Memory(ByteBuffer.wrap(numbers).order(ByteOrder.nativeOrder()), numbers, Platform.BYTE_ARRAY_OFFSET);
    }

    @Override
    public void put(long place, byte[] value) {
        strings[(int) place] = value;
    }

    @Override
    public byte[] get(long place) {
        return strings[(int) place];
    }

    @Override
    public boolean isHeldByOthers() {
        return false; // the model has a copy
    }

    @Override
    public void close() {
        // the heap's
    }
}
