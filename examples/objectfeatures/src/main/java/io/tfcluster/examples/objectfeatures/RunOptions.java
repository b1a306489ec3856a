package io.tfcluster.examples.objectfeatures;

import io.tfcluster.examples.common.LocalCluster;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Function;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of all commands: what runs where, and what is written. */
final class RunOptions {

    @Option(
            names = "--output",
            paramLabel = "DIR",
            description = "Where the features are, on any Hadoop file system (default ${DEFAULT-VALUE}).")
    String output = "objectfeatures-out";

    @Option(names = "--page", paramLabel = "FILE", description = "Where the page goes (default ${DEFAULT-VALUE}).")
    Path page = Path.of("objectfeatures.html");

    @Option(
            names = "--master",
            paramLabel = "URL",
            description = "Spark master (default: what spark-submit says, else this machine's cores).")
    @Nullable
    String master;

    @Option(
            names = "--batch-size",
            paramLabel = "N",
            description = "Pictures of a run of a network (default ${DEFAULT-VALUE}).")
    int batchSize = 16;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "Threads of a network on an executor (default: its cores).")
    int threads;

    @Option(
            names = "--readers",
            paramLabel = "N",
            description = "Partitions that a task reads at a time, while it computes; 0: reads, then computes"
                    + " (default ${DEFAULT-VALUE}).")
    int readers = 4;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Shows this.")
    boolean help;

    void check(Function<String, ? extends RuntimeException> wrong) {
        Path parent = page.toAbsolutePath().normalize().getParent();
        if (parent == null || !Files.isWritable(parent)) {
            throw wrong.apply(
                    "--page " + page + ": the folder " + parent + " is missing or not writable; name another");
        }
        if (batchSize < 1 || threads < 0 || readers < 0) {
            throw wrong.apply("--batch-size must be 1 or more, --threads and --readers 0 or more, got " + batchSize
                    + ", " + threads + " and " + readers);
        }
    }

    ObjectPipeline pipeline(Networks networks) {
        return new ObjectPipeline(networks, batchSize, threads, readers);
    }

    String outputPath() {
        return SourceOptions.absolute(output);
    }

    /** Spark, set so that lists of files and small tables do not make a thousand tasks. */
    LocalCluster spark() {
        String where = master != null
                ? master
                : new SparkConf()
                        .get("spark.master", "local[" + Runtime.getRuntime().availableProcessors() + "]");
        LocalCluster cluster =
                LocalCluster.start("objectfeatures", where, Map.of("spark.executor.heartbeatInterval", "2s"));
        SparkSession spark = cluster.spark();
        int slots = cluster.slots();
        spark.conf().set("spark.sql.sources.parallelPartitionDiscovery.parallelism", String.valueOf(2L * slots));
        if (where.startsWith("local")) {
            spark.conf().set("spark.sql.shuffle.partitions", String.valueOf(Math.max(4, 2 * slots)));
        }
        return cluster;
    }
}
