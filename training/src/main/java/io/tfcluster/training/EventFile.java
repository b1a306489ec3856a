package io.tfcluster.training;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.tensorflow.proto.Event;

/**
 * One event file on this host's disk: TFRecord framing (tensorflow/core/lib/io/record_writer.cc) around Event messages.
 *
 * <p>Each record is written whole, without a buffer, so that a reader is never more than one record behind and a process that is killed
 * loses none. Not by a FileChannel: that would be closed for good by an interrupt, which is how a cluster stops its main functions.
 */
final class EventFile implements AutoCloseable {
    private static final String VERSION = "brain.Event:2";
    private static final int HEADER = Long.BYTES + Integer.BYTES;
    private static final int MASK_DELTA = 0xa282ead8;

    private final Path path;
    private final OutputStream out;
    private long bytes;
    private boolean closed;

    private EventFile(Path path, OutputStream out) {
        this.path = path;
        this.out = out;
    }

    /** Makes a file of a name that TensorBoard looks for and no other process takes, in a folder that is made if it is not there. */
    static EventFile create(Path folder) throws IOException {
        Files.createDirectories(folder);
        Path path = folder.resolve(String.format(
                "events.out.tfevents.%010d.%d.%s",
                System.currentTimeMillis() / 1000,
                ProcessHandle.current().pid(),
                UUID.randomUUID().toString().substring(0, 8)));
        EventFile file = new EventFile(path, new FileOutputStream(path.toFile()));
        file.append(now().setFileVersion(VERSION).build());
        return file;
    }

    /** Returns an event of this moment. */
    static Event.Builder now() {
        return Event.newBuilder().setWallTime(System.currentTimeMillis() / 1000.0);
    }

    synchronized void append(Event event) throws IOException {
        if (closed) {
            throw new IllegalStateException("the summary writer of " + path + " is closed");
        }
        byte[] data = event.toByteArray();
        ByteBuffer record =
                ByteBuffer.allocate(HEADER + data.length + Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        record.putLong(data.length);
        record.putInt(maskedCrc(record.array(), 0, Long.BYTES));
        record.put(data);
        record.putInt(maskedCrc(record.array(), HEADER, data.length));
        out.write(record.array());
        bytes += record.capacity();
    }

    /** A CRC over bytes that hold CRCs tells little, so they are rotated and shifted (tensorflow/core/lib/hash/crc32c.h). */
    static int maskedCrc(byte[] bytes, int from, int count) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, from, count);
        int value = (int) crc.getValue();
        return ((value >>> 15) | (value << 17)) + MASK_DELTA;
    }

    /** Returns how long the file is: all records that were appended. */
    synchronized long bytes() {
        return bytes;
    }

    Path path() {
        return path;
    }

    @Override
    public synchronized void close() throws IOException {
        if (!closed) {
            closed = true;
            out.close();
        }
    }
}
