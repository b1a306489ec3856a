package io.tfcluster.killmatrix;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

/** A disk of a few megabytes that {@code bin/killmatrix} mounts where it may, in a mount namespace of its own. */
record SmallDisk(Path root) {
    /** Names it to this process. */
    static final String VARIABLE = "KILLMATRIX_SMALL_DISK";

    static Optional<SmallDisk> find() {
        return Optional.ofNullable(System.getenv(VARIABLE))
                .filter(path -> !path.isBlank())
                .map(path -> new SmallDisk(Path.of(path)));
    }

    /** Writes until nothing more fits. */
    void fill() {
        byte[] some = new byte[4096];
        try (OutputStream out = Files.newOutputStream(root.resolve("filler"))) {
            for (long written = 0; written < 1L << 30; written += some.length) {
                out.write(some);
            }
            throw new IllegalStateException(root + " takes more than a gigabyte; it is no small disk");
        } catch (IOException e) {
            // that is what full means
        }
    }

    void clear() {
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                if (!file.equals(root)) {
                    Files.deleteIfExists(file);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot empty " + root, e);
        }
    }
}
