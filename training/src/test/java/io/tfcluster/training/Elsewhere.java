package io.tfcluster.training;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Assumptions;

/**
 * Models that Python made: small ones of our own ({@code elsewhere.zip}, written by {@code make_models.py} beside it), and other people's,
 * where a folder of them lies beside the checkout.
 */
final class Elsewhere {
    private Elsewhere() {}

    /** Unpacks our own models into {@code folder} and returns it. */
    static Path unpack(Path folder) throws IOException {
        try (InputStream in = Objects.requireNonNull(Elsewhere.class.getResourceAsStream("/elsewhere/elsewhere.zip"));
                ZipInputStream zip = new ZipInputStream(in)) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                Path file = folder.resolve(entry.getName());
                if (entry.isDirectory()) {
                    Files.createDirectories(file);
                } else {
                    Files.createDirectories(file.getParent());
                    Files.copy(zip, file);
                }
            }
        }
        return folder;
    }

    /** Returns a file or folder of the data that {@code TFCLUSTER_DATA} names or {@code ../shared/data} holds; skips the test without. */
    static Path data(String name) {
        Optional<Path> found = Stream.of(
                        Optional.ofNullable(System.getenv("TFCLUSTER_DATA")).map(Path::of),
                        root().map(root -> root.resolveSibling("shared").resolve("data")))
                .flatMap(Optional::stream)
                .map(data -> data.resolve(name))
                .filter(Files::exists)
                .findFirst();
        Assumptions.assumeTrue(found.isPresent(), "skipped: no " + name + " in TFCLUSTER_DATA or ../shared/data");
        return found.orElseThrow();
    }

    private static Optional<Path> root() {
        for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
            if (Files.isDirectory(at.resolve(".mvn"))) {
                return Optional.of(at);
            }
        }
        return Optional.empty();
    }
}
