package io.tfcluster.examples.streaming;

import static org.apache.spark.sql.functions.col;

import io.tfcluster.estimator.TFModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What a user says of the model, and of the messages that it is to answer. */
final class ModelOptions {
    @Option(
            names = "--model",
            paramLabel = "DIR",
            description =
                    "SavedModel, or a folder of numbered ones, of which the newest answers, also when it comes while the query runs.")
    @Nullable
    String model;

    @Option(names = "--graph", paramLabel = "FILE", description = "Frozen graph, in place of --model.")
    @Nullable
    String graph;

    @Option(
            names = "--example",
            paramLabel = "JSON",
            description = "Messages are JSON objects like this one: it tells names, types, and the lengths of arrays.")
    @Nullable
    String example;

    @Option(
            names = "--pictures",
            paramLabel = "SIZE,BLACK,WHITE",
            hideParamSyntax = true,
            split = ",",
            description =
                    "Messages are pictures; height and width that the network takes, and what black and white become:"
                            + " 224,-1,1 for MobileNet.")
    @Nullable
    List<Double> pictures;

    @Option(
            names = "--input",
            paramLabel = "FIELD=INPUT",
            description = "Which field fills which input of the model, \"pixels\" for pictures; default: equal names.")
    Map<String, String> inputs = new LinkedHashMap<>();

    @Option(
            names = "--output",
            paramLabel = "OUTPUT=FIELD",
            description = "Which output of the model becomes which field of the answer; default: all.")
    Map<String, String> outputs = new LinkedHashMap<>();

    @Option(
            names = "--labels",
            paramLabel = "FILE",
            description = "Names of the classes, a line each: answers are then a label and a score, not all scores.")
    @Nullable
    Path labels;

    @Option(
            names = "--select",
            paramLabel = "SQL",
            description =
                    "Answers are these expressions of the fields and of the function model(...), each with a name:"
                            + " \"model(x) AS y\". The model is then asked row by row.")
    List<String> select = List.of();

    @Option(
            names = "--batch-size",
            paramLabel = "N",
            description = "Messages in one run of the model (default ${DEFAULT-VALUE}).")
    int batchSize = 64;

    /** Made by picocli. */
    ModelOptions() {}

    /** Returns what is wrong, or null. */
    @Nullable
    String wrong() {
        if ((model == null) == (graph == null)) {
            return "give --model or --graph";
        }
        if ((example == null) == (pictures == null)) {
            return "say what messages are: --example for JSON, or --pictures";
        }
        List<Double> form = pictures;
        if (form != null && (form.size() != 3 || form.get(0) < 1)) {
            return "--pictures wants a size and two numbers, such as 224,-1,1, got " + form;
        }
        if (labels != null && !Files.isRegularFile(labels)) {
            return "there is no file " + labels + " of labels";
        }
        return null;
    }

    /** Returns the answers to messages as {@link Answers#messages} gives them. */
    Dataset<Row> answers(Dataset<Row> messages) {
        String like = example;
        Dataset<Row> rows;
        if (like != null) {
            rows = JsonRows.like(like, messages.sparkSession()).read(messages);
        } else {
            rows = pictureRows().read(messages);
        }
        return select.isEmpty()
                ? Answers.byStage(rows, stage(), labels != null)
                : Answers.byFunction(rows, stage(), select);
    }

    /** Returns the fields of {@code _message} and the label that the model has for the picture. */
    Dataset<Row> labelled(Dataset<Row> pictures) {
        return stage().transform(pictureRows().read(pictures)).select(col("_message.*"), col(Answers.LABEL));
    }

    private PictureRows pictureRows() {
        List<Double> form = pictures;
        if (form == null) {
            throw new IllegalStateException("wrong() was not asked");
        }
        return new PictureRows(form.get(0).intValue(), form.get(1), form.get(2));
    }

    private TFModel stage() {
        TFModel stage =
                new TFModel().setInputMapping(inputs).setOutputMapping(outputs).setBatchSize(batchSize);
        if (graph != null) {
            stage.setFrozenGraph(graph);
        } else if (model != null) {
            stage.setExportDir(model);
            if (isVersioned(model)) {
                stage.setVersions("latest").setVersionCol(Answers.VERSION);
            }
        }
        if (labels != null) {
            stage.setLabels(lines(labels).toArray(new String[0]))
                    .setPredictedLabelCol(Answers.LABEL)
                    .setProbabilityCol(Answers.SCORES);
        }
        return stage;
    }

    /** A folder without a SavedModel of its own has versions, or none yet, which the model says itself. */
    private static boolean isVersioned(String folder) {
        org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(folder);
        try {
            return !path.getFileSystem(org.apache.spark.sql.SparkSession.active()
                            .sparkContext()
                            .hadoopConfiguration())
                    .exists(new org.apache.hadoop.fs.Path(path, "saved_model.pb"));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot look into " + folder + ": " + e, e);
        }
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the labels in " + file + ": " + e, e);
        }
    }
}
