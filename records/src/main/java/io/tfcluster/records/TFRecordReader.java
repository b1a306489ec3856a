package io.tfcluster.records;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.zip.ZipException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the records of one TFRecord file on any Hadoop file system, plain or gzip, which it sees from the content.
 *
 * <p>Belongs to one thread; whoever opens it closes it. Both CRCs of every record are checked. In a node's main function it reads the files
 * that {@link FileShards} gave the node:
 *
 * <pre>{@code
 * for (String file : shards.shard(rank, ctx.numWorkers())) {
 *     try (TFRecordReader reader = TFRecordReader.open(file, new Configuration())) {
 *         while (reader.hasNext()) {
 *             Example example = Example.parseFrom(reader.next());
 *         }
 *     }
 * }
 * }</pre>
 */
public final class TFRecordReader implements Iterator<byte[]>, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(TFRecordReader.class);

    private final String file;
    private final Frames frames;
    private final boolean skipCorrupt;

    private byte @Nullable [] next;
    private long nextRecord = -1;
    private boolean ended;

    private TFRecordReader(String file, Frames frames, boolean skipCorrupt) {
        this.file = file;
        this.frames = frames;
        this.skipCorrupt = skipCorrupt;
    }

    /**
     * Opens a file with the default options.
     *
     * @throws UncheckedIOException if it is not there or cannot be read
     */
    public static TFRecordReader open(String path, Configuration conf) {
        return open(path, conf, TFRecordOptions.builder().build());
    }

    /**
     * Opens a file.
     *
     * @param options of which {@code maxRecordBytes} and {@code skipCorrupt} count here
     * @throws UncheckedIOException if it is not there or cannot be read
     */
    public static TFRecordReader open(String path, Configuration conf, TFRecordOptions options) {
        Path file = new Path(path);
        try {
            FileSystem fs = file.getFileSystem(conf);
            FileStatus status = fs.getFileStatus(file);
            Frames frames = new Frames(fs.open(file), status.getLen(), options.maxRecordBytes());
            return new TFRecordReader(path, frames, options.skipCorrupt());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot open " + path + ": " + e.getMessage(), e);
        }
    }

    /**
     * Returns whether there is another record, and reads it.
     *
     * @throws TFRecordException if the file is damaged or cannot be read; after that there are no more records
     */
    @Override
    public boolean hasNext() {
        while (next == null && !ended) {
            advance();
        }
        return next != null;
    }

    /**
     * Returns the next record's data; the array is the caller's.
     *
     * @throws TFRecordException if the file is damaged or cannot be read; after that there are no more records
     * @throws NoSuchElementException at the end of the file
     */
    @Override
    public byte[] next() {
        if (!hasNext() || next == null) {
            throw new NoSuchElementException("no more records in " + file + " after " + (nextRecord + 1));
        }
        byte[] record = next;
        next = null;
        return record;
    }

    /** Returns the number of the record that {@link #next()} returned last, from 0, or that {@link #hasNext()} has looked at; damaged ones count. */
    public long record() {
        return nextRecord;
    }

    private void advance() {
        long offset = frames.offset();
        nextRecord++;
        try {
            next = frames.next();
            if (next == null) {
                ended = true;
                nextRecord--;
            }
        } catch (Frames.Damage e) {
            refuse(offset, e, e.nextCanBeFound());
        } catch (IOException e) {
            refuse(offset, e, false);
        }
    }

    private void refuse(long offset, Exception cause, boolean nextCanBeFound) {
        String where = "record " + nextRecord + " of " + file + ", at byte " + offset
                + (frames.gzip() ? " of the uncompressed data" : "") + ": " + cause.getMessage();
        boolean damaged =
                cause instanceof Frames.Damage || cause instanceof ZipException || cause instanceof EOFException;
        if (damaged && skipCorrupt) {
            ended = !nextCanBeFound;
            log.warn("{}; skipping {}", where, nextCanBeFound ? "it" : "it and the rest of the file");
            return;
        }
        ended = true;
        throw new TFRecordException(
                damaged ? where + ". Write the file again, or set skipCorrupt to go on without what is damaged" : where,
                file,
                nextRecord,
                cause);
    }

    /** Closes the file. */
    @Override
    public void close() {
        ended = true;
        next = null;
        try {
            frames.close();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot close " + file + ": " + e.getMessage(), e);
        }
    }
}
