package io.tfcluster;

import java.io.File;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The {@code tensorboard} program as a child of a node, where the host has it.
 *
 * <p>A shell stands between: it ends TensorBoard when its standard input ends, so that it does not outlive a node that was killed. Both stay
 * in the node's process group, which a resource manager may kill as a whole. The port is $TENSORBOARD_PORT, as in TensorFlowOnSpark
 * (TFSparkNode.py), or any free one. Event files on Hadoop's file systems are brought to the node's folder for it.
 */
final class TensorBoardProcess implements AutoCloseable {
    /** Under these a node tells the driver where TensorBoard is, or why it is not. */
    static final String ENDPOINT = "tensorboard";

    static final String ABSENT = "tensorboard.absent";
    static final String PROGRAM = "TENSORBOARD_PROGRAM";
    static final String PORT = "TENSORBOARD_PORT";

    private static final Logger log = LoggerFactory.getLogger(TensorBoardProcess.class);
    private static final Duration MIRROR_INTERVAL = Duration.ofSeconds(5);
    private static final Duration GRACE = Duration.ofSeconds(3);

    /**
     * Runs its arguments until they end or its standard input does; then with SIGTERM, and after 2 s with SIGKILL. The children of the program
     * are told too, where there is a pkill: the program may be a script. A background process reads nothing from standard input, so that
     * this has another number for it.
     */
    private static final String LIFELINE = """
            exec 3<&0
            "$@" </dev/null 3<&- & board=$!
            (
                read -r _ <&3
                pkill -TERM -P $board
                kill -TERM $board
                n=0
                while kill -0 $board && [ $n -lt 20 ]; do sleep 0.1; n=$((n + 1)); done
                pkill -KILL -P $board
                kill -KILL $board
            ) >/dev/null 2>&1 & end=$!
            wait $board
            code=$?
            kill $end 2>/dev/null
            exit $code
            """;

    private final Process shell;
    private final String url;
    private final @Nullable EventMirror mirror;
    private final AtomicBoolean closing = new AtomicBoolean();

    private TensorBoardProcess(Process shell, String url, @Nullable EventMirror mirror) {
        this.shell = shell;
        this.url = url;
        this.mirror = mirror;
    }

    /**
     * Starts it; it answers some seconds later.
     *
     * @param host address to listen on
     * @param logDir a local path, or one with a scheme
     * @param folder of the node
     * @param environment of the node
     * @throws IOException if it cannot be started; the message says what to do, for the driver's log
     */
    static TensorBoardProcess start(
            String host, String logDir, String defaultFs, Path folder, Map<String, String> environment)
            throws IOException {
        Path program = program(host, logDir, environment);
        int port = port(host, environment);
        boolean remote = logDir.matches("[A-Za-z][A-Za-z0-9+.-]+:.*") && !logDir.startsWith("file:");
        String seen = remote ? folder.resolve("tensorboard").toString() : logDir.replaceFirst("^file:(//(?=/))?", "");
        ProcessBuilder builder = new ProcessBuilder(List.of(
                "/bin/sh",
                "-c",
                LIFELINE,
                "tensorboard",
                program.toString(),
                "--logdir",
                seen,
                "--host",
                host,
                "--port",
                Integer.toString(port)));
        Process shell = builder.redirectErrorStream(true).start();
        OutputTail output = new OutputTail("tensorboard", "", shell.getInputStream());
        EventMirror mirror = remote
                ? EventMirror.start(logDir, Path.of(seen), HadoopSummaryStore.configuration(defaultFs), MIRROR_INTERVAL)
                : null;
        TensorBoardProcess board = new TensorBoardProcess(shell, "http://" + host + ":" + port, mirror);
        Thread watcher = new Thread(() -> board.watch(output), "node-tensorboard-" + port);
        watcher.setDaemon(true);
        watcher.start(); // ends with the program
        return board;
    }

    private void watch(OutputTail output) {
        try {
            int code = shell.waitFor();
            output.join(GRACE.toMillis());
            if (!closing.get()) {
                List<String> lines = output.lastLines();
                log.warn(
                        "tensorboard at {} ended with code {}; the cluster goes on without it. Its last output: {}",
                        url,
                        code,
                        lines.isEmpty() ? "none" : lines.get(lines.size() - 1));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Path program(String host, String logDir, Map<String, String> environment) throws IOException {
        String install =
                "Install it there with \"pip install tensorboard\" and put its folder on the PATH of the executors,"
                        + " or name the program with ClusterConfig environment(\"" + PROGRAM
                        + "\", path); or run \"tensorboard --logdir " + logDir
                        + "\" wherever it is installed. The cluster goes on without it.";
        Optional<Path> named = Optional.ofNullable(environment.get(PROGRAM)).map(Path::of);
        if (named.isPresent()) {
            if (!executable(named.get())) {
                throw new IOException("no tensorboard on " + host + ": " + PROGRAM + " is " + named.get()
                        + ", which is no program. " + install);
            }
            return named.get();
        }
        String path = environment.getOrDefault("PATH", "");
        for (String folder : path.split(File.pathSeparator, -1)) {
            Path program = Path.of(folder, "tensorboard");
            if (executable(program)) {
                return program;
            }
        }
        throw new IOException("no tensorboard on " + host
                + ": there is no program of this name on the PATH of the node (" + path + "). " + install);
    }

    private static boolean executable(Path program) {
        return Files.isRegularFile(program) && Files.isExecutable(program);
    }

    private static int port(String host, Map<String, String> environment) throws IOException {
        String wanted = environment.get(PORT);
        if (wanted != null) {
            if (!wanted.matches("[0-9]{1,5}") || Integer.parseInt(wanted) < 1 || Integer.parseInt(wanted) > 65_535) {
                throw new IOException("tensorboard was not started on " + host + ": " + PORT + " is \"" + wanted
                        + "\"; set a port from 1 to 65535, or leave it out for any free one");
            }
            return Integer.parseInt(wanted);
        }
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(host, 0));
            return socket.getLocalPort();
        }
    }

    String url() {
        return url;
    }

    /** Ends the program, within 5 s. */
    @Override
    public void close() {
        if (!closing.compareAndSet(false, true)) {
            return;
        }
        if (mirror != null) {
            mirror.close();
        }
        try {
            shell.getOutputStream().close();
        } catch (IOException e) {
            log.debug("the pipe to tensorboard broke, since it had ended", e);
        }
        try {
            if (!shell.waitFor(GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
                log.warn("tensorboard at {} is still there {} after SIGTERM and SIGKILL; ending its shell", url, GRACE);
                shell.descendants().forEach(ProcessHandle::destroyForcibly);
                shell.destroyForcibly();
            }
        } catch (InterruptedException e) {
            shell.descendants().forEach(ProcessHandle::destroyForcibly);
            shell.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
