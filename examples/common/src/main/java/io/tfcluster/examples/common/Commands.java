package io.tfcluster.examples.common;

import java.io.PrintWriter;
import picocli.CommandLine;

/** How the command lines of the examples behave: 80 columns, and one line that says what to do for all that a person can put right. */
public final class Commands {

    private static final int COLUMNS = 80;

    private Commands() {}

    /**
     * Runs a command.
     *
     * @param name that the lines of errors begin with
     * @param command annotated for picocli
     * @return 0 done, 1 failed, 2 the arguments are wrong; a stack trace comes only with what nobody foresaw
     */
    public static int run(String name, Object command, String[] args, PrintWriter out, PrintWriter err) {
        CommandLine line = new CommandLine(command);
        line.setOut(out);
        line.setErr(err);
        line.setUsageHelpWidth(COLUMNS);
        line.setUsageHelpAutoWidth(false);
        line.setParameterExceptionHandler((e, given) -> {
            err.println(name + ": " + oneLine(String.valueOf(e.getMessage())) + " (see --help)");
            return CommandLine.ExitCode.USAGE;
        });
        line.setExecutionExceptionHandler((e, failed, result) -> {
            if (e instanceof ExampleException || e instanceof IllegalArgumentException) {
                err.println(name + ": " + e.getMessage());
            } else {
                err.println(name + ": failed; the first cause is below");
                e.printStackTrace(err);
            }
            return CommandLine.ExitCode.SOFTWARE;
        });
        return line.execute(args);
    }

    private static String oneLine(String message) {
        return message.replace('\n', ' ').replace('\r', ' ');
    }
}
