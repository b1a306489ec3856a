package io.tfcluster.reservation;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/**
 * Why a node ended: what it said itself, what its launcher saw, or both in one.
 *
 * @param node its name, such as {@code worker:1}
 * @param host where it ran; empty if it never said
 * @param time first sign of the failure, by the driver's clock once it has arrived there
 * @param exitCode of its process, if its launcher reported one
 * @param message one line; empty if the node died without a word
 * @param stackTrace as printed; empty if there is none
 * @param lastLines the end of its output, oldest first
 * @param blames the node that this one says it waited for, or that its error is about; empty if there is none
 */
public record NodeFailure(
        String node,
        String host,
        Instant time,
        OptionalInt exitCode,
        String message,
        String stackTrace,
        List<String> lastLines,
        String blames) {
    private static final int MAX_MESSAGE = 8_000;
    private static final int MAX_STACK_TRACE = 100_000;
    private static final int MAX_LINES = 100;
    private static final int MAX_LINE = 1_000;
    private static final int MAX_SHOWN = 200;

    /** Information and warnings of TensorFlow's native code, which it writes whatever is logged. */
    private static final Pattern CHATTER = Pattern.compile(
            "^WARNING: All log messages before absl|^[IW]\\d{4} |^\\d{4}-\\d\\d-\\d\\d [\\d:.]+: [IW] |^To enable the following instructions");

    /** Copies the lines. */
    public NodeFailure {
        requireNonNull(node, "node");
        requireNonNull(host, "host");
        requireNonNull(time, "time");
        requireNonNull(exitCode, "exitCode");
        requireNonNull(message, "message");
        requireNonNull(stackTrace, "stackTrace");
        requireNonNull(blames, "blames");
        lastLines = List.copyOf(lastLines);
    }

    /** Makes a failure that is about no other node. */
    public NodeFailure(
            String node,
            String host,
            Instant time,
            OptionalInt exitCode,
            String message,
            String stackTrace,
            List<String> lastLines) {
        this(node, host, time, exitCode, message, stackTrace, lastLines, "");
    }

    /** Returns this with something more to say. */
    public NodeFailure withMessage(String text) {
        return new NodeFailure(node, host, time, exitCode, text, stackTrace, lastLines, blames);
    }

    /**
     * Says in one or two lines what happened, with the exit code decoded: {@code worker:1 on host-3 exited with code 137 (SIGKILL; often
     * the container's memory limit); last output: ….}
     */
    public String describe() {
        StringBuilder text = new StringBuilder(node);
        if (!host.isEmpty()) {
            text.append(" on ").append(host);
        }
        if (exitCode.isPresent()) {
            text.append(" exited with code ")
                    .append(exitCode.getAsInt())
                    .append(ExitCodes.decoded(exitCode.getAsInt(), lastLines));
            if (!message.isEmpty()) {
                text.append(": ").append(message);
            }
        } else {
            text.append(" failed: ").append(message.isEmpty() ? "no reason given" : message);
        }
        if (stackTrace.isEmpty()) {
            String last = lastWords();
            text.append(last.isEmpty() ? "" : "; last output: " + cut(last, MAX_SHOWN));
        }
        return text.toString();
    }

    /** The last line that is not what TensorFlow says of itself; empty if there is none. */
    private String lastWords() {
        return lastLines.stream()
                .filter(line -> !line.isBlank() && !CHATTER.matcher(line).find())
                .reduce((earlier, later) -> later)
                .orElse("");
    }

    /** Returns this failure with what {@code exit} adds to it: exit code, output, and whatever is empty here. */
    NodeFailure merge(NodeFailure exit) {
        return new NodeFailure(
                node,
                host.isEmpty() ? exit.host : host,
                time.isBefore(exit.time) ? time : exit.time,
                exitCode.isPresent() ? exitCode : exit.exitCode,
                joined(message, exit.message),
                stackTrace.isEmpty() ? exit.stackTrace : stackTrace,
                lastLines.isEmpty() ? exit.lastLines : lastLines,
                blames.isEmpty() ? exit.blames : blames);
    }

    private static String joined(String first, String more) {
        if (first.isEmpty() || more.isEmpty() || first.contains(more)) {
            return first.isEmpty() ? more : first;
        }
        return first + "; " + more;
    }

    /** Returns this failure with the names and the time that the driver knows better. */
    NodeFailure as(String name, String where, Instant when) {
        return new NodeFailure(
                name, host.isEmpty() ? where : host, when, exitCode, message, stackTrace, lastLines, blames);
    }

    /** Returns this failure cut to what fits a control message: the start of message and trace, the last lines. */
    NodeFailure shortened() {
        return new NodeFailure(
                node,
                host,
                time,
                exitCode,
                cut(message, MAX_MESSAGE),
                cut(stackTrace, MAX_STACK_TRACE),
                lastLines(lastLines),
                cut(blames, MAX_LINE));
    }

    static List<String> lastLines(List<String> lines) {
        return lines.subList(Math.max(0, lines.size() - MAX_LINES), lines.size()).stream()
                .map(line -> cut(line, MAX_LINE))
                .toList();
    }

    static String cut(String text, int limit) {
        return text.length() <= limit ? text : text.substring(0, limit) + "… (" + text.length() + " letters)";
    }
}
