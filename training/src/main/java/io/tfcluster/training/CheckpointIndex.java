package io.tfcluster.training;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32C;
import org.tensorflow.proto.BundleEntryProto;
import org.tensorflow.proto.BundleHeaderProto;

/**
 * Reads the {@code .index} file of a checkpoint: a sorted table of tensor names in LevelDB's format, which TensorFlow shows to Python and
 * C++ only.
 *
 * <pre>
 *  block, block, …, index block (one entry per block: offset, length), footer of 48 bytes (…, offset and length of the index block, magic)
 *  block:  entries (shared, own, length as varints; own bytes of the key; value), restarts, their count, kind, CRC32C
 * </pre>
 */
final class CheckpointIndex {
    private static final long MAGIC = 0xdb4775248b80fb57L;
    private static final int FOOTER = 48;
    private static final int TRAILER = 5;
    private static final int MASK = 0xa282ead8;

    private final Path file;
    private final ByteBuffer bytes;

    private CheckpointIndex(Path file, byte[] bytes) {
        this.file = file;
        this.bytes = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Returns what the file says of each tensor, by its name, in the file's order. */
    static Map<String, BundleEntryProto> read(Path file) {
        try {
            return new CheckpointIndex(file, Files.readAllBytes(file)).entries();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file + ": " + e.getMessage(), e);
        } catch (BufferUnderflowException | IndexOutOfBoundsException | ArithmeticException e) {
            throw new IllegalArgumentException(file + " is damaged: an entry leads out of it", e);
        }
    }

    private Map<String, BundleEntryProto> entries() throws InvalidProtocolBufferException {
        int size = bytes.limit();
        if (size < FOOTER || bytes.getLong(size - Long.BYTES) != MAGIC) {
            throw new IllegalArgumentException(
                    file + " is no index of a TensorFlow checkpoint (format V2): its last bytes are not a table's");
        }
        ByteBuffer footer = bytes.slice(size - FOOTER, FOOTER);
        varint(footer); // where the block of filters is; there are none
        varint(footer);
        Map<String, BundleEntryProto> found = new LinkedHashMap<>();
        for (ByteString handle : block(varint(footer), varint(footer)).values()) {
            ByteBuffer at = handle.asReadOnlyByteBuffer();
            for (Map.Entry<ByteString, ByteString> entry :
                    block(varint(at), varint(at)).entrySet()) {
                ByteString key = entry.getKey();
                if (key.isEmpty()) {
                    check(BundleHeaderProto.parseFrom(entry.getValue()));
                } else if (key.byteAt(0) != 0) { // a leading zero: a part of a tensor that has an entry of its own
                    found.put(key.toString(StandardCharsets.UTF_8), BundleEntryProto.parseFrom(entry.getValue()));
                }
            }
        }
        return found;
    }

    private void check(BundleHeaderProto header) {
        if (header.getEndianness() != BundleHeaderProto.Endianness.LITTLE) {
            throw new IllegalArgumentException(
                    file + " was written on a big-endian machine; write it again on another");
        }
    }

    private Map<ByteString, ByteString> block(long offset, long length) {
        int from = Math.toIntExact(offset);
        int size = Math.toIntExact(length);
        CRC32C crc = new CRC32C();
        crc.update(bytes.slice(from, size + 1));
        int stored = bytes.getInt(from + size + 1) - MASK;
        if ((int) crc.getValue() != Integer.rotateLeft(stored, 15)) {
            throw new IllegalArgumentException(file + " is damaged: the checksum of its bytes " + from + " to "
                    + (from + size + TRAILER) + " is wrong; copy it again");
        }
        ByteBuffer block = bytes.slice(from, size);
        switch (bytes.get(from + size)) {
            case 0 -> {}
            case 1 -> block = ByteBuffer.wrap(Snappy.unpack(block));
            default ->
                throw new IllegalArgumentException(
                        file + " is compressed in a way that TensorFlow's own checkpoints are not; write it again");
        }
        block.order(ByteOrder.LITTLE_ENDIAN);
        int restarts = block.getInt(block.limit() - Integer.BYTES);
        ByteBuffer entries = block.slice(0, block.limit() - Integer.BYTES * (restarts + 1));
        Map<ByteString, ByteString> found = new LinkedHashMap<>();
        ByteString key = ByteString.EMPTY;
        while (entries.hasRemaining()) {
            int shared = Math.toIntExact(varint(entries));
            int own = Math.toIntExact(varint(entries));
            int value = Math.toIntExact(varint(entries));
            key = key.substring(0, shared).concat(bytes(entries, own));
            found.put(key, bytes(entries, value));
        }
        return found;
    }

    private static ByteString bytes(ByteBuffer from, int length) {
        ByteString copy = ByteString.copyFrom(from.slice(from.position(), length));
        from.position(from.position() + length);
        return copy;
    }

    private static long varint(ByteBuffer from) {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            byte next = from.get();
            value |= (next & 0x7fL) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new IndexOutOfBoundsException("a number longer than 64 bits");
    }
}
