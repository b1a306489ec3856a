package io.tfcluster.estimator;

import io.tfcluster.transport.ChannelException;
import io.tfcluster.transport.SecureChannel;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;

/**
 * Tensors and words between a task and the child that runs its model, over one connection; both ends use this class. Numbers go from memory to
 * memory in slices, strings in frames of about a MiB: nothing is held twice. One thread.
 *
 * <pre>
 *  tensor   frame: type, number of sizes, sizes; then the numbers' bytes, or frames of (length, bytes)*
 *  answer   frame: 0, or 1 and why not
 * </pre>
 */
final class TensorWire {
    private static final int SLICE = 1 << 18;
    private static final int STRINGS = 1 << 20;
    private static final int MAX_DIMS = 254;
    private static final int MAX_WORDS = 1 << 22;
    private static final byte GOOD = 0;
    private static final byte BAD = 1;

    private final SecureChannel channel;
    private long deadline;

    TensorWire(SecureChannel channel) {
        this.channel = channel;
    }

    /** All that follows, until the next call of this, must be done within the limit. */
    void within(Duration limit) {
        deadline = System.nanoTime() + limit.toNanos();
    }

    private Duration left() {
        return Duration.ofNanos(Math.max(1, deadline - System.nanoTime()));
    }

    void send(String words) {
        channel.writeFrame(ByteBuffer.wrap(words.getBytes(StandardCharsets.UTF_8)), left());
    }

    String receive() {
        return StandardCharsets.UTF_8
                .decode(channel.readFrame(MAX_WORDS, left()))
                .toString();
    }

    /** Sends that all is well, or why not. */
    void answer(Optional<String> failure) {
        byte[] text = failure.orElse("").getBytes(StandardCharsets.UTF_8);
        int length = Math.min(text.length, MAX_WORDS - 1);
        ByteBuffer frame = ByteBuffer.allocate(1 + length);
        frame.put(failure.isPresent() ? BAD : GOOD).put(text, 0, length).flip();
        channel.writeFrame(frame, left());
    }

    /** Receives what {@link #answer} sent. */
    Optional<String> answered() {
        ByteBuffer frame = channel.readFrame(MAX_WORDS, left());
        boolean bad = frame.get() == BAD;
        String text = StandardCharsets.UTF_8.decode(frame).toString();
        return bad ? Optional.of(text) : Optional.empty();
    }

    void send(BatchTensor tensor) {
        long[] dims = tensor.dims();
        ByteBuffer head = ByteBuffer.allocate(2 + 8 * dims.length);
        head.put((byte) tensor.type().number()).put((byte) dims.length);
        for (long size : dims) {
            head.putLong(size);
        }
        channel.writeFrame(head.flip(), left());
        if (tensor.type() == TensorType.STRING) {
            sendStrings(tensor, BatchTensor.size("", TensorType.STRING, dims));
        } else {
            ByteBuffer bytes = tensor.memory().bytes().duplicate().position(0);
            while (bytes.hasRemaining()) {
                ByteBuffer slice = bytes.slice(bytes.position(), Math.min(SLICE, bytes.remaining()));
                bytes.position(bytes.position() + slice.remaining());
                channel.writeFully(slice, left());
            }
        }
    }

    private void sendStrings(BatchTensor tensor, int count) {
        ByteBuffer frame = ByteBuffer.allocate(STRINGS);
        for (int i = 0; i < count; i++) {
            byte[] string = tensor.get(i);
            if (frame.position() > 0 && frame.remaining() < 4 + string.length) {
                channel.writeFrame(frame.flip(), left());
                frame.clear();
            }
            if (frame.remaining() < 4 + string.length) { // longer than a frame: one for itself
                channel.writeFrame(
                        ByteBuffer.allocate(4 + string.length)
                                .putInt(string.length)
                                .put(string)
                                .flip(),
                        left());
            } else {
                frame.putInt(string.length).put(string);
            }
        }
        if (frame.position() > 0) {
            channel.writeFrame(frame.flip(), left());
        }
    }

    /** Makes a tensor for what comes. */
    interface Maker {
        BatchTensor allocate(String name, TensorType type, long[] dims);
    }

    /**
     * Receives a tensor.
     *
     * @param name for errors
     * @return the caller's to close
     */
    BatchTensor receive(String name, Maker maker) {
        ByteBuffer head = channel.readFrame(2 + 8 * MAX_DIMS, left());
        TensorType type = TensorType.of(head.get())
                .orElseThrow(() ->
                        new ChannelException("a tensor " + name + " of no known type came from " + channel.peer()));
        long[] dims = new long[head.get() & 0xFF];
        for (int i = 0; i < dims.length; i++) {
            dims[i] = head.getLong();
        }
        BatchTensor tensor = maker.allocate(name, type, dims);
        try {
            if (type == TensorType.STRING) {
                receiveStrings(tensor, BatchTensor.size(name, type, dims));
            } else {
                ByteBuffer bytes = tensor.memory().bytes();
                while (bytes.hasRemaining()) {
                    ByteBuffer slice = bytes.slice(bytes.position(), Math.min(SLICE, bytes.remaining()));
                    bytes.position(bytes.position() + slice.remaining());
                    channel.readFully(slice, left());
                }
            }
            return tensor;
        } catch (RuntimeException e) {
            tensor.close();
            throw e;
        }
    }

    private void receiveStrings(BatchTensor tensor, int count) {
        int place = 0;
        while (place < count) {
            ByteBuffer frame = channel.readFrame(Integer.MAX_VALUE, left());
            while (frame.hasRemaining()) {
                byte[] string = new byte[frame.getInt()];
                frame.get(string);
                tensor.put(place++, string);
            }
        }
    }
}
