package io.tfcluster;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The {@code tensorboard} program as a child of a node, where the host has it.
 *
 * <p>A shell stands between: it ends TensorBoard when its standard input ends, so that it does not outlive a node that was killed. The port
 * is $TENSORBOARD_PORT, as in TensorFlowOnSpark (TFSparkNode.py), or any free one.
 */
final class TensorBoardProcess implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(TensorBoardProcess.class);
    private static final String LIFELINE =
            "tensorboard \"$@\" >/dev/null 2>&1 & child=$!; read -r _; kill $child 2>/dev/null; wait $child";

    private final Process shell;
    private final String url;

    private TensorBoardProcess(Process shell, String url) {
        this.shell = shell;
        this.url = url;
    }

    /** Starts it; empty, with a warning in the log, where there is no such program on the PATH. */
    static Optional<TensorBoardProcess> start(String host, String logDir) {
        if (!installed()) {
            log.warn(
                    "tensorboard was asked for, but {} has no program of this name on its PATH; install it there or read {} elsewhere",
                    host,
                    logDir);
            return Optional.empty();
        }
        try {
            int port = port(host);
            Process shell = new ProcessBuilder(List.of(
                            "/bin/sh",
                            "-c",
                            LIFELINE,
                            "tensorboard",
                            "--logdir",
                            logDir,
                            "--host",
                            host,
                            "--port",
                            Integer.toString(port)))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return Optional.of(new TensorBoardProcess(shell, "http://" + host + ":" + port));
        } catch (IOException e) {
            log.warn("tensorboard could not be started; the cluster goes on without it", e);
            return Optional.empty();
        }
    }

    private static boolean installed() {
        for (String folder : System.getenv().getOrDefault("PATH", "").split(":", -1)) {
            if (Path.of(folder, "tensorboard").toFile().canExecute()) {
                return true;
            }
        }
        return false;
    }

    private static int port(String host) throws IOException {
        String wanted = System.getenv("TENSORBOARD_PORT");
        if (wanted != null) {
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

    /** Ends the program, within 2 s. */
    @Override
    public void close() {
        try {
            shell.getOutputStream().close();
            if (!shell.waitFor(2, TimeUnit.SECONDS)) {
                shell.descendants().forEach(ProcessHandle::destroyForcibly);
                shell.destroyForcibly();
            }
        } catch (IOException e) {
            log.debug("tensorboard had ended already", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
