package io.tfcluster.training;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A checkpoint's own description, the file {@code checkpoint.properties} in it: where the training stood, and length and CRC-32C of every
 * other file, so that a damaged one is known without TensorFlow.
 */
record Manifest(SavedCheckpoint checkpoint, Map<String, String> files) {
    static final String FILE = "checkpoint.properties";
    private static final String POSITION = "position.";
    private static final String METRIC = "metric.";
    private static final String FILES = "file.";
    private static final int BUFFER = 1 << 20;

    /** Describes a folder that has all its files but this. */
    static Manifest of(SavedCheckpoint checkpoint, Path folder) throws IOException {
        Map<String, String> files = new TreeMap<>();
        try (Stream<Path> entries = Files.list(folder)) {
            for (Path entry : entries.toList()) {
                files.put(String.valueOf(entry.getFileName()), sum(entry));
            }
        }
        return new Manifest(checkpoint, files);
    }

    String text() {
        Properties properties = new Properties();
        properties.setProperty("step", Long.toString(checkpoint.step()));
        properties.setProperty("epoch", Long.toString(checkpoint.epoch()));
        properties.setProperty("seed", Long.toString(checkpoint.seed()));
        for (int rank = 0; rank < checkpoint.positions().size(); rank++) {
            properties.setProperty(POSITION + rank, checkpoint.positions().get(rank));
        }
        checkpoint.metrics().forEach((name, value) -> properties.setProperty(METRIC + name, value.toString()));
        files.forEach((name, sum) -> properties.setProperty(FILES + name, sum));
        StringWriter text = new StringWriter();
        try {
            properties.store(text, null);
        } catch (IOException e) {
            throw new UncheckedIOException("a string cannot be written to", e);
        }
        return text.toString();
    }

    /**
     * Reads a description.
     *
     * @param path the checkpoint's folder
     * @throws IllegalArgumentException if it is none
     */
    static Manifest parse(String path, String text) {
        Properties properties = new Properties();
        try {
            properties.load(new StringReader(text));
        } catch (IOException e) {
            throw new UncheckedIOException("a string cannot be read", e);
        }
        List<String> positions = new ArrayList<>();
        for (String position = properties.getProperty(POSITION + 0);
                position != null;
                position = properties.getProperty(POSITION + positions.size())) {
            positions.add(position);
        }
        Map<String, Double> metrics = new TreeMap<>();
        Map<String, String> files = new TreeMap<>();
        for (String key : properties.stringPropertyNames()) {
            String value = properties.getProperty(key, "");
            if (key.startsWith(METRIC)) {
                metrics.put(key.substring(METRIC.length()), Double.valueOf(value));
            } else if (key.startsWith(FILES)) {
                files.put(key.substring(FILES.length()), value);
            }
        }
        SavedCheckpoint checkpoint = new SavedCheckpoint(
                path,
                number(properties, "step"),
                number(properties, "epoch"),
                number(properties, "seed"),
                positions,
                metrics);
        return new Manifest(checkpoint, files);
    }

    private static long number(Properties properties, String key) {
        return Long.parseLong(properties.getProperty(key, "none"));
    }

    /** Returns what is wrong with the files of this checkpoint, or null. */
    @Nullable
    String damage(Path folder) {
        if (files.isEmpty()) {
            return FILE + " names no files";
        }
        for (Map.Entry<String, String> file : files.entrySet()) {
            try {
                String found = sum(folder.resolve(file.getKey()));
                if (!found.equals(file.getValue())) {
                    return file.getKey() + " has length and CRC-32C " + found + ", not " + file.getValue();
                }
            } catch (IOException e) {
                return file.getKey() + " cannot be read: " + e;
            }
        }
        return null;
    }

    private static String sum(Path file) throws IOException {
        CRC32C crc = new CRC32C();
        long length = 0;
        byte[] buffer = new byte[BUFFER];
        try (InputStream in = Files.newInputStream(file)) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                crc.update(buffer, 0, read);
                length += read;
            }
        }
        return length + ":" + Long.toHexString(crc.getValue());
    }
}
