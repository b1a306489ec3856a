package io.tfcluster;

import io.tfcluster.reservation.NodeFailure;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A JVM beside this one, for native code that may take its process along: with this one's class path and TensorFlow's libraries, a folder
 * of its own, and an end at the latest when this process ends, whatever it ends of.
 *
 * <p>What it is to do goes over its standard input; the end of that input is the end of the child. Its output goes into this process's log,
 * and its last lines into {@link #ended}. Whoever starts it closes it; any thread may.
 *
 * <pre>{@code
 * try (ChildJvm child = ChildJvm.start("model mnist", ModelServer.class, "512m", 2, order)) {
 *     child.awaitReady(Duration.ofMinutes(5));
 * }
 * // and in ModelServer.main:
 * ChildJvm.Order order = ChildJvm.begin();
 * order.ready();
 * }</pre>
 */
public final class ChildJvm implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ChildJvm.class);
    /** The work is TensorFlow's: a small JVM is enough, which is there sooner. */
    private static final List<String> QUICK_START = List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

    private static final int SHOWN_LINES = 8;
    private static final int MAX_ORDER = 1 << 24;
    private static final Duration END_LIMIT = Duration.ofSeconds(2);
    private static final long OUTPUT_LIMIT_MILLIS = 1_000;

    private final String name;
    private final Path folder;
    private final Process process;
    private final OutputTail output;
    private final AtomicBoolean closed = new AtomicBoolean();

    private ChildJvm(String name, Path folder, Process process, OutputTail output) {
        this.name = name;
        this.folder = folder;
        this.process = process;
        this.output = output;
    }

    /**
     * What a child was started for.
     *
     * @param folder its own, which only the owner may enter; deleted with the child
     * @param text as the parent gave it
     * @param readyMarker line that says to the parent that the child is ready
     */
    public record Order(Path folder, String text, String readyMarker) {
        /** Tells the parent that the child is ready. */
        public void ready() {
            System.out.println(readyMarker); // the pipe to the parent, who takes this line out of the output
            System.out.flush();
        }
    }

    /**
     * Starts a child.
     *
     * @param name for messages and the log
     * @param main class with a main method that calls {@link #begin} first
     * @param memory heap limit in JVM notation
     * @param threads of TensorFlow
     * @param order what it is to do; it may hold a secret
     * @throws UncheckedIOException if the process cannot be started
     */
    public static ChildJvm start(String name, Class<?> main, String memory, int threads, String order) {
        Optional<Path> natives = Natives.folder(Thread.currentThread().getContextClassLoader());
        Path folder = Folders.forSocket("tfcluster-jvm-");
        Process process = null;
        try {
            byte[] token = new byte[8];
            new SecureRandom().nextBytes(token);
            String marker = "tfcluster-ready-" + HexFormat.of().formatHex(token);
            NodeSettings settings = new NodeSettings(memory, threads, threads, QUICK_START, Map.of());
            process = NodeProcess.command(settings, folder, natives, main).start();
            OutputTail output = new OutputTail(name, marker, process.getInputStream());
            DataOutputStream stdin = new DataOutputStream(process.getOutputStream());
            byte[] bytes = order.getBytes(StandardCharsets.UTF_8);
            stdin.writeUTF(folder.toString());
            stdin.writeUTF(marker);
            stdin.writeInt(bytes.length);
            stdin.write(bytes);
            stdin.flush();
            log.info("started {} as process {}", name, process.pid());
            return new ChildJvm(name, folder, process, output);
        } catch (IOException | RuntimeException e) {
            if (process != null) {
                process.destroyForcibly();
            }
            Folders.delete(folder);
            if (e instanceof IOException io) {
                throw new UncheckedIOException("cannot start the process of " + name + ": " + io.getMessage(), io);
            }
            throw (RuntimeException) e;
        }
    }

    /** Reads, in the child, what it was started for. From then on the process ends when its parent does. */
    public static Order begin() {
        InputStream stdin = System.in;
        try {
            DataInputStream in = new DataInputStream(stdin);
            Path folder = Path.of(in.readUTF());
            String marker = in.readUTF();
            int length = in.readInt();
            if (length < 0 || length > MAX_ORDER) {
                throw new IllegalStateException(
                        "an order of " + length + " bytes; this class is started by its parent only");
            }
            byte[] text = new byte[length];
            in.readFully(text);
            System.setIn(InputStream.nullInputStream());
            // SIGTERM to a whole process group, as resource managers send it, leaves nobody else to delete it.
            Runtime.getRuntime().addShutdownHook(new Thread(() -> Folders.delete(folder), "child-folder-delete"));
            Lifeline.watch(stdin, folder);
            return new Order(folder, new String(text, StandardCharsets.UTF_8), marker);
        } catch (IOException e) {
            throw new UncheckedIOException("no order came over standard input; this class is started by its parent", e);
        }
    }

    /**
     * Waits until the child has said that it is ready.
     *
     * @throws IllegalStateException if it ended first, with its exit code and last lines, or the limit passed
     */
    public void awaitReady(Duration limit) throws InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!output.awaitMarker(50)) {
            if (!process.isAlive()) {
                throw new IllegalStateException(ended());
            }
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException(name + " (process " + pid() + ") was not ready within " + limit);
            }
        }
    }

    /** Returns the folder that the child has for itself. */
    public Path folder() {
        return folder;
    }

    /** Returns the number of its process. */
    public long pid() {
        return process.pid();
    }

    /** Returns whether the process is there, and {@link #close} was not called. */
    public boolean isAlive() {
        return process.isAlive() && !closed.get();
    }

    /**
     * Says how the process ended, with its exit code decoded and its last lines; waits at most 3 s for that.
     *
     * @throws InterruptedException if this thread is to do something else
     */
    public String ended() throws InterruptedException {
        if (!process.waitFor(END_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
            return name + " (process " + pid() + ") does not answer, but has not ended";
        }
        output.join(OUTPUT_LIMIT_MILLIS);
        List<String> lines =
                output.lastLines().stream().filter(line -> !line.isBlank()).toList();
        String text = new NodeFailure(name, "", Instant.now(), OptionalInt.of(process.exitValue()), "", "", List.of())
                .describe();
        return lines.isEmpty()
                ? text
                : text + "; last output:\n  "
                        + String.join("\n  ", lines.subList(Math.max(0, lines.size() - SHOWN_LINES), lines.size()));
    }

    /** Ends the process at once, by SIGKILL: it holds nothing that is not deleted here. Takes at most 2 s, usually some milliseconds. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        process.destroyForcibly();
        try {
            if (!process.waitFor(END_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                log.warn("{} (process {}) is still there {} after SIGKILL", name, pid(), END_LIMIT);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            Folders.delete(folder);
        }
    }
}
