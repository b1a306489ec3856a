package io.tfcluster.examples.transferlearning;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tfcluster.examples.common.Commands;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Learns to tell classes of pictures apart on the features of a trained network: the command line of the example, started by {@code
 * bin/transferlearning} or spark-submit.
 *
 * <p>Exit codes: 0 done, 1 failed, 2 the arguments are wrong.
 */
@Command(
        name = "transferlearning",
        description = "Learns classes of pictures on the features of a trained network, as a Spark ML pipeline.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  bin/transferlearning --images hymenoptera \\",
            "      --backbone mobilenet_v2_1.0_224/frozen_graph.pb",
            "      ants and bees, as the tutorial does it",
            "  bin/transferlearning --images hymenoptera --head logistic \\",
            "      --backbone mobilenet_v2_1.0_224/frozen_graph.pb",
            "      the same with Spark's LogisticRegression"
        })
public final class TransferLearning implements Callable<Integer> {

    @Spec
    @Nullable
    CommandSpec spec;

    @Option(
            names = "--images",
            paramLabel = "DIR",
            required = true,
            description = "Folder with train/CLASS and val/CLASS, pictures of each class in a folder of its name.")
    Path images = Path.of("");

    @Option(
            names = "--backbone",
            paramLabel = "FILE",
            required = true,
            description = "The trained network, a frozen graph (.pb).")
    Path backbone = Path.of("");

    @Option(
            names = "--tensor",
            paramLabel = "NAME",
            description = "Tensor of it that is taken (default ${DEFAULT-VALUE}).")
    String tensor = "MobilenetV2/Logits/AvgPool";

    @Option(
            names = "--pixel-range",
            paramLabel = "FROM,TO",
            split = ",",
            description = "What black and white become for it (default -1,1).")
    double[] pixelRange = {-1, 1};

    @Option(
            names = "--head",
            paramLabel = "KIND",
            description =
                    "sgd: a linear layer learned by TFEstimator; logistic: Spark's LogisticRegression (default ${DEFAULT-VALUE}).")
    String head = "sgd";

    @Option(
            names = "--epochs",
            paramLabel = "N",
            description = "Times each picture is learned (default ${DEFAULT-VALUE}).")
    int epochs = 25;

    @Option(names = "--batch-size", paramLabel = "N", description = "Pictures of one step (default ${DEFAULT-VALUE}).")
    int batchSize = 4;

    @Option(
            names = "--rate",
            paramLabel = "X",
            description = "Learning rate; a tenth of it after every 7 epochs (default ${DEFAULT-VALUE}).")
    double rate = 0.001;

    @Option(names = "--momentum", paramLabel = "X", description = "Momentum of SGD (default ${DEFAULT-VALUE}).")
    double momentum = 0.9;

    @Option(names = "--seed", paramLabel = "N", description = "Seed of the head (default ${DEFAULT-VALUE}).")
    long seed = 1;

    @Option(
            names = "--master",
            paramLabel = "URL",
            description = "Spark master. Default: what spark-submit says, else local[2].")
    @Nullable
    String master;

    @Option(names = "--model-dir", paramLabel = "DIR", description = "Saves the fitted pipeline there.")
    @Nullable
    Path modelDir;

    @Option(names = "--report", paramLabel = "FILE", description = "Where the report goes (default ${DEFAULT-VALUE}).")
    Path report = Path.of("report.html");

    /** Made by picocli. */
    public TransferLearning() {}

    /**
     * Runs the command and ends this JVM.
     *
     * @param args see {@code --help}
     */
    public static void main(String[] args) {
        System.exit(run(args, new PrintWriter(System.out, true, UTF_8), new PrintWriter(System.err, true, UTF_8)));
    }

    static int run(String[] args, PrintWriter out, PrintWriter err) {
        return Commands.run("transferlearning", new TransferLearning(), args, out, err);
    }

    @Override
    public Integer call() {
        check();
        CommandLine line = spec == null ? new CommandLine(this) : spec.commandLine();
        new TransferJob(this, line.getOut()).run();
        return CommandLine.ExitCode.OK;
    }

    /** All that can be wrong with the arguments is found here, before anything starts. */
    private void check() {
        for (String part : new String[] {TransferJob.TRAIN, TransferJob.TEST}) {
            if (!Files.isDirectory(images.resolve(part))) {
                throw wrong("--images " + images + " has no folder " + part
                        + "; it needs train and val, each with one folder of pictures for each class");
            }
        }
        if (!Files.isRegularFile(backbone)) {
            throw wrong("--backbone " + backbone + " is no file; give a frozen graph (.pb)");
        }
        if (pixelRange.length != 2) {
            throw wrong("--pixel-range needs two numbers, such as -1,1");
        }
        if (!head.equals("sgd") && !head.equals("logistic")) {
            throw wrong("--head must be sgd or logistic, got " + head);
        }
        if (epochs < 1 || batchSize < 1) {
            throw wrong("--epochs and --batch-size must be 1 or more, got " + epochs + " and " + batchSize);
        }
        if (!(rate > 0) || !(momentum >= 0 && momentum < 1)) {
            throw wrong("--rate must be above 0 and --momentum 0 up to 1, got " + rate + " and " + momentum);
        }
        Path parent = report.toAbsolutePath().normalize().getParent();
        if (parent == null || !Files.isWritable(parent)) {
            throw wrong("--report " + report + ": the folder " + parent + " is missing or not writable; name another");
        }
        if (modelDir != null && Files.exists(modelDir)) {
            throw wrong("--model-dir " + modelDir + " exists; nothing there is overwritten, name another");
        }
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec == null ? new CommandLine(this) : spec.commandLine(), message);
    }
}
