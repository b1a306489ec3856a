package io.tfcluster.tests.harness;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A temporary folder that looks enough like a Spark installation for Spark to start executors from the test class path. */
record SparkHome(Path root) {
    private static final int DELETE_ROUNDS = 5;

    static SparkHome create() {
        try {
            Path root = Files.createTempDirectory("tfcluster-spark-");
            Files.createDirectories(root.resolve("jars"));
            Files.createDirectories(root.resolve("launcher/target/scala-2.12"));
            Files.createDirectories(root.resolve("work"));
            Files.createDirectories(root.resolve("local"));
            return new SparkHome(root);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make a Spark home under " + System.getProperty("java.io.tmpdir"), e);
        }
    }

    /** The test class path with absolute entries: executors start in another folder. */
    static String classPath() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !entry.isEmpty())
                .map(entry -> Path.of(entry).toAbsolutePath().toString())
                .collect(Collectors.joining(File.pathSeparator));
    }

    Path work() {
        return root.resolve("work");
    }

    Path local() {
        return root.resolve("local");
    }

    /** The last lines of every executor's stderr and stdout, for a failure's message. */
    String executorOutput(int lines) {
        try (Stream<Path> files = Files.walk(work())) {
            return files.filter(file -> file.endsWith("stderr") || file.endsWith("stdout"))
                    .sorted()
                    .map(file -> root.relativize(file) + ":\n" + lastLines(file, lines))
                    .collect(Collectors.joining("\n"));
        } catch (IOException e) {
            return "executor output under " + work() + " cannot be read: " + e;
        }
    }

    private static String lastLines(Path file, int lines) {
        try {
            List<String> all = Files.readAllLines(file);
            return String.join("\n", all.subList(Math.max(0, all.size() - lines), all.size()));
        } catch (IOException | UncheckedIOException e) {
            return "(cannot be read: " + e + ")";
        }
    }

    /** Deletes the folder; again when a process on its way out has written another file meanwhile. */
    void delete() {
        IOException last = null;
        for (int round = 0; round < DELETE_ROUNDS && Files.exists(root); round++) {
            try (Stream<Path> files = Files.walk(root)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(file);
                }
                return;
            } catch (NoSuchFileException e) {
                last = e; // another deleter was quicker (Spark's shutdown hooks); look again
            } catch (IOException | UncheckedIOException e) {
                last = e instanceof IOException io ? io : ((UncheckedIOException) e).getCause();
            }
        }
        if (Files.exists(root)) {
            throw new UncheckedIOException(
                    "cannot delete " + root, last == null ? new IOException("still there") : last);
        }
    }
}
