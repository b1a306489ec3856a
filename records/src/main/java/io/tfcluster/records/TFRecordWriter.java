package io.tfcluster.records;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.GZIPOutputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * Writes one TFRecord file on any Hadoop file system; a name that ends in {@code .gz} makes it a gzip file.
 *
 * <p>Belongs to one thread. A file is whole once {@link #close()} has returned without an error; whoever needs all or nothing writes aside
 * and renames.
 *
 * <pre>{@code
 * try (TFRecordWriter writer = TFRecordWriter.create("hdfs:///predictions/part-0.tfrecord", new Configuration())) {
 *     writer.write(example.toByteArray());
 * }
 * }</pre>
 */
public final class TFRecordWriter implements AutoCloseable {
    private static final int BUFFER = 1 << 16;
    private static final int HEADER = Long.BYTES + Integer.BYTES;

    private final String file;
    private final OutputStream out;
    private final ByteBuffer frame = ByteBuffer.allocate(HEADER).order(ByteOrder.LITTLE_ENDIAN);
    private boolean closed;

    private TFRecordWriter(String file, OutputStream out) {
        this.file = file;
        this.out = out;
    }

    /**
     * Creates a file.
     *
     * @throws UncheckedIOException if it cannot be created, or is there already
     */
    public static TFRecordWriter create(String path, Configuration conf) {
        Path target = new Path(path);
        boolean gzip = target.getName().endsWith(".gz");
        try {
            return over(
                    path, target.getFileSystem(conf).create(target, false), gzip ? Compression.GZIP : Compression.NONE);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot create " + path + ": " + e.getMessage(), e);
        }
    }

    static TFRecordWriter over(String file, OutputStream raw, Compression compression) throws IOException {
        OutputStream buffered = new BufferedOutputStream(raw, BUFFER);
        return new TFRecordWriter(
                file, compression == Compression.GZIP ? new GZIPOutputStream(buffered, BUFFER) : buffered);
    }

    /**
     * Appends a record.
     *
     * @throws UncheckedIOException if the file system refuses it
     */
    public void write(byte[] record) {
        try {
            frame.clear().putLong(record.length).putInt(MaskedCrc.of(frame.array(), 0, Long.BYTES));
            out.write(frame.array(), 0, HEADER);
            out.write(record);
            frame.clear().putInt(MaskedCrc.of(record, 0, record.length));
            out.write(frame.array(), 0, Integer.BYTES);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write to " + file + ": " + e.getMessage(), e);
        }
    }

    /**
     * Ends the file.
     *
     * @throws UncheckedIOException if not all of it could be written
     */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            out.close();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot finish " + file + ": " + e.getMessage(), e);
        }
    }
}
