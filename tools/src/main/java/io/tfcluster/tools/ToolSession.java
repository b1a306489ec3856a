package io.tfcluster.tools;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;

/**
 * A SparkSession of a command. Executors get this program's own class path, unless spark-submit or a setting says otherwise; for
 * {@code local-cluster[…]} an empty folder stands for SPARK_HOME. {@link #close()} stops Spark and removes that folder.
 */
final class ToolSession implements AutoCloseable {
    private static final String CLASS_PATH = "spark.executor.extraClassPath";
    private static final Pattern LOCAL_CLUSTER = Pattern.compile("local-cluster\\[.*,\\s*(\\d+)\\s*]");

    private final SparkSession spark;
    private final @Nullable Path home;

    private ToolSession(SparkSession spark, @Nullable Path home) {
        this.spark = spark;
        this.home = home;
    }

    /**
     * Starts Spark.
     *
     * @param master empty for spark-submit's, or else {@code local[*]}
     */
    static ToolSession start(String name, String master, Map<String, String> settings) {
        SparkConf conf = new SparkConf().setAppName(name);
        settings.forEach(conf::set);
        conf.setIfMissing("spark.ui.enabled", "false");
        if (!master.isEmpty()) {
            conf.setMaster(master);
        }
        conf.setIfMissing("spark.master", "local[*]");
        boolean submitted = Boolean.getBoolean("SPARK_SUBMIT");
        if (!submitted && !conf.get("spark.master").matches("local(\\[.*)?")) {
            conf.setIfMissing(CLASS_PATH, ownClassPath());
        }
        if (!conf.get("spark.master").startsWith("local-cluster") || System.getenv("SPARK_HOME") != null) {
            return new ToolSession(session(conf), null);
        }
        Matcher cluster = LOCAL_CLUSTER.matcher(conf.get("spark.master"));
        if (cluster.matches()) {
            conf.setIfMissing("spark.executor.memory", cluster.group(1) + "m");
        }
        Path home = makeHome();
        ToolSession made = null;
        try {
            conf.setIfMissing("spark.local.dir", home.resolve("local").toString());
            // Spark reads these two once, while it starts its workers.
            System.setProperty("spark.testing", "true");
            System.setProperty("spark.test.home", home.toString());
            made = new ToolSession(session(conf), home);
            return made;
        } finally { // not a catch: Scala throws checked exceptions that no signature tells
            System.clearProperty("spark.testing");
            System.clearProperty("spark.test.home");
            if (made == null) {
                remove(home);
            }
        }
    }

    SparkSession spark() {
        return spark;
    }

    private static SparkSession session(SparkConf conf) {
        return SparkSession.builder().config(conf).getOrCreate();
    }

    private static String ownClassPath() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .filter(entry -> !entry.isEmpty())
                .map(entry -> new File(entry).getAbsolutePath())
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static Path makeHome() {
        try {
            Path home = Files.createTempDirectory("tfcluster-spark-");
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
            throw new UncheckedIOException(folder + " could not be removed; remove it by hand", e);
        }
    }

    /** Stops Spark. */
    @Override
    public void close() {
        spark.stop();
        if (home != null) {
            remove(home);
        }
    }
}
