package io.tfcluster.examples.common;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.hadoop.util.ShutdownHookManager;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A SparkSession, and where the master is {@code local-cluster[…]} all that Spark then wants of a distribution: executors are real JVMs,
 * started with our own class path from an empty folder that stands for SPARK_HOME. {@link #close()} stops Spark and removes the folder.
 */
public final class LocalCluster implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(LocalCluster.class);

    private final SparkSession spark;
    private final List<Path> folders;
    private final Runnable atExit = this::end;

    private LocalCluster(SparkSession spark, List<Path> folders) {
        this.spark = spark;
        this.folders = folders;
        // After Spark's own hooks, which have a higher priority: Ctrl-C leaves nothing behind either.
        ShutdownHookManager.get().addShutdownHook(atExit, 1);
    }

    /** Starts Spark. A master given here wins over spark-submit's. */
    public static LocalCluster start(String appName, String master) {
        return start(appName, master, Map.of());
    }

    /**
     * Starts Spark in this JVM where nobody names another master.
     *
     * @param master as an option has it; null for spark-submit's, else {@code local} with so many threads
     */
    public static LocalCluster inThisJvm(
            String appName, @Nullable String master, int threads, Map<String, String> settings) {
        String submitted = new SparkConf().get("spark.master", "local[" + threads + "]");
        return start(appName, master == null ? submitted : master, settings);
    }

    /** Starts Spark with these settings where nobody, such as spark-submit, has set others. */
    public static LocalCluster start(String appName, String master, Map<String, String> settings) {
        SparkConf conf = new SparkConf().setAppName(appName).setMaster(master);
        settings.forEach(conf::setIfMissing);
        conf.setIfMissing("spark.ui.enabled", "false");
        conf.setIfMissing("spark.ui.showConsoleProgress", "false");
        // Decoded pictures are kept as they are; a picture that is lost is decoded again.
        conf.setIfMissing("spark.rdd.compress", "false");
        if (!master.startsWith("local")) {
            return new LocalCluster(session(conf), List.of());
        }
        conf.set("spark.driver.host", "127.0.0.1").set("spark.driver.bindAddress", "127.0.0.1");
        if (!master.startsWith("local-cluster")) {
            return new LocalCluster(session(conf), List.of());
        }
        Path home = makeHome(appName);
        try {
            conf.set("spark.executor.extraClassPath", EmbeddedMongo.classPath());
            conf.setIfMissing("spark.local.dir", home.resolve("local").toString());
            conf.set(
                    "spark.executor.extraJavaOptions",
                    conf.get("spark.executor.extraJavaOptions", "")
                            + " -Djava.awt.headless=true -Djava.io.tmpdir="
                            + System.getProperty("java.io.tmpdir")
                            + " -Dlog4j2.configurationFile="
                            + System.getProperty("log4j2.configurationFile", EmbeddedMongo.LOG_SETTINGS));
            // Spark reads these two once, while it starts its workers.
            System.setProperty("spark.testing", "true");
            System.setProperty("spark.test.home", home.toString());
            try {
                return new LocalCluster(session(conf), List.of(home));
            } finally {
                System.clearProperty("spark.testing");
                System.clearProperty("spark.test.home");
            }
        } catch (RuntimeException e) {
            remove(home);
            throw e;
        }
    }

    /** Returns the session, which ends with this. */
    public SparkSession spark() {
        return spark;
    }

    /** Returns the task slots of the whole cluster. */
    public int slots() {
        return Math.max(1, spark.sparkContext().defaultParallelism());
    }

    private static SparkSession session(SparkConf conf) {
        return SparkSession.builder().config(conf).getOrCreate();
    }

    private static Path makeHome(String appName) {
        try {
            Path home = Files.createTempDirectory(appName + "-spark-");
            Files.createDirectories(home.resolve("jars"));
            Files.createDirectories(home.resolve("local"));
            Files.createDirectories(home.resolve("launcher/target/scala-2.12"));
            return home;
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "cannot make a folder for Spark under " + System.getProperty("java.io.tmpdir"), e);
        }
    }

    private static void remove(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            List<Path> deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
            for (Path file : deepestFirst) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            log.warn("{} could not be removed; remove it by hand", folder, e);
        }
    }

    @Override
    public void close() {
        if (!ShutdownHookManager.get().isShutdownInProgress()) {
            ShutdownHookManager.get().removeShutdownHook(atExit);
        }
        end();
    }

    private void end() {
        spark.stop();
        folders.forEach(LocalCluster::remove);
    }
}
