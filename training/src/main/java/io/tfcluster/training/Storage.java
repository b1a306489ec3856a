package io.tfcluster.training;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A folder on the local disk or on a Hadoop file system. TensorFlow writes and reads local folders only, so what it writes is staged in
 * one, and published under its name when it is whole; what it reads is fetched into one.
 *
 * <p>Names are those of the folder's entries, or paths below them. It holds nothing open.
 */
interface Storage {
    /**
     * A folder to be made.
     *
     * @param parent where it comes to lie; need not be there
     * @param name its last name
     */
    record Target(Storage parent, String name) {
        /** Takes the location apart; it is a path or a URI. */
        static Target of(String location, Map<String, String> hadoop) {
            String whole = isLocal(location) ? local(location).toString() : location.replaceAll("/+$", "");
            int slash = whole.lastIndexOf('/');
            if (slash < 0 || slash == whole.length() - 1) {
                throw new IllegalArgumentException("\"" + location + "\" is no folder that can be made");
            }
            return new Target(Storage.of(whole.substring(0, Math.max(1, slash)), hadoop), whole.substring(slash + 1));
        }
    }

    /**
     * A local folder to read from; closing deletes it if it is a copy.
     *
     * @param folder where the files are
     * @param copy whether they were fetched from elsewhere
     */
    record Fetched(Path folder, boolean copy) implements AutoCloseable {
        @Override
        public void close() {
            if (copy) {
                deleteQuietly(folder);
            }
        }
    }

    /**
     * Returns the folder, which need not be there.
     *
     * @param location a path, "file:…", or a URI of a Hadoop file system
     * @param hadoop settings of Hadoop's, for locations that are not local
     */
    static Storage of(String location, Map<String, String> hadoop) {
        if (isLocal(location)) {
            return new LocalStorage(local(location));
        }
        try {
            return HadoopStorage.of(location, hadoop);
        } catch (NoClassDefFoundError e) {
            throw new IllegalStateException(
                    location + " needs Hadoop's client on the class path (hadoop-client-api and hadoop-client-runtime,"
                            + " which Spark brings)",
                    e);
        }
    }

    private static boolean isLocal(String location) {
        return !location.matches("[A-Za-z][A-Za-z0-9+.\\-]+:.*")
                || location.toLowerCase(Locale.ROOT).startsWith("file:");
    }

    private static Path local(String location) {
        Path path = location.toLowerCase(Locale.ROOT).startsWith("file:")
                ? Path.of(URI.create(location).getPath())
                : Path.of(location);
        return path.toAbsolutePath().normalize();
    }

    /** Returns an entry's whole path. */
    String path(String name);

    /** Returns the names in a folder below, "" for this one, sorted; none if it is not there. */
    List<String> names(String folder) throws IOException;

    /** Makes a local folder to fill. */
    Path stage(String aside) throws IOException;

    /** Puts a staged folder here: first as {@code aside}, then, in one go, under its name, which must be free. */
    void publish(Path staged, String aside, String name) throws IOException;

    /** Makes a folder of files here readable for TensorFlow. */
    Fetched fetch(String name) throws IOException;

    /** Returns a small file's text. */
    String read(String name) throws IOException;

    /** Writes a small file or replaces it, in one go. */
    void write(String name, String text) throws IOException;

    /** Renames an entry, in one go; the new name must be free. */
    void rename(String from, String to) throws IOException;

    /** Deletes an entry with all in it; does nothing if it is not there. */
    void delete(String name) throws IOException;

    /** Deletes a local folder with all in it, if it is there. */
    static void deleteLocal(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> entries = Files.walk(folder)) {
            for (Path entry : entries.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(entry);
            }
        }
    }

    /** As {@link #deleteLocal}; a copy that stays behind in the temporary folder harms nobody, so an error is ignored. */
    static void deleteQuietly(Path folder) {
        try {
            deleteLocal(folder);
        } catch (IOException e) {
            folder.toFile().deleteOnExit();
        }
    }
}
