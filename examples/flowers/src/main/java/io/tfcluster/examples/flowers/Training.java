package io.tfcluster.examples.flowers;

import io.tfcluster.examples.common.Console;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options of a training run, and their checks; both {@code flowers} and {@code flowers train} take them. */
abstract class Training implements Callable<Integer> {

    @Spec
    @Nullable
    CommandSpec spec;

    @Mixin
    PictureOptions pictures = new PictureOptions();

    @Option(
            names = "--backbone",
            paramLabel = "FILE",
            description =
                    "Frozen graph (.pb) whose features a head is trained on; without it a small CNN is trained from scratch.")
    @Nullable
    Path backbone;

    @Option(
            names = "--master",
            paramLabel = "URL",
            description =
                    "Spark master. Default: what spark-submit says, else a local cluster with one executor JVM for each node.")
    @Nullable
    String master;

    @Option(names = "--workers", paramLabel = "N", description = "Nodes that train (default ${DEFAULT-VALUE}).")
    int workers = 2;

    @Option(
            names = "--ps",
            paramLabel = "N",
            description = "Parameter servers; 0 is all-reduce among the workers (default ${DEFAULT-VALUE}).")
    int ps;

    @Option(
            names = "--epochs",
            paramLabel = "N",
            description = "Times every picture is fed (default " + Settings.SCRATCH_EPOCHS + ", with --backbone "
                    + Settings.HEAD_EPOCHS + ").")
    @Nullable
    Integer epochs;

    @Option(
            names = "--batch-size",
            paramLabel = "N",
            description = "Rows of one step on one worker (default ${DEFAULT-VALUE}).")
    int batchSize = 32;

    @Option(
            names = "--image-size",
            paramLabel = "PIXELS",
            description = "Side of the square the CNN sees (default " + Settings.SCRATCH_IMAGE_SIZE
                    + "); a backbone brings its own.")
    @Nullable
    Integer imageSize;

    @Option(
            names = "--model-dir",
            paramLabel = "DIR",
            description = "Where the SavedModel goes (default ${DEFAULT-VALUE}).")
    Path modelDir = Path.of("flowers-model");

    @Option(names = "--report", paramLabel = "FILE", description = "Where the report goes (default ${DEFAULT-VALUE}).")
    Path report = Path.of("report.html");

    @Option(names = "--result", paramLabel = "FILE", description = "Writes the figures as JSON.")
    @Nullable
    Path result;

    @Option(
            names = "--pipeline",
            description = "Trains as a stage of a Spark ML pipeline (TFEstimator), with the same result.")
    boolean pipeline;

    @Option(
            names = "--grid",
            description = "Tries 4 pairs of learning rate and batch size, two at a time, and keeps the best;"
                    + " implies --pipeline.")
    boolean grid;

    @Override
    public Integer call() {
        Settings settings = settings();
        new FlowersJob(settings, new Console(System.out)).run();
        return CommandLine.ExitCode.OK;
    }

    /** All that can be wrong with the arguments is found here, before anything starts. */
    Settings settings() {
        pictures.check(this::wrong);
        atLeast("--workers", workers, 1);
        atLeast("--ps", ps, 0);
        atLeast("--batch-size", batchSize, 1);
        if (epochs != null) {
            atLeast("--epochs", epochs, 1);
        }
        if (imageSize != null && (imageSize < 32 || imageSize > 512)) {
            throw wrong("--image-size must be 32 to 512, got " + imageSize);
        }
        if (backbone != null && imageSize != null) {
            throw wrong(
                    "--image-size and --backbone contradict each other: a backbone brings its own size; leave one out");
        }
        if (backbone != null && !Files.isRegularFile(backbone)) {
            throw wrong("--backbone " + backbone + " is no file; give a frozen graph (.pb)");
        }
        if (grid && ps > 0) {
            throw wrong("--grid tries with one process each, which leaves none for --ps " + ps + "; leave one out");
        }
        writable("--report", report);
        writable("--model-dir", modelDir);
        if (result != null) {
            writable("--result", result);
        }
        if (Files.exists(modelDir) && !Files.exists(modelDir.resolve("saved_model.pb")) && !isEmptyFolder(modelDir)) {
            throw wrong("--model-dir " + modelDir
                    + " exists and holds no SavedModel; nothing there is overwritten, name another");
        }
        if (modelDir.toAbsolutePath().normalize().equals(report.toAbsolutePath().normalize())) {
            throw wrong("--model-dir and --report are both " + report + "; give each its own name");
        }
        return new Settings(
                pictures,
                backbone,
                master,
                workers,
                ps,
                epochs,
                batchSize,
                imageSize,
                modelDir,
                report,
                result,
                pipeline || grid,
                grid);
    }

    private static boolean isEmptyFolder(Path path) {
        String[] entries = path.toFile().list();
        return entries != null && entries.length == 0;
    }

    private void writable(String option, Path path) {
        Path parent = path.toAbsolutePath().normalize().getParent();
        if (parent == null || !Files.isDirectory(parent)) {
            throw wrong(option + " " + path + ": there is no folder " + parent + "; create it first");
        }
        if (!Files.isWritable(parent)) {
            throw wrong(option + " " + path + ": the folder " + parent + " is not writable for you; name another");
        }
    }

    private void atLeast(String option, int value, int least) {
        if (value < least) {
            throw wrong(option + " must be " + least + " or more, got " + value);
        }
    }

    private ParameterException wrong(String message) {
        CommandLine line = spec == null ? new CommandLine(this) : spec.commandLine();
        return new ParameterException(line, message);
    }
}
