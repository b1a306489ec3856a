package io.tfcluster.examples.common;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A MongoDB of our own in a child process: mongo-java-server over an H2 file, on 127.0.0.1 and a free port.
 *
 * <p>Made by {@link #start}, ended by {@link #close()} within ten seconds. If this process dies, the child reads the end of its standard
 * input and ends too. The data stays in the folder for the next run.
 */
public final class EmbeddedMongo implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(EmbeddedMongo.class);
    static final String LOG_SETTINGS = "examples-log4j2.properties";
    private static final long START_SECONDS = 30;

    private final Process process;
    private final Thread drain;
    private final int port;

    private EmbeddedMongo(Process process, Thread drain, int port) {
        this.process = process;
        this.drain = drain;
        this.port = port;
    }

    /** Starts the child and waits until it listens, 30 s at most. */
    public static EmbeddedMongo start(Path folder) {
        Process process;
        try {
            // $sample in this server breaks the sort contract now and then; the old merge sort does not mind.
            process = new ProcessBuilder(List.of(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx768m",
                            "-XX:+UseSerialGC",
                            "-Djava.util.Arrays.useLegacyMergeSort=true",
                            "-Djava.awt.headless=true",
                            "-Dlog4j2.configurationFile="
                                    + System.getProperty("log4j2.configurationFile", LOG_SETTINGS),
                            "-cp",
                            classPath(),
                            EmbeddedMongoServer.class.getName(),
                            folder.toString()))
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
        } catch (IOException e) {
            throw new ExampleException("cannot start the embedded MongoDB: " + e.getMessage(), e);
        }
        CompletableFuture<String> firstLine = new CompletableFuture<>();
        Thread drain = new Thread(() -> drain(process, firstLine), "embedded-mongo-output");
        drain.setDaemon(true);
        drain.start();
        try {
            String line = firstLine.get(START_SECONDS, TimeUnit.SECONDS);
            if (!line.startsWith(EmbeddedMongoServer.READY)) {
                throw new ExampleException("the embedded MongoDB cannot use " + folder + ": "
                        + line.replace(EmbeddedMongoServer.FAILED, "")
                        + ". Is another run using it? Name another folder with --data-dir.");
            }
            int port = Integer.parseInt(line.substring(EmbeddedMongoServer.READY.length()));
            log.debug("embedded MongoDB (pid {}) on port {} with data in {}", process.pid(), port, folder);
            return new EmbeddedMongo(process, drain, port);
        } catch (TimeoutException | ExecutionException e) {
            process.destroyForcibly();
            throw new ExampleException(
                    "the embedded MongoDB did not start within " + START_SECONDS + " s (data folder " + folder
                            + "); use a MongoDB of your own",
                    e);
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new ExampleException("interrupted while the embedded MongoDB started", e);
        } catch (RuntimeException e) {
            process.destroyForcibly();
            throw e;
        }
    }

    private static void drain(Process process, CompletableFuture<String> firstLine) {
        try (BufferedReader reader =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            String line = reader.readLine();
            firstLine.complete(line == null ? EmbeddedMongoServer.FAILED + "it ended without a word" : line);
            while (line != null) {
                line = reader.readLine();
            }
        } catch (IOException e) {
            firstLine.completeExceptionally(e);
        }
    }

    /** Our own class path; under spark-submit the application's jar is not on it and is added. */
    static String classPath() {
        List<String> entries = new ArrayList<>(List.of(System.getProperty("java.class.path")));
        try {
            entries.add(Path.of(EmbeddedMongo.class
                            .getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString());
        } catch (URISyntaxException e) {
            throw new IllegalStateException("the place of this class is no path", e);
        }
        return String.join(File.pathSeparator, entries);
    }

    /** Returns the child's process id. */
    public long pid() {
        return process.pid();
    }

    /** Returns where it listens. */
    public String uri() {
        return "mongodb://127.0.0.1:" + port;
    }

    @Override
    public void close() {
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            log.debug("closing the lifeline of the embedded MongoDB", e);
        }
        try {
            if (!process.waitFor(8, TimeUnit.SECONDS)) {
                log.warn(
                        "the embedded MongoDB (pid {}) still lives 8 s after its end was asked for; killing it",
                        process.pid());
                process.destroyForcibly();
            }
            drain.join(2000);
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
