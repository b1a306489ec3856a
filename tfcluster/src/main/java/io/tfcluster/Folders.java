package io.tfcluster;

import java.io.File;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Deletes the temporary folder of a node; parent and child both do it, whoever is left. */
final class Folders {
    private static final Logger log = LoggerFactory.getLogger(Folders.class);

    private Folders() {}

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
