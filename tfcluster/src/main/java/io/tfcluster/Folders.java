package io.tfcluster;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes the temporary folder of a child process, and deletes it; parent and child both do that, whoever is left. */
final class Folders {
    /** 107 less a folder of {@code tfcluster-node-} and 19 digits and the file {@code feed}. */
    private static final int MAX_BASE = 65;

    private static final Logger log = LoggerFactory.getLogger(Folders.class);

    private Folders() {}

    /**
     * Makes a folder that only the owner may enter, for a Unix-domain socket among other things: its path has 107 bytes at most, and the
     * temporary folder of a YARN container is longer than leaves room.
     *
     * @param prefix such as {@code tfcluster-node-}; a longer one leaves less room for the socket's name
     */
    static Path forSocket(String prefix) {
        Path base = Path.of(System.getProperty("java.io.tmpdir"));
        Path shortBase = Path.of("/tmp");
        boolean tooLong = base.toAbsolutePath().toString().length() > MAX_BASE;
        try {
            return Files.createTempDirectory(tooLong && Files.isWritable(shortBase) ? shortBase : base, prefix);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make a temporary folder for a child process in " + base, e);
        }
    }

    /** Deletes a folder with all in it, if it is still there. Never throws: it runs where a process is about to end. */
    static void delete(Path folder) {
        File[] files = folder.toFile().listFiles();
        if (files != null) {
            for (File file : files) {
                if (file.isDirectory()) {
                    delete(file.toPath());
                } else {
                    boolean gone = file.delete() || !file.exists();
                    if (!gone) {
                        log.debug("{} stays behind", file);
                    }
                }
            }
        }
        boolean gone = folder.toFile().delete() || !folder.toFile().exists();
        if (!gone) {
            log.debug("{} stays behind", folder);
        }
    }
}
