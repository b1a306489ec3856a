package io.tfcluster.training;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Tensor;
import org.tensorflow.internal.types.registry.TensorTypeRegistry;
import org.tensorflow.ndarray.NdArrays;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.BundleEntryProto;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.TensorShapeProto;
import org.tensorflow.types.TString;
import org.tensorflow.types.family.TType;

/**
 * Lists and reads a checkpoint in TensorFlow's format V2, whichever program wrote it.
 *
 * <p>Opening reads the index; tensors are read when asked for. It holds nothing open; any thread may use it.
 *
 * <pre>{@code
 * CheckpointReader checkpoint = CheckpointReader.open(Path.of("bert/bert_model.ckpt"));
 * checkpoint.entries().forEach(System.out::println);   // dense/kernel: DT_FLOAT [784, 10]
 * try (Tensor kernel = checkpoint.read("dense/kernel")) { … }
 * }</pre>
 */
public final class CheckpointReader {
    /**
     * A tensor of a checkpoint.
     *
     * @param key what the file calls it
     * @param name what the program called the variable, where TensorFlow 2 wrote that down; otherwise the key
     * @param type of its numbers
     * @param shape its shape
     */
    public record Entry(String key, String name, DataType type, Shape shape) {
        @Override
        public String toString() {
            return (key.equals(name) ? key : name + " (" + key + ")") + ": " + type + " " + Shapes.text(shape);
        }
    }

    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final Pattern LATEST = Pattern.compile("(?m)^model_checkpoint_path: *\"(.*)\"");

    private final Path prefix;
    private final Map<String, Entry> entries;

    private CheckpointReader(Path prefix, Map<String, Entry> entries) {
        this.prefix = prefix;
        this.entries = entries;
    }

    /**
     * Opens a checkpoint.
     *
     * @param checkpoint its prefix such as {@code run/ckpt-100}, its {@code .index} file, or a folder with a file {@code checkpoint} that
     *     names the latest, or a SavedModel's
     * @throws IllegalArgumentException if there is no checkpoint of this format; the message says what there is
     */
    public static CheckpointReader open(Path checkpoint) {
        CheckpointReader reader = openKeys(checkpoint);
        ObjectNames.of(reader)
                .forEach((key, name) -> reader.entries.computeIfPresent(
                        key, (same, entry) -> new Entry(key, name, entry.type(), entry.shape())));
        return reader;
    }

    /** As above, but with keys for names, which is quicker. */
    static CheckpointReader openKeys(Path checkpoint) {
        Path prefix = prefix(requireNonNull(checkpoint, "checkpoint"));
        Path index = prefix.resolveSibling(prefix.getFileName() + ".index");
        if (!Files.isRegularFile(index)) {
            throw new IllegalArgumentException(
                    "no checkpoint " + prefix + ": " + index.getFileName() + " is missing; " + listing(prefix));
        }
        Map<String, Entry> entries = new LinkedHashMap<>();
        CheckpointIndex.read(index).forEach((key, entry) -> entries.put(key, entry(key, key, entry)));
        return new CheckpointReader(prefix, entries);
    }

    private static Entry entry(String key, String name, BundleEntryProto entry) {
        long[] sizes = entry.getShape().getDimList().stream()
                .mapToLong(TensorShapeProto.Dim::getSize)
                .toArray();
        return new Entry(key, name, entry.getDtype(), Shape.of(sizes));
    }

    private static Path prefix(Path given) {
        String name = String.valueOf(given.getFileName());
        if (name.endsWith(".index")) {
            return given.resolveSibling(name.substring(0, name.length() - ".index".length()));
        }
        if (!Files.isDirectory(given)) {
            return given;
        }
        Path state = given.resolve("checkpoint");
        if (Files.isRegularFile(state)) {
            try {
                Matcher latest = LATEST.matcher(Files.readString(state));
                if (latest.find()) {
                    return given.resolve(latest.group(1));
                }
            } catch (IOException e) {
                throw new UncheckedIOException("cannot read " + state + ": " + e.getMessage(), e);
            }
            throw new IllegalArgumentException(state + " names no model_checkpoint_path");
        }
        Path saved = given.resolve("variables/variables");
        return Files.isRegularFile(given.resolve("variables/variables.index")) ? saved : given.resolve("variables");
    }

    private static String listing(Path prefix) {
        Path folder = prefix.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            return "there is no folder " + folder;
        }
        if (Files.isRegularFile(prefix)) {
            return prefix.getFileName()
                    + " itself is a file, as checkpoints of the old format V1 are (or one of Keras' .h5): save it again as V2";
        }
        try (Stream<Path> files = Files.list(folder)) {
            List<String> there = files.map(file -> String.valueOf(file.getFileName()))
                    .filter(name -> name.endsWith(".index"))
                    .sorted()
                    .toList();
            return there.isEmpty() ? folder + " holds no .index file" : folder + " holds " + there;
        } catch (IOException e) {
            return folder + " cannot be listed: " + e.getMessage();
        }
    }

    /** Returns the checkpoint's path without {@code .index}. */
    public Path prefix() {
        return prefix;
    }

    /** Returns the tensors, in the order of their keys. */
    public List<Entry> entries() {
        return List.copyOf(entries.values());
    }

    /** Returns what the checkpoint says of the tensor with this key. */
    public Optional<Entry> entry(String key) {
        return Optional.ofNullable(entries.get(key));
    }

    /**
     * Reads a tensor; the caller closes it.
     *
     * @throws IllegalArgumentException if there is no such key
     * @throws IllegalStateException if the file with the values is damaged or missing
     */
    public Tensor read(String key) {
        return read(List.of(new Part(key, ""))).get(0);
    }

    /** A tensor, or with a slice such as "784 10 0,392:-" a part of it. */
    record Part(String key, String slice) {}

    /** Reads several at once; the caller closes them. */
    List<Tensor> read(Collection<Part> parts) {
        if (parts.isEmpty()) {
            return List.of();
        }
        List<Class<? extends TType>> types = new ArrayList<>();
        for (Part part : parts) {
            types.add(type(part.key()));
        }
        try (Graph graph = new Graph()) {
            Ops tf = Ops.create(graph);
            Operand<TString> names = tf.constant(
                    NdArrays.vectorOfObjects(parts.stream().map(Part::key).toArray(String[]::new)));
            Operand<TString> slices = tf.constant(
                    NdArrays.vectorOfObjects(parts.stream().map(Part::slice).toArray(String[]::new)));
            List<String> fetches = new ArrayList<>();
            for (var output : tf.train
                    .restore(tf.constant(prefix.toString()), names, slices, types)
                    .tensors()) {
                fetches.add(TrainGraph.tensor(output));
            }
            List<Tensor> read = new ArrayList<>();
            try (TrainSession session = TrainSession.open(graph, "", ConfigProto.getDefaultInstance(), LIMIT)) {
                // The result is not closed: its tensors are the caller's.
                Result result = session.run("reading checkpoint " + prefix, Map.of(), fetches, List.of());
                for (int i = 0; i < fetches.size(); i++) {
                    read.add(result.get(i));
                }
            }
            return read;
        }
    }

    private Class<? extends TType> type(String key) {
        Entry entry = entries.get(key);
        if (entry == null) {
            throw new IllegalArgumentException(
                    "no tensor \"" + key + "\" in checkpoint " + prefix + "; it has " + entries.keySet());
        }
        try {
            return TensorTypeRegistry.find(entry.type()).type();
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "tensor " + entry + " of checkpoint " + prefix + " has a type that Java cannot hold", e);
        }
    }
}
