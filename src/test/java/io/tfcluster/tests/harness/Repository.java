package io.tfcluster.tests.harness;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** Where the checkout lies. */
public final class Repository {
    private Repository() {}

    /** The folder above the working one (or itself) that holds {@code .ci}. */
    public static Optional<Path> root() {
        return Stream.iterate(Path.of("").toAbsolutePath(), folder -> folder != null, Path::getParent)
                .filter(folder -> Files.isDirectory(folder.resolve(".ci")))
                .findFirst();
    }
}
