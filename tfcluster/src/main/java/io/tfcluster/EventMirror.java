package io.tfcluster;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings event files from one of Hadoop's file systems to a folder of this host as they grow, for TensorBoard: without a TensorFlow for
 * Python, built with HDFS, beside it, it reads local files only.
 *
 * <p>Event files are only ever appended to, so that what is new is what is longer. Local files are appended to as well, since TensorBoard
 * keeps them open.
 */
final class EventMirror implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(EventMirror.class);
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(1);
    private static final int BUFFER = 1 << 16;

    private final Path from;
    private final java.nio.file.Path to;
    private final Configuration conf;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread thread;

    private EventMirror(Path from, java.nio.file.Path to, Configuration conf, Duration interval) {
        this.from = from;
        this.to = to;
        this.conf = conf;
        this.thread = new Thread(() -> run(interval), "node-tensorboard-mirror");
        this.thread.setDaemon(true);
    }

    static EventMirror start(String from, java.nio.file.Path to, Configuration conf, Duration interval) {
        EventMirror mirror = new EventMirror(new Path(from), to, conf, interval);
        mirror.thread.start();
        return mirror;
    }

    private void run(Duration interval) {
        boolean warned = false;
        try {
            do {
                try {
                    copy();
                    warned = false;
                } catch (IOException | RuntimeException e) { // of any file system: TensorBoard is not worth a node
                    if (!warned) {
                        log.warn("TensorBoard cannot see the event files in {}; it is tried again", from, e);
                    }
                    warned = true;
                }
            } while (!closing.await(interval.toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Brings what is new. */
    private void copy() throws IOException {
        FileSystem fs = from.getFileSystem(conf); // shared by all in this process, so not closed
        if (!fs.exists(from)) {
            return;
        }
        String root = fs.makeQualified(from).toUri().getPath();
        RemoteIterator<LocatedFileStatus> files = fs.listFiles(from, true);
        while (files.hasNext()) {
            FileStatus file = files.next();
            if (file.getPath().getName().contains("tfevents")) {
                String below = file.getPath()
                        .toUri()
                        .getPath()
                        .substring(root.length())
                        .replaceFirst("^/+", "");
                follow(fs, file, to.resolve(below));
            }
        }
    }

    private static void follow(FileSystem fs, FileStatus file, java.nio.file.Path local) throws IOException {
        long have = Files.exists(local) ? Files.size(local) : 0;
        long missing = file.getLen() - have;
        if (missing <= 0) {
            return;
        }
        Files.createDirectories(local.getParent());
        try (FSDataInputStream in = fs.open(file.getPath());
                OutputStream out = Files.newOutputStream(local, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            in.seek(have);
            byte[] buffer = new byte[BUFFER];
            while (missing > 0) {
                int read = in.read(buffer, 0, (int) Math.min(buffer.length, missing));
                if (read < 0) {
                    throw new IOException(file.getPath() + " ended " + missing + " bytes before its length");
                }
                out.write(buffer, 0, read);
                missing -= read;
            }
        }
    }

    /** Ends the thread, within 1 s; the folder is the node's to delete. */
    @Override
    public void close() {
        closing.countDown();
        try {
            thread.join(CLOSE_LIMIT.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
