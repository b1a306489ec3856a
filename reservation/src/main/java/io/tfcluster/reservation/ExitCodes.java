package io.tfcluster.reservation;

import java.util.List;
import java.util.Optional;

/** What the exit code of a node's JVM means. */
final class ExitCodes {
    /** What the JVM prints before it ends by -XX:+ExitOnOutOfMemoryError. */
    private static final String OUT_OF_MEMORY = "Terminating due to java.lang.OutOfMemoryError";

    private static final int OUT_OF_MEMORY_CODE = 3;

    private ExitCodes() {}

    /** Returns the meaning, to stand behind the number; empty for one that only who gave it understands. */
    static String decoded(int code, List<String> lastLines) {
        return switch (code) {
            case 0 -> " without a farewell";
            case OUT_OF_MEMORY_CODE ->
                outOfMemory(lastLines)
                        .map(line -> " (" + line + "; raise nodeMemory)")
                        .orElse("");
            case 70 -> " (it left by itself: its executor or its driver was gone)";
            case 129 -> " (SIGHUP)";
            case 130 -> " (SIGINT)";
            case 131 -> " (SIGQUIT)";
            case 132 -> " (SIGILL: an instruction this CPU lacks, in native code)";
            case 134 -> " (SIGABRT: crash in native code, or native code gave up)";
            case 135 -> " (SIGBUS: crash in native code, or a full /dev/shm)";
            case 136 -> " (SIGFPE: crash in native code)";
            case 137 -> " (SIGKILL; often the container's memory limit)";
            case 139 -> " (SIGSEGV: crash in native code)";
            case 143 -> " (SIGTERM: somebody asked it to end)";
            case 152 -> " (SIGXCPU: its limit of processor time)";
            case 153 -> " (SIGXFSZ: a file over its limit of size)";
            default -> code > 128 && code < 193 ? " (signal " + (code - 128) + ")" : "";
        };
    }

    /** Without the JVM's own line it is a user's System.exit(3). */
    private static Optional<String> outOfMemory(List<String> lines) {
        return lines.stream()
                .filter(line -> line.startsWith(OUT_OF_MEMORY))
                .map(line -> line.replaceFirst("^Terminating due to java\\.lang\\.", ""))
                .findFirst();
    }
}
