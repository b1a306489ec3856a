package io.tfcluster.examples.flowers;

import io.tfcluster.examples.flowers.PictureDecoder.BrokenPictureException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Asks the trained model, in this process. */
@Command(name = "predict", description = "Names the flowers in picture files, with the trained model.")
final class PredictCommand implements Callable<Integer> {

    @Spec
    @Nullable
    CommandSpec spec;

    @Parameters(arity = "1..*", paramLabel = "FILE", description = "Pictures: JPEG, PNG, GIF or BMP.")
    List<Path> files = List.of();

    @Option(names = "--model-dir", paramLabel = "DIR", description = "The trained model (default ${DEFAULT-VALUE}).")
    Path modelDir = Path.of("flowers-model");

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Shows this.")
    boolean help;

    @Override
    public Integer call() {
        CommandLine line = spec == null ? new CommandLine(this) : spec.commandLine();
        List<String> classes = ModelFolder.classes(modelDir);
        int failed = 0;
        try (Predictor predictor = Predictor.load(modelDir)) {
            for (Path file : files) {
                String problem = predict(predictor, classes, file, line.getOut());
                if (!problem.isEmpty()) {
                    line.getErr().println("flowers: " + file + ": " + problem);
                    failed++;
                }
            }
        }
        return failed == 0 ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
    }

    private static String predict(Predictor predictor, List<String> classes, Path file, PrintWriter out) {
        if (!Files.isRegularFile(file)) {
            return Files.exists(file) ? "is no file" : "there is no such file";
        }
        try {
            byte[] bytes = Files.readAllBytes(file);
            PictureDecoder.check(bytes);
            float[] probabilities = predictor.probabilities(bytes);
            if (probabilities.length != classes.size()) {
                return "the model answers with " + probabilities.length + " classes, its notes name " + classes.size()
                        + "; train it again";
            }
            out.println(file);
            IntStream.range(0, probabilities.length)
                    .boxed()
                    .sorted((a, b) -> Float.compare(probabilities[b], probabilities[a]))
                    .forEach(i -> out.println(String.format(
                            Locale.ROOT,
                            "  %-12s %5.1f%%  %s",
                            classes.get(i),
                            100 * probabilities[i],
                            "#".repeat(Math.round(40 * probabilities[i])))));
            return "";
        } catch (IOException e) {
            return "cannot be read (" + e.getMessage() + ")";
        } catch (BrokenPictureException e) {
            return e.getMessage() + "; give a JPEG, PNG, GIF or BMP file";
        }
    }
}
