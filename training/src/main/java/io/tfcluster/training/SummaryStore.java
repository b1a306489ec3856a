package io.tfcluster.training;

import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Takes event files to a place that is no folder of this host, such as HDFS.
 *
 * <p>Given to {@link SummaryWriter#open(String, SummaryStore)}; used by one thread at a time, which may be another each time.
 */
@FunctionalInterface
public interface SummaryStore extends Serializable {
    /**
     * Makes {@code directory/name} a copy of the beginning of a local file, which goes on growing. It is called again as it does: what is
     * there from the last time is the beginning of what it is to be, and whoever reads it must never find less.
     *
     * @param bytes how much to copy, whole records
     * @param directory with its scheme, made if it is not there
     * @throws IOException if it could not be done; it is tried again later
     */
    void copy(Path file, long bytes, String directory, String name) throws IOException;

    /** Makes a folder of this host for a file that is to be copied; it is deleted with the writer. By default a temporary one. */
    default Path newFolder() throws IOException {
        return Files.createTempDirectory("tfcluster-events-");
    }
}
