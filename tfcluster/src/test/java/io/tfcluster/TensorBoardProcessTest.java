package io.tfcluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tfcluster.training.SummaryWriter;
import java.io.File;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class TensorBoardProcessTest {
    private static final String HOST = "127.0.0.1";

    @TempDir
    private Path folder;

    /** Whatever a test that failed has left. */
    @AfterEach
    void end() throws IOException {
        for (String name : List.of("pid", "child")) {
            pid(name).flatMap(ProcessHandle::of).ifPresent(ProcessHandle::destroyForcibly);
        }
    }

    /** A program called tensorboard that notes its arguments and its process id, then does something. */
    private Map<String, String> fake(String then) throws IOException {
        Path bin = Files.createDirectories(folder.resolve("bin"));
        Path program = bin.resolve("tensorboard");
        Files.writeString(
                program,
                "#!/bin/sh\necho \"$@\" > " + folder.resolve("arguments") + "\necho $$ > " + folder.resolve("pid.tmp")
                        + "\nmv " + folder.resolve("pid.tmp") + " " + folder.resolve("pid") + "\n" + then + "\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        return Map.of("PATH", "/nowhere:" + bin + ":" + System.getenv("PATH"));
    }

    private Optional<Long> pid(String name) throws IOException {
        Path file = folder.resolve(name);
        return Files.exists(file)
                ? Optional.of(Long.parseLong(Files.readString(file).trim()))
                : Optional.empty();
    }

    private ProcessHandle started() throws IOException {
        await().until(() -> pid("pid").isPresent());
        return ProcessHandle.of(pid("pid").orElseThrow()).orElseThrow();
    }

    private TensorBoardProcess start(String logDir, Map<String, String> environment) throws IOException {
        return TensorBoardProcess.start(HOST, logDir, "file:///", folder, environment);
    }

    @Test
    void listensOnTheNodesAddressAndEndsWithIt() throws Exception {
        ProcessHandle program;
        try (TensorBoardProcess board = start("file:///logs/run 7", fake("exec sleep 600"))) {
            program = started();

            int port = URI.create(board.url()).getPort();
            assertThat(board.url()).isEqualTo("http://127.0.0.1:" + port);
            assertThat(Files.readString(folder.resolve("arguments")).trim())
                    .isEqualTo("--logdir /logs/run 7 --host 127.0.0.1 --port " + port);
            assertThat(program.isAlive()).isTrue();
            board.close();
            assertThat(program.isAlive()).isFalse();
        }
        await().until(() -> Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().contains("tensorboard")));
    }

    @Test
    void thePortIsThatOfTheEnvironment() throws Exception {
        Map<String, String> environment = new java.util.HashMap<>(fake("exec sleep 600"));
        environment.put("TENSORBOARD_PORT", "6123");

        try (TensorBoardProcess board = start("logs", environment)) {
            assertThat(board.url()).isEqualTo("http://127.0.0.1:6123");
        }
        environment.put("TENSORBOARD_PORT", "many");
        assertThatThrownBy(() -> start("logs", environment))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("TENSORBOARD_PORT is \"many\"");
    }

    @Test
    void aProgramThatIgnoresTheSignalIsKilledWithItsChild() throws Exception {
        String stubborn = "trap '' TERM\nsh -c 'trap \"\" TERM; echo $$ > " + folder.resolve("child")
                + "; while :; do sleep 1; done' &\nwhile :; do sleep 1; done";
        try (TensorBoardProcess board = start("logs", fake(stubborn))) {
            ProcessHandle program = started();
            await().until(() -> pid("child").isPresent());
            ProcessHandle child = ProcessHandle.of(pid("child").orElseThrow()).orElseThrow();

            board.close();

            await().until(() -> !program.isAlive() && !child.isAlive());
        }
    }

    @Test
    void aProgramThatEndsByItselfDoesNoHarm() throws Exception {
        try (TensorBoardProcess board = start("logs", fake("echo no module named tensorboard; exit 1"))) {
            await().until(() -> pid("pid").flatMap(ProcessHandle::of).isEmpty());
            board.close();
        }
    }

    @Test
    void endsWhenItsNodeIsKilled() throws Exception {
        fake("exec sleep 600");
        Process node = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Node.class.getName(),
                        folder.toString())
                .inheritIO()
                .start();
        try {
            ProcessHandle program = started();
            assertThat(program.isAlive()).isTrue();

            node.destroyForcibly().waitFor();

            await().until(() -> !program.isAlive());
        } finally {
            node.destroyForcibly();
        }
    }

    /** A process that has a TensorBoard and is killed. */
    static final class Node {
        private Node() {}

        public static void main(String[] args) throws Exception {
            Path folder = Path.of(args[0]);
            TensorBoardProcess board = TensorBoardProcess.start(
                    HOST,
                    "logs",
                    "file:///",
                    folder,
                    Map.of("PATH", folder.resolve("bin").toString()));
            Thread.currentThread().join(Duration.ofMinutes(1).toMillis());
            board.close();
        }
    }

    @Test
    void withoutTheProgramTheMessageSaysWhatToInstallWhere() {
        assertThatThrownBy(() -> start("/logs", Map.of("PATH", "/nowhere:/neither")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no tensorboard on 127.0.0.1")
                .hasMessageContaining("/nowhere:/neither")
                .hasMessageContaining("pip install tensorboard")
                .hasMessageContaining("tensorboard --logdir /logs");
        assertThatThrownBy(() -> start("/logs", Map.of("TENSORBOARD_PROGRAM", "/opt/tb")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("TENSORBOARD_PROGRAM is /opt/tb");
    }

    @Test
    void theRealProgramShowsWhatASummaryWriterWrote() throws Exception {
        Optional<Path> real = Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
                .map(entry -> Path.of(entry, "tensorboard"))
                .filter(Files::isExecutable)
                .findFirst();
        assumeTrue(real.isPresent(), "no tensorboard on the PATH: pip install tensorboard to have this test run");
        Path logs = folder.resolve("logs");
        try (SummaryWriter train = SummaryWriter.open(logs.resolve("train").toString());
                TensorBoardProcess board = start(logs.toString(), System.getenv())) {
            train.scalars(10, Map.of("loss", 0.5));

            String scalars = board.url() + "/data/plugin/scalars/scalars?run=train&tag=loss";
            await().ignoreExceptions()
                    .atMost(Duration.ofSeconds(40))
                    .untilAsserted(() -> assertThat(get(scalars)).contains(", 10, 0.5]"));
            train.scalars(20, Map.of("loss", 0.25)); // it goes on reading
            await().atMost(Duration.ofSeconds(20))
                    .untilAsserted(() -> assertThat(get(scalars)).contains(", 20, 0.25]"));
            board.close();
            try (ServerSocket free = new ServerSocket(URI.create(board.url()).getPort())) {
                assertThat(free.isBound()).isTrue();
            }
        }
    }

    private static String get(String url) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url))
                .timeout(Duration.ofSeconds(5))
                .build();
        return HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.ofString())
                .body();
    }
}
