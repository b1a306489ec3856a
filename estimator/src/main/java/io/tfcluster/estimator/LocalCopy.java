package io.tfcluster.estimator;

import io.tfcluster.estimator.ModelSource.Part;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A model's files where TensorFlow can read them: where they are, if that is this host's disk, otherwise in a folder for this process alone. */
final class LocalCopy implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LocalCopy.class);
    private static final String PREFIX = "tfcluster-model-";

    private final Path path;
    private final Path folder;
    private final boolean copied;

    private LocalCopy(Path path, Path folder, boolean copied) {
        this.path = path;
        this.folder = folder;
        this.copied = copied;
    }

    /**
     * Brings the files here.
     *
     * @throws IllegalStateException if one is not there, or has another length than when the driver saw it
     */
    static LocalCopy of(ModelSource source, TaskFiles given) {
        org.apache.hadoop.fs.Path from = new org.apache.hadoop.fs.Path(source.path());
        Path local = Path.of(from.toUri().getPath());
        if (source.isLocal() && (given.bytes() == null || isWhole(source, local))) {
            for (Part part : source.parts()) {
                check(source, part, local.resolve(part.name()).toFile());
            }
            return new LocalCopy(local, local, false);
        }
        Path folder = null;
        try {
            folder = Files.createTempDirectory(PREFIX); // for this user alone
            Path target = folder.resolve(from.getName());
            for (Part part : source.parts()) {
                Path file = part.name().isEmpty() ? target : target.resolve(part.name());
                Files.createDirectories(parent(file));
                try (InputStream in = open(source, part, given)) {
                    Files.copy(in, file);
                }
                check(source, part, file.toFile());
            }
            log.info("copied {} ({} bytes) to {}", source, source.bytes(), folder);
            return new LocalCopy(target, folder, true);
        } catch (IOException e) {
            delete(folder);
            throw new UncheckedIOException("cannot copy " + source + " to this host: " + e, e);
        } catch (RuntimeException e) {
            delete(folder);
            throw e;
        }
    }

    /** Opens a file where the driver saw it, or as the driver sent it. */
    private static InputStream open(ModelSource source, Part part, TaskFiles given) throws IOException {
        if (given.bytes() != null) {
            return new ByteArrayInputStream(given.bytes().value()[source.parts().indexOf(part)]);
        }
        org.apache.hadoop.fs.Path root = new org.apache.hadoop.fs.Path(source.path());
        org.apache.hadoop.fs.Path file =
                part.name().isEmpty() ? root : new org.apache.hadoop.fs.Path(root, part.name());
        return file.getFileSystem(given.conf()).open(file);
    }

    private static boolean isWhole(ModelSource source, Path local) {
        return source.parts().stream()
                .allMatch(part -> local.resolve(part.name()).toFile().length() == part.bytes());
    }

    private static Path parent(Path file) {
        Path parent = file.getParent();
        if (parent == null) {
            throw new IllegalStateException(file + " lies in no folder");
        }
        return parent;
    }

    private static void check(ModelSource source, Part part, File file) {
        if (!file.isFile()) {
            throw new IllegalStateException(file + " of " + source
                    + " is not on this host; put the model on a file system that all executors see, such as HDFS");
        }
        if (file.length() != part.bytes()) {
            throw new IllegalStateException(file + " of " + source + " has " + file.length() + " bytes here and had "
                    + part.bytes() + " on the driver; is it being written again?");
        }
    }

    Path path() {
        return path;
    }

    /** Deletes the copy, if it is one. */
    @Override
    public void close() {
        if (copied) {
            delete(folder);
        }
    }

    private static void delete(@org.jspecify.annotations.Nullable Path folder) {
        if (folder == null) {
            return;
        }
        File[] files = folder.toFile().listFiles();
        if (files != null) {
            for (File file : files) {
                delete(file.toPath());
            }
        }
        if (!folder.toFile().delete() && folder.toFile().exists()) {
            log.debug("{} stays behind", folder);
        }
    }
}
