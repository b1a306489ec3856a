package io.tfcluster.benchmarks;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The data of others that may lie beside the checkout. */
final class SharedData {
    private SharedData() {}

    /** Returns a file or folder of it by its path, such as {@code models/x.pb}; nothing where it is not there. */
    static Optional<Path> find(String name) {
        for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
            Path file = folder.resolveSibling("shared").resolve("data").resolve(name);
            if (Files.exists(file)) {
                return Optional.of(file);
            }
        }
        return Optional.empty();
    }
}
