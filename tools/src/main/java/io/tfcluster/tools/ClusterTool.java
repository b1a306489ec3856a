package io.tfcluster.tools;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * The command line of {@code bin/tfcluster}: looks whether a cluster would run.
 *
 * <p>Exit codes: 0 done, 1 something would fail or did, 2 the arguments are wrong. Errors are told without a stack trace, unless
 * {@code --debug} is given.
 */
@Command(
        name = "tfcluster",
        description = "Looks after clusters of TensorFlow processes on Spark.",
        subcommands = DoctorCommand.class,
        footer = {
            "",
            "Examples:",
            "  bin/tfcluster doctor --master spark://head:7077 --nodes 4 --ps 1",
            "  bin/tfcluster doctor --nodes 2 --path hdfs:///models/flowers",
            "      --mongo mongodb://db:27017/flowers --json findings.json",
            "  bin/tfcluster doctor --nodes 2 --feed x:float32[784],y:int64",
            "      --model com.acme.Mnist --rows digits.parquet",
            "",
            "On a cluster manager, with its own distribution of Spark:",
            "  spark-submit --master yarn --num-executors 4",
            "      --class io.tfcluster.tools.ClusterTool --jars JAR,…",
            "      tfcluster-tools-VERSION.jar doctor --nodes 4",
        })
public final class ClusterTool implements Runnable {
    @Spec
    @Nullable
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
    public ClusterTool() {}

    /**
     * Runs the command and ends this JVM.
     *
     * @param args see {@code --help}
     */
    public static void main(String[] args) {
        System.exit(run(args, new PrintWriter(System.out, true, UTF_8), new PrintWriter(System.err, true, UTF_8)));
    }

    static int run(String[] args, PrintWriter out, PrintWriter err) {
        ClusterTool tool = new ClusterTool();
        CommandLine line = new CommandLine(tool);
        line.setOut(out);
        line.setErr(err);
        line.setUsageHelpWidth(80);
        line.setUsageHelpAutoWidth(false);
        line.setParameterExceptionHandler((e, given) -> {
            err.println("tfcluster: " + String.valueOf(e.getMessage()).replace('\n', ' ') + " (see --help)");
            return CommandLine.ExitCode.USAGE;
        });
        line.setExecutionExceptionHandler((e, command, result) -> {
            err.println("tfcluster: " + e.getMessage());
            if (tool.debug) {
                e.printStackTrace(err);
            }
            return CommandLine.ExitCode.SOFTWARE;
        });
        return line.execute(args);
    }

    @Override
    public void run() {
        if (spec != null) {
            spec.commandLine().usage(spec.commandLine().getOut());
        }
    }
}
