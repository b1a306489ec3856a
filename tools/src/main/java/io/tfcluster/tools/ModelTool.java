package io.tfcluster.tools;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The command line of {@code bin/tfmodel}: what TensorFlowOnSpark's Scala program Inference did, and a look at the model before.
 *
 * <p>Exit codes: 0 done, 1 failed, 2 the arguments are wrong. Errors are told without a stack trace, unless {@code --debug} is given.
 */
@Command(
        name = "tfmodel",
        description = "Shows TensorFlow models, and predicts with them on Spark.",
        subcommands = {ShowCommand.class, PredictCommand.class},
        footer = {
            "",
            "Examples:",
            "  bin/tfmodel show hdfs:///models/flowers",
            "  bin/tfmodel predict --model mnist --input digits.parquet --output answers.json",
            "      --map pixels=conv2d_input --prediction prediction",
            "  bin/tfmodel predict --model flowers --input photos --format images",
            "      --size 224x224 --map image=input --output answers --columns path,scores",
        })
public final class ModelTool implements Runnable {
    @Spec
    @org.jspecify.annotations.Nullable
    CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = CommandLine.ScopeType.INHERIT,
            description = "Shows this.")
    boolean help;

    @Option(
            names = "--debug",
            scope = CommandLine.ScopeType.INHERIT,
            description = "Shows errors with their stack traces.")
    boolean debug;

    /** Made by picocli. */
    public ModelTool() {}

    /**
     * Runs the command and ends this JVM.
     *
     * @param args see {@code --help}
     */
    public static void main(String[] args) {
        System.exit(run(args, new PrintWriter(System.out, true, UTF_8), new PrintWriter(System.err, true, UTF_8)));
    }

    static int run(String[] args, PrintWriter out, PrintWriter err) {
        ModelTool tool = new ModelTool();
        CommandLine line = new CommandLine(tool);
        line.setOut(out);
        line.setErr(err);
        line.setUsageHelpWidth(80);
        line.setUsageHelpAutoWidth(false);
        line.setParameterExceptionHandler((e, given) -> wrongArguments(e, err));
        line.setExecutionExceptionHandler((e, command, result) -> failed(e, err, tool.debug));
        return line.execute(args);
    }

    @Override
    public void run() {
        if (spec != null) {
            spec.commandLine().usage(spec.commandLine().getOut());
        }
    }

    private static int wrongArguments(ParameterException e, PrintWriter err) {
        err.println("tfmodel: " + String.valueOf(e.getMessage()).replace('\n', ' ') + " (see --help)");
        return CommandLine.ExitCode.USAGE;
    }

    private static int failed(Exception e, PrintWriter err, boolean debug) {
        Throwable cause = e;
        while (cause.getCause() != null && !ours(cause)) {
            cause = cause.getCause();
        }
        err.println("tfmodel: " + cause.getMessage());
        if (debug) {
            e.printStackTrace(err);
        }
        return CommandLine.ExitCode.SOFTWARE;
    }

    /** Spark wraps what happened in tasks; the innermost text that is no longer Spark's is the one to show. */
    private static boolean ours(Throwable e) {
        return e instanceof IllegalArgumentException || e instanceof IllegalStateException;
    }
}
