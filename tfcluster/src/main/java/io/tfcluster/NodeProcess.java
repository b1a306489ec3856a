package io.tfcluster;

import io.tfcluster.reservation.ReservationClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node's process as its parent sees it, on an executor or beside the driver.
 *
 * <p>The parent holds the child's standard input open for as long as it lives; when the parent dies, however it dies, the child reads the
 * end of it and leaves. The other way round one thread waits for the child's end, reports exit code and last lines to the driver, and
 * deletes the node's folder. The parent has a control connection of its own for that, over which it also hears that the cluster stops: a
 * child that does not follow within {@link #STOP_GRACE} is killed.
 */
final class NodeProcess implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(NodeProcess.class);
    private static final Duration CONNECT_LIMIT = Duration.ofSeconds(30);
    private static final Duration TERM_GRACE = Duration.ofSeconds(2);
    private static final Duration STOP_GRACE = Duration.ofSeconds(8);
    private static final long OUTPUT_LIMIT_MILLIS = 1_000;

    private final String name;
    private final String host;
    private final Path folder;
    private final Process process;
    private final OutputTail output;
    private final ReservationClient control;
    private final Postmortem postmortem;
    private final AtomicBoolean closing = new AtomicBoolean();
    private final Thread watcher;

    private NodeProcess(
            String name,
            String host,
            Path folder,
            Process process,
            OutputTail output,
            ReservationClient control,
            Postmortem postmortem) {
        this.name = name;
        this.host = host;
        this.folder = folder;
        this.process = process;
        this.output = output;
        this.control = control;
        this.postmortem = postmortem;
        this.watcher = new Thread(this::watch, "node-watch-" + name);
        this.watcher.setDaemon(true);
    }

    /**
     * Starts a node.
     *
     * @param executorId Spark's name of this executor
     * @param host address that the node is to listen on and announce
     * @param filesFolder where Spark keeps the application's added files here
     * @throws io.tfcluster.reservation.FencedException if the node is not needed any more
     */
    static NodeProcess start(
            LaunchPlan plan, int ordinal, int attempt, String executorId, String host, String filesFolder) {
        String name = plan.template().name(ordinal);
        Optional<Path> natives = Natives.folder(Thread.currentThread().getContextClassLoader());
        Path folder = Folders.forSocket("tfcluster-node-");
        Postmortem postmortem = Postmortem.before(plan, name, host);
        Process process = null;
        ReservationClient control = null;
        try {
            byte[] token = new byte[8];
            new SecureRandom().nextBytes(token);
            NodeOrder order = new NodeOrder(
                    plan,
                    ordinal,
                    attempt,
                    executorId,
                    host,
                    folder.toString(),
                    filesFolder,
                    "tfcluster-ready-" + HexFormat.of().formatHex(token));
            control = ReservationClient.connect(
                    plan.server(),
                    plan.secret(),
                    plan.clusterId(),
                    plan.generation(),
                    order.id(),
                    plan.tlsClient(),
                    CONNECT_LIMIT);
            process = command(plan.settings(), folder, natives, NodeMain.class).start();
            OutputTail output = new OutputTail(name, order.readyMarker(), process.getInputStream());
            order.writeTo(process.getOutputStream());
            NodeProcess node = new NodeProcess(name, host, folder, process, output, control, postmortem);
            log.info("started {} as process {} on {}", name, process.pid(), host);
            control.onStop(reason -> node.closeLater("the cluster stops: " + reason, STOP_GRACE));
            control.onDisconnect(() -> node.closeLater("the driver is gone", TERM_GRACE));
            node.watcher.start();
            return node;
        } catch (IOException | RuntimeException e) {
            if (process != null) {
                process.destroyForcibly();
            }
            if (control != null) {
                control.close();
            }
            Folders.delete(folder);
            if (e instanceof IOException io) {
                throw new UncheckedIOException("cannot start the process of " + name + ": " + io.getMessage(), io);
            }
            throw (RuntimeException) e;
        }
    }

    /** Returns what starts a child, whose TensorFlow has the threads of the settings. */
    static ProcessBuilder command(NodeSettings settings, Path folder, Optional<Path> natives, Class<?> main)
            throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(ChildCommand.of(settings, folder, natives, main)).redirectErrorStream(true);
        Map<String, String> environment = builder.environment();
        environment.put("TF_NUM_INTRAOP_THREADS", Integer.toString(settings.intraOpThreads()));
        environment.put("TF_NUM_INTEROP_THREADS", Integer.toString(settings.interOpThreads()));
        environment.put("OMP_NUM_THREADS", Integer.toString(settings.intraOpThreads()));
        environment.putIfAbsent("TF_CPP_MIN_LOG_LEVEL", "1");
        // By itself TensorFlow uses oneDNN only on processors with AVX-512 VNNI or AMX; it is faster on others too.
        environment.putIfAbsent("TF_ENABLE_ONEDNN_OPTS", "1");
        environment.putAll(settings.environment());
        return builder;
    }

    /**
     * Waits until the node has heard that the whole cluster stands.
     *
     * @throws IllegalStateException if the process ended first, with its exit code and last line, or the limit passed
     */
    void awaitReady(Duration limit) throws InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!output.awaitMarker(50)) {
            if (!process.isAlive()) {
                output.join(OUTPUT_LIMIT_MILLIS);
                throw new IllegalStateException(ended());
            }
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException(name + " did not see the whole cluster within " + limit);
            }
        }
    }

    /** Waits for the end of the process, however it ends: the driver has its exit code by the control connection. */
    void awaitExit() throws InterruptedException {
        process.waitFor();
        watcher.join(OUTPUT_LIMIT_MILLIS * 10);
    }

    private String ended() {
        List<String> lines = output.lastLines();
        return name + " exited with code " + process.exitValue()
                + (lines.isEmpty() ? "" : "; last output: " + lines.get(lines.size() - 1))
                + ". The full log is in the executor's stderr.";
    }

    private void watch() {
        try {
            int code = process.waitFor();
            output.join(OUTPUT_LIMIT_MILLIS);
            log.info("{} (process {}) ended with code {}", name, process.pid(), code);
            Postmortem.Finding finding = postmortem.look(folder, process.pid(), code, output.lastLines());
            if (!closing.get()) {
                control.reportExit(host, code, finding.note(), finding.lines());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            log.debug("the end of {} could not be reported; the driver is gone or has ended the cluster", name, e);
        } finally {
            control.close();
            Folders.delete(folder);
        }
    }

    /** Called by the control connection's thread, which must not wait: leaves the wait and the kill to a thread of its own. */
    private void closeLater(String reason, Duration grace) {
        if (!process.isAlive()) {
            return;
        }
        Thread closer = new Thread(
                () -> {
                    try {
                        if (!process.waitFor(grace.toMillis(), TimeUnit.MILLISECONDS)) {
                            log.warn(
                                    "{} (process {}) is still there {} after {}; ending it",
                                    name,
                                    process.pid(),
                                    grace,
                                    reason);
                            close();
                        }
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                },
                "node-end-" + name);
        closer.setDaemon(true);
        closer.start();
    }

    /** Ends the process, by SIGKILL if it does not follow within 2 s; its folder is gone afterwards. */
    @Override
    public void close() {
        closing.set(true);
        process.destroy();
        try {
            if (!process.waitFor(TERM_GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
            }
            watcher.join(TERM_GRACE.toMillis());
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
