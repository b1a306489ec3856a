package io.tfcluster.tests.harness;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * Finds the folder of real pictures that lies beside some checkouts, and skips a test where it does not.
 *
 * <p>Looked for in this order: system property, then environment variable {@code TFCLUSTER_DATA}, then {@code ../shared/data} beside the
 * repository's root. A value that names no folder is an error, not a skip.
 */
public final class Photos {
    static final String NAME = "TFCLUSTER_DATA";

    private Photos() {}

    /** The folder that holds {@code flowers/}, {@code mnist/} and others, where there is one. */
    public static Optional<Path> find() {
        Optional<String> named = Stream.of(System.getProperty(NAME), System.getenv(NAME))
                .filter(value -> value != null && !value.isBlank())
                .findFirst();
        if (named.isPresent()) {
            Path folder = Path.of(named.get()).toAbsolutePath();
            if (!Files.isDirectory(folder)) {
                throw new IllegalArgumentException(NAME + " names no folder: " + folder);
            }
            return Optional.of(folder);
        }
        return Repository.root()
                .map(root -> root.resolveSibling("shared").resolve("data"))
                .filter(Files::isDirectory);
    }

    /** The data folder; skips the calling test where there is none. */
    public static Path assumePresent() {
        Optional<Path> folder = find();
        Assumptions.assumeTrue(
                folder.isPresent(),
                "skipped: no pictures here. Set " + NAME + " to a folder that holds flowers/<class>/*.jpg");
        return folder.orElseThrow();
    }

    /** One folder of the data, such as {@code "flowers"}; skips the calling test where there is none. */
    public static Path assumePresent(String name) {
        Path folder = assumePresent().resolve(name);
        Assumptions.assumeTrue(Files.isDirectory(folder), "skipped: no folder " + folder);
        return folder;
    }
}
