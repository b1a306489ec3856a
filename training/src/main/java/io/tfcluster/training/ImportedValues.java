package io.tfcluster.training;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.NodeDef;

/** Finds the first values of a file's variables: in a checkpoint, or in the graph itself. */
final class ImportedValues {
    private final ImportedFile file;
    private final @Nullable CheckpointReader reader;
    private final boolean own;

    private ImportedValues(ImportedFile file, @Nullable CheckpointReader reader, boolean own) {
        this.file = file;
        this.reader = reader;
        this.own = own;
    }

    /**
     * Opens the checkpoint.
     *
     * @param checkpoint another than the file's own, or null
     */
    static ImportedValues of(ImportedFile file, @Nullable Path checkpoint) {
        Path path = checkpoint == null ? file.checkpoint() : checkpoint;
        if (path == null || file.variables().isEmpty()) {
            return new ImportedValues(file, null, true);
        }
        Path index = path.resolveSibling(path.getFileName() + ".index");
        if (checkpoint == null && !Files.isRegularFile(index)) {
            throw new IllegalArgumentException("the SavedModel " + file.path() + " has variables "
                    + file.variables().keySet() + " but no " + file.path().relativize(index)
                    + "; copy the whole folder, variables with it");
        }
        return new ImportedValues(file, CheckpointReader.open(path), checkpoint == null);
    }

    /** Returns the variable's shape: the graph's, or the checkpoint's where the graph does not tell. */
    Shape shape(String variable) {
        NodeDef node = file.variable(variable);
        Shape shape = ImportedFile.shape(node.getAttrOrThrow("shape").getShape());
        if (!shape.isUnknown() && !shape.hasUnknownDimension()) {
            return shape;
        }
        CheckpointReader.Part part = part(variable);
        return part == null || reader == null
                ? shape
                : reader.entry(part.key()).map(CheckpointReader.Entry::shape).orElse(shape);
    }

    /** Returns what gives the variable its first values, on whichever machine. */
    Initializer initializer(String variable) {
        CheckpointReader.Part part = part(variable);
        if (part != null && reader != null) {
            return new GivenValues.OfCheckpoint(reader.prefix().toString(), part.key(), part.slice());
        }
        String tensor = file.initial(variable);
        if (tensor != null && reader == null) {
            return new GivenValues.OfGraph(file.path().toString(), tensor);
        }
        throw new IllegalArgumentException("variable \"" + variable + "\" of " + file.path() + " has no first value: "
                + (reader == null
                        ? "the graph assigns it none; give a checkpoint with ImportedModel.checkpoint"
                        : "checkpoint " + reader.prefix() + " has "
                                + reader.entries().stream()
                                        .map(CheckpointReader.Entry::name)
                                        .toList()));
    }

    /** Returns the values of variables that do not learn and are no floats; the caller closes them. */
    Map<String, Tensor> tensors(List<String> variables) {
        Map<String, CheckpointReader.Part> wanted = new LinkedHashMap<>();
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (String variable : variables) {
            if (initializer(variable) instanceof GivenValues.OfGraph graph) {
                tensors.put(variable, graph.tensor(variable));
            } else {
                CheckpointReader.Part part = part(variable);
                if (part != null) {
                    wanted.put(variable, part);
                }
            }
        }
        if (reader != null) {
            List<Tensor> read = reader.read(List.copyOf(wanted.values()));
            int index = 0;
            for (String variable : wanted.keySet()) {
                tensors.put(variable, read.get(index++));
            }
        }
        return tensors;
    }

    private CheckpointReader.@Nullable Part part(String variable) {
        if (reader == null) {
            return null;
        }
        CheckpointReader.Part told = own ? file.part(variable) : null;
        if (told != null && reader.entry(told.key()).isPresent()) {
            return told;
        }
        Optional<CheckpointReader.Entry> named = reader.entry(variable)
                .or(() -> reader.entries().stream()
                        .filter(entry -> entry.name().equals(variable))
                        .findFirst());
        return named.map(entry -> new CheckpointReader.Part(entry.key(), "")).orElse(null);
    }
}
