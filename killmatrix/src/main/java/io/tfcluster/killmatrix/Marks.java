package io.tfcluster.killmatrix;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/** Files by which the processes of a case tell each other how far they are. */
record Marks(Path folder) {
    /** The phase has been reached: pid and executor of the one who says so. */
    static final String REACHED = "reached";
    /** The damage is done. */
    static final String DONE = "done";
    /** Somebody has begun to damage himself. */
    static final String OWN = "own";

    private static final Duration LOOK_AGAIN = Duration.ofMillis(5);

    /** Sets a mark that only one process can set; returns whether this one did. */
    boolean claim(String name) {
        try {
            Files.createFile(folder.resolve(name + ".claim"));
            return true;
        } catch (FileAlreadyExistsException e) {
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot set a mark in " + folder, e);
        }
    }

    void set(String name, String text) {
        try {
            Path aside = Files.createTempFile(folder, name, ".new");
            Files.writeString(aside, text);
            Files.move(aside, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot set a mark in " + folder, e);
        }
    }

    Optional<String> get(String name) {
        try {
            return Optional.of(Files.readString(folder.resolve(name)));
        } catch (IOException e) {
            return Optional.empty(); // not there yet
        }
    }

    /** Waits for a mark; returns false when the limit passed or this thread was interrupted. */
    boolean await(String name, Duration limit) {
        long end = System.nanoTime() + limit.toNanos();
        while (get(name).isEmpty()) {
            if (System.nanoTime() > end || Thread.currentThread().isInterrupted()) {
                return false;
            }
            LockSupport.parkNanos(LOOK_AGAIN.toNanos());
        }
        return true;
    }
}
