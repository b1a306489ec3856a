package io.tfcluster.training;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/** A folder on the local disk: staged beside its place, on disk before it is renamed. */
final class LocalStorage implements Storage {
    private final Path root;

    LocalStorage(Path root) {
        this.root = root;
    }

    @Override
    public String path(String name) {
        return root.resolve(name).toString();
    }

    @Override
    public List<String> names(String folder) throws IOException {
        Path listed = root.resolve(folder);
        if (!Files.exists(listed)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(listed)) {
            return entries.map(entry -> String.valueOf(entry.getFileName()))
                    .sorted()
                    .toList();
        }
    }

    @Override
    public Path stage(String aside) throws IOException {
        return Files.createDirectories(root.resolve(aside));
    }

    @Override
    public void publish(Path staged, String aside, String name) throws IOException {
        try (Stream<Path> entries = Files.walk(staged)) {
            for (Path entry : entries.toList()) {
                force(entry);
            }
        }
        Files.move(staged, root.resolve(name), StandardCopyOption.ATOMIC_MOVE);
        force(root);
    }

    @Override
    public Fetched fetch(String name) {
        return new Fetched(root.resolve(name), false);
    }

    @Override
    public String read(String name) throws IOException {
        return Files.readString(root.resolve(name));
    }

    @Override
    public void write(String name, String text) throws IOException {
        Path aside = root.resolve("." + name + "-" + UUID.randomUUID());
        try {
            Files.writeString(aside, text);
            force(aside);
            Files.move(aside, root.resolve(name), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(aside);
        }
    }

    @Override
    public void rename(String from, String to) throws IOException {
        Files.move(root.resolve(from), root.resolve(to), StandardCopyOption.ATOMIC_MOVE);
    }

    @Override
    public void delete(String name) throws IOException {
        Storage.deleteLocal(root.resolve(name));
    }

    /** Brings a file, or a folder's list of entries, onto the disk. */
    private static void force(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
