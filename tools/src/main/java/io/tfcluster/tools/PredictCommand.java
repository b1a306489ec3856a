package io.tfcluster.tools;

import io.tfcluster.estimator.TFModel;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.DataFrameWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Puts the rows of files through a model and writes what it answers. */
@Command(name = "predict", description = "Puts rows through a model, on Spark, and writes them with its answers.")
final class PredictCommand implements Callable<Integer> {
    @Spec
    @Nullable
    CommandSpec spec;

    @Option(
            names = "--model",
            required = true,
            paramLabel = "DIR",
            description = "SavedModel, saved TFModel stage, or file of a frozen graph.")
    String model = "";

    @Option(names = "--signature", paramLabel = "KEY", description = "Signature (default ${DEFAULT-VALUE}).")
    String signature = "serving_default";

    @Option(names = "--tags", paramLabel = "TAGS", description = "Tags of the graph (default ${DEFAULT-VALUE}).")
    String tags = "serve";

    @Mixin
    InputOptions input = new InputOptions();

    @Option(names = "--output", required = true, paramLabel = "PATH", description = "Folder for the answers.")
    String output = "";

    @Option(
            names = "--output-format",
            paramLabel = "FORMAT",
            description = "parquet, json or csv; by default what the output's name ends with, or parquet.")
    String outputFormat = "";

    @Option(names = "--overwrite", description = "Replaces an output that is there.")
    boolean overwrite;

    @Option(names = "--map", paramLabel = "COLUMN=INPUT", description = "Column that fills an input; may be repeated.")
    Map<String, String> inputs = new LinkedHashMap<>();

    @Option(
            names = "--out",
            paramLabel = "OUTPUT=COLUMN",
            description = "Output that becomes a column, or a tensor such as scope/op:0; may be repeated.")
    Map<String, String> outputs = new LinkedHashMap<>();

    @Option(names = "--prediction", paramLabel = "COLUMN", description = "Adds the predicted class or value.")
    String prediction = "";

    @Option(names = "--labels", split = ",", paramLabel = "NAME", description = "Names of the classes, with commas.")
    List<String> labels = List.of();

    @Option(names = "--logits", description = "The model's scores are logits.")
    boolean logits;

    @Option(names = "--columns", split = ",", paramLabel = "NAME", description = "Columns to write (default: all).")
    List<String> columns = List.of();

    @Option(names = "--batch-size", paramLabel = "ROWS", description = "Rows of a run (default ${DEFAULT-VALUE}).")
    int batchSize = 128;

    @Option(
            names = "--master",
            paramLabel = "URL",
            description = "Spark's master (default: spark-submit's, or local[*]).")
    String master = "";

    @Override
    public Integer call() {
        CommandLine line = spec == null ? new CommandLine(this) : spec.commandLine();
        String format = format();
        input.mistake().ifPresent(mistake -> {
            throw new CommandLine.ParameterException(line, mistake);
        });
        if (batchSize < 1) {
            throw new CommandLine.ParameterException(line, "--batch-size must be 1 or more, got " + batchSize);
        }
        SparkSession.Builder builder = SparkSession.builder().appName("tfmodel predict " + model);
        if (!master.isEmpty() || System.getProperty("spark.master") == null) {
            builder.master(master.isEmpty() ? "local[*]" : master);
        }
        SparkSession spark = builder.config("spark.ui.enabled", "false").getOrCreate();
        try {
            TFModel stage = stage(spark);
            Dataset<Row> answers = chosen(stage.transform(input.read(spark)));
            write(answers, format, spark, line.getErr());
            line.getOut().println(answers.schema().treeString().strip());
            line.getOut().println("written to " + output + " as " + format);
            return CommandLine.ExitCode.OK;
        } finally {
            spark.stop();
        }
    }

    private TFModel stage(SparkSession spark) {
        TFModel stage = ModelPlace.of(model, spark.sparkContext().hadoopConfiguration());
        if (!stage.isSet(stage.signatureDefKey())) {
            stage.setSignatureDefKey(signature).setTagSet(tags);
        }
        if (!inputs.isEmpty()) {
            stage.setInputMapping(inputs);
        }
        if (!outputs.isEmpty()) {
            stage.setOutputMapping(outputs);
        }
        if (!prediction.isEmpty()) {
            stage.setPredictionCol(prediction);
        }
        if (!labels.isEmpty()) {
            stage.setLabels(labels.toArray(new String[0]));
        }
        if (logits) {
            stage.setScoresAreLogits(true);
        }
        return stage.setBatchSize(batchSize);
    }

    private Dataset<Row> chosen(Dataset<Row> rows) {
        if (columns.isEmpty()) {
            return rows;
        }
        return rows.select(columns.stream()
                .map(name -> rows.col("`" + name.replace("`", "``") + "`"))
                .toArray(Column[]::new));
    }

    private void write(Dataset<Row> rows, String format, SparkSession spark, PrintWriter err) {
        DataFrameWriter<Row> writer = (format.equals("csv") ? CsvCells.of(rows) : rows)
                .write()
                .mode(overwrite ? SaveMode.Overwrite : SaveMode.ErrorIfExists)
                .format(format);
        if (format.equals("csv")) {
            writer.option("header", "true");
        }
        try (TaskProgress progress = TaskProgress.show(spark, err)) {
            writer.save(output);
            progress.finished();
        }
    }

    private String format() {
        String format = outputFormat.toLowerCase(Locale.ROOT);
        if (format.isEmpty()) {
            format = InputOptions.ending(output, List.of("parquet", "json", "csv"), "parquet");
        }
        if (!List.of("parquet", "json", "csv").contains(format)) {
            throw new CommandLine.ParameterException(
                    spec == null ? new CommandLine(this) : spec.commandLine(),
                    "--output-format must be parquet, json or csv, got " + outputFormat);
        }
        return format;
    }
}
