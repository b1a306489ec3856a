package io.tfcluster;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * TensorFlow's native libraries, unpacked from the class path once per host.
 *
 * <p>683 MB unpacked; done by each process for itself it costs 4 s and the disk again and again. All nodes of a host, of every cluster and
 * every application of the same user, share one folder: {@code $TFCLUSTER_NATIVES}, or {@code ~/.cache/tfcluster/natives}, or, where the
 * home folder cannot be written to (YARN), the temporary folder. A file lock keeps the first ones from unpacking twice.
 *
 * <p>What lies there is loaded into every node. A folder that another user could have put libraries into is refused.
 */
final class Natives {
    private static final Logger log = LoggerFactory.getLogger(Natives.class);
    private static final String FOLDER = "org/tensorflow/internal/c_api/linux-x86_64/";
    private static final String LIBRARY = FOLDER + "libjnitensorflow.so";

    private Natives() {}

    /**
     * Returns the folder that holds the libraries, unpacking them if this host has not got them yet.
     *
     * @return empty if the class path has no natives for this platform; javacpp will say what is missing then
     */
    static Optional<Path> folder(ClassLoader loader) {
        URL library = loader.getResource(LIBRARY);
        if (library == null) {
            return Optional.empty();
        }
        try {
            if (!(library.openConnection() instanceof JarURLConnection connection)) {
                return Optional.empty();
            }
            connection.setUseCaches(false);
            try (JarFile jar = connection.getJarFile()) {
                return Optional.of(unpacked(jar, baseFolder()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "cannot unpack TensorFlow's native libraries (683 MB) from " + library
                            + "; set TFCLUSTER_NATIVES to a folder with enough room",
                    e);
        }
    }

    /** Returns where natives are unpacked to on this host; makes the folder. */
    static Path baseFolder() throws IOException {
        String wanted = System.getenv("TFCLUSTER_NATIVES");
        if (wanted != null) {
            return OwnFolder.create(Path.of(wanted));
        }
        Path home = Path.of(System.getProperty("user.home", "/"), ".cache", "tfcluster", "natives");
        try {
            return OwnFolder.create(home);
        } catch (IOException e) {
            Path temporary = Path.of(
                    System.getProperty("java.io.tmpdir"), "tfcluster-natives-" + System.getProperty("user.name"));
            log.debug("{} cannot be made, taking {}", home, temporary, e);
            return OwnFolder.create(temporary);
        }
    }

    private static Path unpacked(JarFile jar, Path base) throws IOException {
        List<JarEntry> libraries = new ArrayList<>();
        long fingerprint = 17;
        for (JarEntry entry : (Iterable<JarEntry>) () -> jar.entries().asIterator()) {
            if (entry.getName().startsWith(FOLDER) && entry.getName().contains(".so")) {
                libraries.add(entry);
                fingerprint = 31 * fingerprint + entry.getCrc();
            }
        }
        Path folder = base.resolve("linux-x86_64-" + Long.toHexString(fingerprint));
        if (Files.isDirectory(folder)) {
            return OwnFolder.check(folder);
        }
        try (FileChannel channel =
                        FileChannel.open(base.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = lock(channel)) {
            if (!Files.isDirectory(folder)) {
                log.info("unpacking TensorFlow's native libraries into {}, once for this host", folder);
                Path partial = Files.createTempDirectory(base, "partial-");
                for (JarEntry entry : libraries) {
                    try (InputStream in = jar.getInputStream(entry)) {
                        Files.copy(in, partial.resolve(entry.getName().substring(FOLDER.length())));
                    }
                }
                Files.move(partial, folder);
            }
            log.debug("unpacked under {}", lock);
            return folder;
        } catch (FileAlreadyExistsException e) {
            return folder;
        }
    }

    /** Other threads of this JVM hold the lock as an exception, other processes by blocking; both end when the unpacking ends. */
    private static FileLock lock(FileChannel channel) throws IOException {
        synchronized (Natives.class) {
            return channel.lock();
        }
    }
}
