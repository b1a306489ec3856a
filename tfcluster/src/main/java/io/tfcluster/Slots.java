package io.tfcluster;

import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;

/** How many tasks the application can run at once, as far as its settings tell beforehand. */
final class Slots {
    private static final Pattern LOCAL = Pattern.compile("local(?:\\[([0-9]+|\\*)(?:,.*)?])?");
    private static final Pattern LOCAL_CLUSTER =
            Pattern.compile("local-cluster\\[\\s*([0-9]+)\\s*,\\s*([0-9]+)\\s*,.*");

    private Slots() {}

    /**
     * Checks that all nodes can run at once.
     *
     * @param needed nodes that take a slot of an executor
     * @throws IllegalArgumentException if the application can never have that many slots
     */
    static void check(SparkContext sc, int needed) {
        OptionalInt most = most(sc.master(), sc.conf());
        if (most.isPresent() && most.getAsInt() < needed) {
            throw new IllegalArgumentException(
                    needed + " nodes need " + needed + " slots at once, but the application has " + most.getAsInt()
                            + " at most (master " + sc.master() + ", spark.task.cpus=" + taskCpus(sc.conf())
                            + "); lower the number of nodes, or give it more executors or cores");
        }
    }

    /** Returns the upper limit, or empty where it depends on what the cluster manager grants. */
    static OptionalInt most(String master, SparkConf conf) {
        int taskCpus = taskCpus(conf);
        Matcher local = LOCAL.matcher(master);
        if (local.matches()) {
            String threads = local.group(1);
            int cores = threads == null
                    ? 1
                    : threads.equals("*") ? Runtime.getRuntime().availableProcessors() : Integer.parseInt(threads);
            return OptionalInt.of(cores / taskCpus);
        }
        Matcher cluster = LOCAL_CLUSTER.matcher(master);
        if (cluster.matches()) {
            int executors = Integer.parseInt(cluster.group(1));
            return OptionalInt.of(executors * (Integer.parseInt(cluster.group(2)) / taskCpus));
        }
        String count = comeAndGo(conf) ? "spark.dynamicAllocation.maxExecutors" : "spark.executor.instances";
        boolean managed = master.startsWith("yarn") || master.startsWith("k8s");
        if (managed && conf.contains(count)) {
            return OptionalInt.of(
                    conf.getInt(count, 0) * Math.max(1, conf.getInt("spark.executor.cores", 1) / taskCpus));
        }
        if (master.startsWith("spark:") && conf.contains("spark.cores.max")) {
            return OptionalInt.of(conf.getInt("spark.cores.max", 0) / taskCpus);
        }
        return OptionalInt.empty();
    }

    static int taskCpus(SparkConf conf) {
        return Math.max(1, conf.getInt("spark.task.cpus", 1));
    }

    /** Whether Spark takes executors as it needs them, and gives them back. */
    static boolean comeAndGo(SparkConf conf) {
        return conf.getBoolean("spark.dynamicAllocation.enabled", false);
    }
}
