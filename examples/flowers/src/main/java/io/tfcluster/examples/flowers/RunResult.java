package io.tfcluster.examples.flowers;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tfcluster.EpochReport;
import io.tfcluster.examples.common.ExampleException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The figures of a run, for the report and as JSON.
 *
 * @param pictures which pictures, in words
 * @param model which model, in words
 * @param images pictures used, training and test
 * @param trainImages of them, those learned from
 * @param seconds from the first row fed to the last one learned
 * @param evaluation on the test pictures
 * @param epochs what each epoch fed
 */
record RunResult(
        String pictures,
        String model,
        long images,
        long trainImages,
        double seconds,
        Evaluation evaluation,
        List<EpochReport> epochs) {
    RunResult {
        epochs = List.copyOf(epochs);
    }

    double imagesPerSecond() {
        return seconds == 0
                ? 0
                : epochs.stream().mapToLong(EpochReport::rowsTaken).sum() / seconds;
    }

    void writeJson(Path file) {
        ObjectMapper json = new ObjectMapper();
        ObjectNode root = json.createObjectNode();
        root.put("accuracy", evaluation.accuracy());
        ObjectNode classes = root.putObject("classes");
        for (int i = 0; i < evaluation.classes().size(); i++) {
            classes.putObject(evaluation.classes().get(i))
                    .put("precision", evaluation.precision(i))
                    .put("recall", evaluation.recall(i));
        }
        root.put("seconds", seconds);
        root.put("imagesPerSecond", imagesPerSecond());
        root.put("images", images);
        root.put("model", model);
        ArrayNode list = root.putArray("epochs");
        for (EpochReport epoch : epochs) {
            ObjectNode entry = list.addObject().put("epoch", epoch.epoch()).put("inputRows", epoch.inputRows());
            ObjectNode rows = entry.putObject("rowsByNode");
            epoch.rowsByNode().forEach(rows::put);
        }
        try {
            Files.writeString(file, json.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n");
        } catch (IOException e) {
            throw new ExampleException("cannot write --result " + file + ": " + e, e);
        }
    }
}
