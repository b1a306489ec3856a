package io.tfcluster.training;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.SavedModel;

/** Reads files that other programs wrote, and says what is wrong with those that cannot be read. */
final class SavedModelFile {
    private SavedModelFile() {}

    /**
     * Returns the graph with these tags.
     *
     * @param tags empty for "serve", or the only one there is
     */
    static MetaGraphDef read(Path directory, Set<String> tags) {
        Path file = directory.resolve("saved_model.pb");
        if (!Files.isRegularFile(file)) {
            throw new IllegalArgumentException("no SavedModel in " + directory + ": " + missing(directory));
        }
        SavedModel model;
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
            model = SavedModel.parseFrom(in);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read a SavedModel from " + file + ": " + e.getMessage(), e);
        }
        List<String> there = new ArrayList<>();
        for (MetaGraphDef graph : model.getMetaGraphsList()) {
            Set<String> has = new TreeSet<>(graph.getMetaInfoDef().getTagsList());
            there.add(String.join(",", has));
            if (has.equals(tags.isEmpty() ? Set.of("serve") : tags)) {
                return graph;
            }
        }
        if (tags.isEmpty() && model.getMetaGraphsCount() == 1) {
            return model.getMetaGraphs(0);
        }
        throw new IllegalArgumentException(
                directory + " has no graph tagged " + (tags.isEmpty() ? "[serve]" : tags) + "; it has " + there);
    }

    private static String missing(Path directory) {
        if (!Files.exists(directory)) {
            return "there is no such folder";
        }
        if (!Files.isDirectory(directory)) {
            return "it is a file; give the folder that holds saved_model.pb (Keras' .keras and .h5 files are others:"
                    + " write a SavedModel with model.export in Python)";
        }
        if (Files.exists(directory.resolve("saved_model.pbtxt"))) {
            return "it has saved_model.pbtxt, the text form; convert it to saved_model.pb";
        }
        return "it has no saved_model.pb";
    }

    /** Returns a bare graph. */
    static GraphDef graph(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new IllegalArgumentException("no GraphDef at " + file + ": "
                    + (Files.isDirectory(file)
                            ? "it is a folder; for a SavedModel use ImportedModel.savedModel"
                            : "there is no such file"));
        }
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
            return GraphDef.parseFrom(in);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read a GraphDef from " + file + ": " + e.getMessage(), e);
        }
    }
}
