package io.tfcluster.tests.harness;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.apache.spark.deploy.master.Master;
import org.apache.spark.deploy.worker.Worker;

/**
 * A Spark standalone Master and its Workers, each a child JVM on 127.0.0.1 and a port of its own.
 *
 * <p>{@link #connect} opens a session of this JVM on it; close that first. {@link #close()} ends Workers, then Master, and deletes
 * their files; it takes a second, and 10 s at most for each process.
 *
 * <pre>{@code
 * try (StandaloneCluster cluster = StandaloneCluster.start(2, 1);
 *         LocalSpark spark = cluster.connect(Map.of())) {
 *     spark.context().parallelize(List.of(1, 2), 2).count();
 * }
 * }</pre>
 */
public final class StandaloneCluster implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(60);
    private static final Pattern MASTER_STARTED = Pattern.compile("Starting Spark master at (spark://\\S+)");
    private static final Pattern WORKER_REGISTERED = Pattern.compile("Registering worker \\S+ with");
    private static final String LOOPBACK = "127.0.0.1";
    private static final int WORKER_MEGABYTES = 1024;

    private final SparkHome home;
    private final List<ChildJvm> children = new ArrayList<>();
    private final List<ChildJvm> workers = new ArrayList<>();
    private String masterUrl = "";

    private StandaloneCluster(SparkHome home) {
        this.home = home;
    }

    /** Starts Master and Workers, and waits until all Workers are registered, 60 s at most. */
    public static StandaloneCluster start(int workers, int coresPerWorker) {
        return start(Collections.nCopies(workers, LOOPBACK), coresPerWorker);
    }

    /**
     * As {@link #start(int, int)}, with a Worker for each of these names of the loopback address: Spark puts speculative copies of a task only
     * onto hosts of another name.
     */
    public static StandaloneCluster start(List<String> hosts, int coresPerWorker) {
        StandaloneCluster cluster = new StandaloneCluster(SparkHome.create());
        try {
            cluster.startAll(hosts, coresPerWorker);
        } catch (RuntimeException e) {
            cluster.close();
            throw e;
        }
        return cluster;
    }

    private void startAll(List<String> hosts, int cores) {
        ChildJvm master = child("master", LOOPBACK, Master.class);
        masterUrl = master.awaitLines(MASTER_STARTED, 1, START_LIMIT).get(0).group(1);
        for (int i = 0; i < hosts.size(); i++) {
            workers.add(child(
                    "worker-" + i,
                    hosts.get(i),
                    Worker.class,
                    "--cores",
                    Integer.toString(cores),
                    "--memory",
                    WORKER_MEGABYTES + "M",
                    "--work-dir",
                    home.work().toString(),
                    masterUrl));
        }
        master.awaitLines(WORKER_REGISTERED, hosts.size(), START_LIMIT);
    }

    private ChildJvm child(String name, String host, Class<?> mainClass, String... more) {
        List<String> arguments = new ArrayList<>(List.of("--host", host, "--port", "0", "--webui-port", "0"));
        Collections.addAll(arguments, more);
        Map<String, String> environment = Map.of(
                "SPARK_HOME", home.root().toString(),
                "SPARK_LOCAL_IP", "127.0.0.1",
                "SPARK_LOCAL_DIRS", home.local().toString());
        ChildJvm child = ChildJvm.start(
                name,
                mainClass,
                List.of(
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Dlog4j2.configurationFile=log4j2-standalone.properties"),
                environment,
                home.root(),
                arguments.toArray(String[]::new));
        children.add(child);
        return child;
    }

    /** {@code spark://127.0.0.1:port}. */
    public String masterUrl() {
        return masterUrl;
    }

    /** The Workers' JVMs, for tests that end one. */
    public List<ChildJvm> workers() {
        return List.copyOf(workers);
    }

    /**
     * Opens a session of this JVM with an executor on each Worker, and waits until they are there.
     *
     * @param conf more of Spark's settings
     */
    public LocalSpark connect(Map<String, String> conf) {
        return LocalSpark.start(masterUrl, workers.size(), new TreeMap<>(conf));
    }

    /** The last lines of each executor's stdout and stderr, for the message of a failed test. */
    public String executorOutput(int lines) {
        return home.executorOutput(lines);
    }

    @Override
    public void close() {
        for (int i = children.size() - 1; i >= 0; i--) {
            children.get(i).close();
        }
        home.delete();
    }
}
