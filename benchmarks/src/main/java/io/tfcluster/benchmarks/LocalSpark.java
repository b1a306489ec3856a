package io.tfcluster.benchmarks;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.util.ShutdownHookManager;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.Utils$;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Spark with executor JVMs of its own that run one task at a time each, mostly just one of them, started when it is first asked for and shared by the benchmarks of
 * a run. What Spark wants of a distribution is an empty folder; executors get this JVM's class path.
 *
 * <p>{@link #close()} ends session and executor and removes the folder; so does the end of this JVM.
 */
final class LocalSpark implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LocalSpark.class);

    private final String master;
    private final String memory;
    private final String heap;
    private final Runnable atExit = this::end;
    private @Nullable SparkSession session;
    private @Nullable Path home;

    /** One executor for one task, so that on two cores the node has the other one. */
    LocalSpark() {
        this(1);
    }

    /** As many executors, each for one task. */
    LocalSpark(int executors) {
        this(executors, 1, 1024, "");
    }

    private LocalSpark(int executors, int cores, int megabytes, String heap) {
        this.master = "local-cluster[" + executors + "," + cores + "," + megabytes + "]";
        this.memory = megabytes + "m";
        this.heap = heap;
    }

    /** One executor for so many tasks at a time, with memory for pictures. */
    static LocalSpark withCores(int cores) {
        return new LocalSpark(1, cores, 2048, "");
    }

    /** One executor likewise, which takes all of a smaller heap when it starts. */
    static LocalSpark withWholeHeap(int cores) {
        return new LocalSpark(1, cores, 1024, " -Xms1024m -XX:+AlwaysPreTouch");
    }

    /** Returns the session, starting it if need be; that takes some seconds. */
    synchronized SparkSession session() {
        if (session == null) {
            Path folder = makeHome();
            home = folder;
            ShutdownHookManager.get().addShutdownHook(atExit, 1); // after Spark's own
            Utils$.MODULE$.clearLocalRootDirs(); // Spark would go on with the folder of the session before
            System.setProperty("spark.testing", "true"); // Spark reads these two while it starts its workers
            System.setProperty("spark.test.home", folder.toString());
            try {
                session = SparkSession.builder().config(settings(folder)).getOrCreate();
            } finally {
                System.clearProperty("spark.testing");
                System.clearProperty("spark.test.home");
            }
        }
        return session;
    }

    JavaSparkContext context() {
        return JavaSparkContext.fromSparkContext(session().sparkContext());
    }

    /** Returns the process of the executor, of one of them where there are more. */
    ProcessHandle executor() {
        long pid = context()
                .parallelize(List.of(1), 1)
                .map(one -> ProcessHandle.current().pid())
                .first();
        return ProcessHandle.of(pid).orElseThrow(() -> new IllegalStateException("the executor has gone"));
    }

    private SparkConf settings(Path home) {
        return new SparkConf()
                .setAppName("tfcluster-benchmarks")
                .setMaster(master)
                .set("spark.driver.host", "127.0.0.1")
                .set("spark.driver.bindAddress", "127.0.0.1")
                .set("spark.ui.enabled", "false")
                .set("spark.executor.memory", memory)
                .set("spark.executor.extraClassPath", classPath())
                .set("spark.local.dir", home.resolve("local").toString())
                .set(
                        "spark.executor.extraJavaOptions",
                        "-Djava.awt.headless=true -Dlog4j2.configurationFile=benchmarks-log4j2.properties -Djava.io.tmpdir="
                                + System.getProperty("java.io.tmpdir")
                                + heap);
    }

    /** Absolute, because executors start in another folder. */
    private static String classPath() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .filter(entry -> !entry.isEmpty())
                .map(entry -> Path.of(entry).toAbsolutePath().toString())
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static Path makeHome() {
        try {
            Path home = Files.createTempDirectory("tfcluster-bench-");
            Files.createDirectories(home.resolve("jars"));
            Files.createDirectories(home.resolve("local"));
            Files.createDirectories(home.resolve("launcher/target/scala-2.12"));
            return home;
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "cannot make a folder for Spark under " + System.getProperty("java.io.tmpdir"), e);
        }
    }

    @Override
    public void close() {
        if (!ShutdownHookManager.get().isShutdownInProgress()) {
            ShutdownHookManager.get().removeShutdownHook(atExit);
        }
        end();
    }

    private synchronized void end() {
        if (session != null) {
            session.stop();
            session = null;
        }
        if (home != null) {
            remove(home);
            home = null;
        }
    }

    private static void remove(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException | UncheckedIOException e) {
            log.warn("{} could not be removed; remove it by hand", folder, e);
        }
    }
}
