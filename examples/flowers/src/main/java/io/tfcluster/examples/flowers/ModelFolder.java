package io.tfcluster.examples.flowers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tfcluster.examples.common.Console;
import io.tfcluster.examples.common.ExampleException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** The folder of the trained model: a SavedModel and, beside it, the names of its classes. */
final class ModelFolder {

    private static final String NOTES = "flowers.json";

    private ModelFolder() {}

    /** Where the chief writes: beside the folder, so that a model that is there stays until the new one is complete. */
    static Path exportFolder(Path modelDir) {
        Path whole = modelDir.toAbsolutePath().normalize();
        return whole.resolveSibling(whole.getFileName() + ".new");
    }

    /** Where the trials of a search write, each into a folder of its own. */
    static Path trialsFolder(Path modelDir) {
        Path whole = modelDir.toAbsolutePath().normalize();
        return whole.resolveSibling(whole.getFileName() + ".trials");
    }

    /** Removes what an earlier run may have left of an export. */
    static void clear(Path modelDir) {
        remove(exportFolder(modelDir));
        remove(trialsFolder(modelDir));
    }

    /** Takes the best trial's export for the one of this run, and removes the others. */
    static void adopt(Path modelDir, URI best) {
        try {
            Files.move(Path.of(best.getPath()), exportFolder(modelDir));
        } catch (IOException e) {
            throw new ExampleException("cannot take the best trial's model from " + best + ": " + e, e);
        }
        remove(trialsFolder(modelDir));
    }

    /** Puts the export in its place. */
    static void publish(Path modelDir, List<String> classes, String pictures, Console console) {
        Path export = exportFolder(modelDir);
        if (!Files.isRegularFile(export.resolve("saved_model.pb"))) {
            console.say("The model is in " + export
                    + " on the host of the chief; give --model-dir a folder that all hosts share.");
            return;
        }
        ObjectMapper json = new ObjectMapper();
        ObjectNode notes = json.createObjectNode().put("pictures", pictures);
        classes.forEach(notes.putArray("classes")::add);
        try {
            Files.writeString(
                    export.resolve(NOTES), json.writerWithDefaultPrettyPrinter().writeValueAsString(notes) + "\n");
            remove(modelDir);
            Files.move(export, modelDir.toAbsolutePath());
        } catch (IOException e) {
            throw new ExampleException(
                    "cannot put the model from " + export + " to --model-dir " + modelDir + ": " + e, e);
        }
        console.say("Model: " + modelDir.toAbsolutePath());
    }

    /** The names of the classes of a model that was trained before. */
    static List<String> classes(Path modelDir) {
        Path notes = modelDir.resolve(NOTES);
        if (!Files.isRegularFile(notes)) {
            throw new ExampleException("there is no model of ours in " + modelDir
                    + "; train one with bin/flowers, or name its folder with --model-dir");
        }
        try {
            List<String> classes = new ArrayList<>();
            for (JsonNode name : new ObjectMapper().readTree(notes.toFile()).path("classes")) {
                classes.add(name.asText());
            }
            return classes;
        } catch (IOException e) {
            throw new ExampleException("cannot read " + notes + ": " + e, e);
        }
    }

    private static void remove(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new ExampleException("cannot remove " + folder + ": " + e, e);
        }
    }
}
