package io.tfcluster.training;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a copy of an event file in a {@link SummaryStore} while it grows, from a thread of its own: training does not wait for it.
 *
 * <p>A store that does not answer costs a warning and the curves, not the training.
 */
final class EventUpload implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(EventUpload.class);
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(20);

    private final EventFile file;
    private final String directory;
    private final SummaryStore store;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread thread;
    private long copied;
    private boolean warned;

    private EventUpload(EventFile file, String directory, SummaryStore store, Duration interval) {
        this.file = file;
        this.directory = directory;
        this.store = store;
        this.thread =
                new Thread(() -> run(interval), "train-summaries-" + file.path().getFileName());
        this.thread.setDaemon(true);
    }

    static EventUpload start(EventFile file, String directory, SummaryStore store, Duration interval) {
        EventUpload upload = new EventUpload(file, directory, store, interval);
        upload.thread.start();
        return upload;
    }

    private void run(Duration interval) {
        try {
            while (!closing.await(interval.toMillis(), TimeUnit.MILLISECONDS)) {
                copy();
            }
            copy();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Copies now, if there is more than last time; failures are told once and tried again. */
    synchronized void copy() {
        try {
            long bytes = file.bytes();
            if (bytes > copied) {
                store.copy(
                        file.path(), bytes, directory, file.path().getFileName().toString());
                copied = bytes;
                warned = false;
            }
        } catch (IOException | RuntimeException e) { // a store is the user's, and may throw anything
            if (!warned) {
                log.warn(
                        "event files could not be copied to {}; training goes on, and it is tried again", directory, e);
            }
            warned = true;
        }
    }

    /** Copies what is new and ends the thread and the local file, within 20 s. */
    @Override
    public void close() {
        closing.countDown();
        try {
            thread.join(CLOSE_LIMIT.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (thread.isAlive()) {
            log.warn(
                    "event files were not copied to {} within {}; the last ones are missing there",
                    directory,
                    CLOSE_LIMIT);
        }
        try {
            Files.deleteIfExists(file.path());
            Files.deleteIfExists(file.path().toAbsolutePath().getParent()); // made for this file
        } catch (IOException e) {
            log.debug("the local copy {} is left behind", file.path(), e);
        }
    }
}
