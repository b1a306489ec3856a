package io.tfcluster;

import io.tfcluster.reservation.NodeFailure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Starts a process like a node's, has it look at itself, and tells how it ended. */
final class DoctorChild {
    private static final String TOPIC = "node's process";
    private static final int LINES = 50;
    private static final int REPORT_LINES = 40;
    private static final Duration KILL_LIMIT = Duration.ofSeconds(5);

    private DoctorChild() {}

    /** Takes the limit at most, and some seconds before that where natives are unpacked for the first time. */
    static List<Finding> run(String where, String host, NodeSettings settings, Duration limit) throws IOException {
        ClassLoader loader = Thread.currentThread().getContextClassLoader();
        Optional<Path> natives = Natives.folder(loader);
        Path folder = Folders.forSocket("tfcluster-node-");
        Process process = null;
        try {
            Path output = folder.resolve("output.log");
            ProcessBuilder builder = NodeProcess.command(settings, folder, natives, DoctorMain.class)
                    .redirectOutput(output.toFile());
            List<String> command = new ArrayList<>(builder.command());
            command.addAll(List.of(where, folder.toString()));
            builder.command(command);
            process = builder.start();
            boolean ended = process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
            List<Finding> findings = new ArrayList<>(DoctorMain.read(folder));
            if (!ended) {
                findings.add(Finding.wouldFail(
                        where,
                        TOPIC,
                        "did not end within " + limit + "; last output: " + last(output),
                        "look at the load and the disks of " + host + ", and raise the timeout of the check"));
            } else if (process.exitValue() != 0) {
                findings.add(Finding.wouldFail(
                        where, TOPIC, crash(folder, host, process.exitValue(), output), advice(process.exitValue())));
            }
            return findings;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return List.of();
        } finally {
            end(process);
            Folders.delete(folder);
        }
    }

    private static void end(@Nullable Process process) {
        if (process != null) {
            process.destroyForcibly();
            try {
                process.waitFor(KILL_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static String crash(Path folder, String host, int code, Path output) throws IOException {
        String text =
                new NodeFailure(TOPIC, host, Instant.now(), OptionalInt.of(code), "", "", lines(output)).describe();
        Path report = folder.resolve("hs_err.log");
        if (Files.exists(report)) {
            try (Stream<String> head = Files.lines(report)) {
                text += head.limit(REPORT_LINES)
                        .filter(line -> line.matches("#\\s+(SIG|C |V ).*"))
                        .map(line -> "; " + line.substring(1).strip())
                        .collect(Collectors.joining());
            }
        }
        return DoctorGuard.shortened(text);
    }

    private static String advice(int code) {
        return code > 128
                ? "natives that are damaged or not for this CPU: delete the folder below TFCLUSTER_NATIVES"
                        + " (~/.cache/tfcluster/natives) and look at the disk's room"
                : "look at nodeMemory, jvmOptions and the environment of the nodes";
    }

    private static String last(Path output) throws IOException {
        List<String> lines = lines(output);
        return lines.isEmpty() ? "none" : DoctorGuard.shortened(lines.get(lines.size() - 1));
    }

    private static List<String> lines(Path output) throws IOException {
        if (!Files.exists(output)) {
            return List.of();
        }
        List<String> all = new String(Files.readAllBytes(output), StandardCharsets.UTF_8)
                .lines()
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .toList();
        return all.subList(Math.max(0, all.size() - LINES), all.size());
    }
}
