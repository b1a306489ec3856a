package io.tfcluster.examples.flowers;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tfcluster.NodeExitException;
import io.tfcluster.examples.common.ExampleException;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;

/**
 * From pictures in MongoDB to a trained classifier: the command line of the flowers example, started by {@code bin/flowers} or spark-submit.
 *
 * <p>Exit codes: 0 done, 1 failed, 2 the arguments are wrong. Both failures print one line that says what to do; only what nobody
 * foresaw comes with a stack trace.
 */
@Command(
        name = "flowers",
        description = "Trains a classifier of flowers on a Spark cluster, from pictures in MongoDB.",
        subcommands = {TrainCommand.class, LoadCommand.class, PredictCommand.class, DrawCommand.class},
        footer = {
            "",
            "Examples:",
            "  bin/flowers",
            "      draws its own flowers, trains on them with two workers, writes a report",
            "  bin/flowers --images photos --epochs 30",
            "      trains a small CNN on photographs in photos/<class>/*.jpg",
            "  bin/flowers --images photos --backbone mobilenet_v2/frozen_graph.pb",
            "      trains a head on the features of a pretrained network",
            "  bin/flowers --mongo-uri mongodb://db:27017/flowers.pictures --ps 1",
            "      trains on what a MongoDB of yours holds, with a parameter server",
            "  bin/flowers load --images photos --mongo-uri mongodb://db:27017/flowers.pictures",
            "      only fills that MongoDB",
            "  bin/flowers predict rose.jpg",
            "      asks the trained model"
        })
public final class Flowers extends Training {

    /** Made by picocli. */
    public Flowers() {}

    /**
     * Runs the command and ends this JVM.
     *
     * @param args see {@code --help}
     */
    public static void main(String[] args) {
        System.exit(run(args, new PrintWriter(System.out, true, UTF_8), new PrintWriter(System.err, true, UTF_8)));
    }

    static int run(String[] args, PrintWriter out, PrintWriter err) {
        CommandLine line = new CommandLine(new Flowers());
        line.setOut(out);
        line.setErr(err);
        line.setUsageHelpWidth(80);
        line.setUsageHelpAutoWidth(false);
        line.setParameterExceptionHandler((e, given) -> wrongArguments(e, err));
        line.setExecutionExceptionHandler((e, command, result) -> failed(e, err));
        return line.execute(args);
    }

    private static int wrongArguments(ParameterException e, PrintWriter err) {
        err.println("flowers: " + oneLine(String.valueOf(e.getMessage())) + " (see --help)");
        return CommandLine.ExitCode.USAGE;
    }

    private static int failed(Exception e, PrintWriter err) {
        if (e instanceof ExampleException) {
            err.println("flowers: " + e.getMessage());
        } else if (e instanceof NodeExitException exit) {
            err.println("flowers: " + exit.getMessage());
            err.print(exit.first().stackTrace());
            err.flush();
        } else {
            err.println("flowers: failed; the first cause is below");
            e.printStackTrace(err);
        }
        return CommandLine.ExitCode.SOFTWARE;
    }

    private static String oneLine(String message) {
        return message.replace('\n', ' ').replace('\r', ' ');
    }
}
