package io.tfcluster.reservation;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.List;
import java.util.OptionalInt;

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
 */
public record NodeFailure(
        String node,
        String host,
        Instant time,
        OptionalInt exitCode,
        String message,
        String stackTrace,
        List<String> lastLines) {
    private static final int MAX_MESSAGE = 8_000;
    private static final int MAX_STACK_TRACE = 100_000;
    private static final int MAX_LINES = 100;
    private static final int MAX_LINE = 1_000;
    private static final int MAX_SHOWN = 200;

    /** Copies the lines. */
    public NodeFailure {
        requireNonNull(node, "node");
        requireNonNull(host, "host");
        requireNonNull(time, "time");
        requireNonNull(exitCode, "exitCode");
        requireNonNull(message, "message");
        requireNonNull(stackTrace, "stackTrace");
        lastLines = List.copyOf(lastLines);
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
            text.append(" exited with code ").append(exitCode.getAsInt()).append(decoded(exitCode.getAsInt()));
            if (!message.isEmpty()) {
                text.append(": ").append(message);
            }
        } else {
            text.append(" failed: ").append(message.isEmpty() ? "no reason given" : message);
        }
        if (stackTrace.isEmpty() && !lastLines.isEmpty()) {
            text.append("; last output: ").append(cut(lastLines.get(lastLines.size() - 1), MAX_SHOWN));
        }
        return text.toString();
    }

    private static String decoded(int code) {
        return switch (code) {
            case 0 -> " without a farewell";
            case 129 -> " (SIGHUP)";
            case 130 -> " (SIGINT)";
            case 131 -> " (SIGQUIT)";
            case 132 -> " (SIGILL: an instruction this CPU lacks, in native code)";
            case 134 -> " (SIGABRT: native code gave up)";
            case 135 -> " (SIGBUS: crash in native code, or a full /dev/shm)";
            case 136 -> " (SIGFPE: crash in native code)";
            case 137 -> " (SIGKILL; often the container's memory limit)";
            case 139 -> " (SIGSEGV: crash in native code)";
            case 143 -> " (SIGTERM: somebody asked it to end)";
            default -> code > 128 && code < 193 ? " (signal " + (code - 128) + ")" : "";
        };
    }

    /** Returns this failure with what {@code exit} adds to it: exit code, output, and whatever is empty here. */
    NodeFailure merge(NodeFailure exit) {
        return new NodeFailure(
                node,
                host.isEmpty() ? exit.host : host,
                time.isBefore(exit.time) ? time : exit.time,
                exitCode.isPresent() ? exitCode : exit.exitCode,
                message.isEmpty() ? exit.message : message,
                stackTrace.isEmpty() ? exit.stackTrace : stackTrace,
                lastLines.isEmpty() ? exit.lastLines : lastLines);
    }

    /** Returns this failure with the names and the time that the driver knows better. */
    NodeFailure as(String name, String where, Instant when) {
        return new NodeFailure(name, host.isEmpty() ? where : host, when, exitCode, message, stackTrace, lastLines);
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
                lastLines(lastLines));
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
