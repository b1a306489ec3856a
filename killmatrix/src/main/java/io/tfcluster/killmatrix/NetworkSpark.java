package io.tfcluster.killmatrix;

import io.tfcluster.tests.harness.ChildJvm;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.spark.deploy.master.Master;
import org.apache.spark.deploy.worker.Worker;

/** A Spark Master on the first of some {@link Hosts}, where the driver is, too, and a Worker on each of the others. */
final class NetworkSpark implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final Pattern MASTER_STARTED = Pattern.compile("Starting Spark master at (spark://\\S+)");
    private static final Pattern WORKER_REGISTERED = Pattern.compile("Registering worker \\S+ with");

    private final List<ChildJvm> children = new ArrayList<>();
    private final Hosts hosts;
    private final Path home;
    private String master = "";

    private NetworkSpark(Hosts hosts, Path home) {
        this.hosts = hosts;
        this.home = home;
    }

    static NetworkSpark start(Hosts hosts, int workers, Path home) {
        NetworkSpark spark = new NetworkSpark(hosts, home);
        try {
            spark.startAll(workers);
            return spark;
        } catch (RuntimeException e) {
            spark.close();
            throw e;
        }
    }

    private void startAll(int workers) {
        ChildJvm first = child(1, "master", Master.class, List.of());
        master = first.awaitLines(MASTER_STARTED, 1, LIMIT).get(0).group(1);
        for (int host = 2; host < 2 + workers; host++) {
            child(
                    host,
                    "worker-" + host,
                    Worker.class,
                    List.of(
                            "--cores",
                            "1",
                            "--memory",
                            "1024M",
                            "--work-dir",
                            home.resolve("work").toString(),
                            master));
        }
        first.awaitLines(WORKER_REGISTERED, workers, LIMIT);
    }

    private ChildJvm child(int host, String name, Class<?> main, List<String> more) {
        List<String> arguments =
                new ArrayList<>(List.of("--host", Hosts.address(host), "--port", "0", "--webui-port", "0"));
        arguments.addAll(more);
        ChildJvm child = ChildJvm.start(
                hosts.within(host, List.of()),
                name,
                main,
                List.of(
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Dlog4j2.configurationFile=log4j2-standalone.properties"),
                Map.of(
                        "SPARK_HOME", home.toString(),
                        "SPARK_LOCAL_IP", Hosts.address(host),
                        "SPARK_LOCAL_DIRS", home.resolve("local").toString()),
                home,
                arguments.toArray(String[]::new));
        children.add(child);
        return child;
    }

    String master() {
        return master;
    }

    @Override
    public void close() {
        for (int i = children.size() - 1; i >= 0; i--) {
            children.get(i).close();
        }
    }
}
