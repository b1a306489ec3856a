package io.tfcluster.tests.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfcluster.ClusterListener;
import io.tfcluster.TFCluster;
import io.tfcluster.reservation.NodeInfo;
import io.tfcluster.tests.harness.ListeningSockets;
import io.tfcluster.tests.harness.LocalSpark;
import io.tfcluster.transport.ClusterSecret;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.Logger;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a running cluster shows to others: ports, files, and nowhere the secret. */
@Timeout(300)
final class ClusterSecurityTest {
    @TempDir
    Path folder;

    /** Collects the nodes. */
    private record Nodes(Map<Long, NodeInfo> byPid) implements ClusterListener {
        @Override
        public void joined(NodeInfo node) {
            byPid.put(node.pid(), node);
        }
    }

    /** Keeps what the driver logs. */
    private static final class Heard extends AbstractAppender implements AutoCloseable {
        private final Queue<String> lines = new ConcurrentLinkedQueue<>();
        private final AtomicInteger servers = new AtomicInteger();

        Heard() {
            super("heard", null, null, true, Property.EMPTY_ARRAY);
            start();
            root().addAppender(this);
        }

        private static Logger root() {
            return (Logger) LogManager.getRootLogger();
        }

        @Override
        public void append(LogEvent event) {
            String line = event.getMessage().getFormattedMessage();
            lines.add(line);
            if (event.getLevel().equals(Level.WARN) && line.contains("neither authentication nor encryption")) {
                servers.incrementAndGet();
            }
        }

        String text() {
            return String.join("\n", lines);
        }

        @Override
        public void close() {
            root().removeAppender(this);
            stop();
        }
    }

    @Test
    void anAllReduceClusterShowsNothingToOthers() throws Exception {
        Path events = Files.createDirectory(folder.resolve("events"));
        Nodes nodes = new Nodes(new ConcurrentHashMap<>());
        Traces traces = new Traces();
        Traces canary = new Traces().of("the application's name", "tfcluster-tests");
        try (Heard heard = new Heard();
                LocalSpark spark = LocalSpark.cluster(2, 1, settings(events))) {
            try (TFCluster cluster = TFCluster.run(
                    spark.session(),
                    Linear::main,
                    "",
                    Linear.config(2).listener(nodes).build())) {
                List<ClusterSecret> secrets = Traces.secrets(cluster);
                assertThat(secrets).isNotEmpty();
                secrets.forEach(secret -> traces.of("the secret", secret.toBytes()));
                cluster.train(Linear.points(spark.context(), 200, 2), Linear.trainEncoder(), 1);

                onlyAnnouncedPortsListen(nodes.byPid());
                filesAreTheOwners(nodes.byPid());
                List<ProcessHandle> processes =
                        new ArrayList<>(ProcessHandle.current().descendants().toList());
                processes.add(ProcessHandle.current());
                for (ProcessHandle process : processes) {
                    traces.in(Path.of("/proc/" + process.pid() + "/cmdline"));
                    traces.in(Path.of("/proc/" + process.pid() + "/environ"));
                }
                assertThat(processes.size()).isGreaterThan(4);
                for (String page : pages(spark)) {
                    byte[] body = get(page);
                    traces.in(page, body);
                    canary.in(page, body);
                }
                filesOfSpark().forEach(traces::inAll);
                nodeFolders(nodes.byPid()).forEach(traces::inAll);
                cluster.shutdown();
            }
            filesOfSpark().forEach(traces::inAll);
            traces.in("the driver's log", heard.text().getBytes("UTF-8"));
            assertThat(heard.text()).contains("worker:0 joined");
            assertThat(heard.servers)
                    .as("no server of TensorFlow's, no warning")
                    .hasValue(0);
        }
        traces.inAll(events);
        canary.inAll(events);
        assertThat(traces.found()).isEmpty();
        assertThat(traces.looked()).isGreaterThan(20);
        assertThat(canary.found()).as("the search finds what is there").hasSizeGreaterThanOrEqualTo(2);
    }

    @Test
    void serversOfTensorFlowAreWarnedOfOnce() {
        try (Heard heard = new Heard();
                LocalSpark spark = LocalSpark.cluster(2, 1);
                TFCluster cluster = TFCluster.run(
                        spark.session(),
                        Mains::runsOnItsServer,
                        "",
                        Linear.config(2).ps(1).build())) {
            cluster.shutdown();

            assertThat(heard.servers).hasValue(1);
            assertThat(heard.text()).contains("SECURITY.md");
        }
    }

    private static Map<String, String> settings(Path events) {
        Map<String, String> conf = new TreeMap<>();
        conf.put("spark.ui.enabled", "true");
        conf.put("spark.ui.port", "0");
        conf.put("spark.eventLog.enabled", "true");
        conf.put("spark.eventLog.dir", events.toUri().toString());
        conf.put("spark.eventLog.compress", "false");
        return conf;
    }

    private static List<String> pages(LocalSpark spark) throws Exception {
        String ui = spark.session().sparkContext().uiWebUrl().get();
        assertThat(URI.create(ui).getHost()).isEqualTo("127.0.0.1");
        String api =
                ui + "/api/v1/applications/" + spark.session().sparkContext().applicationId();
        List<String> pages = new ArrayList<>();
        for (String page : List.of(
                "/jobs/",
                "/stages/",
                "/storage/",
                "/environment/",
                "/executors/",
                "/executors/threadDump/?executorId=driver",
                "/executors/threadDump/?executorId=0",
                "/SQL/")) {
            pages.add(ui + page);
        }
        for (String page :
                List.of("/jobs", "/stages?details=true", "/allexecutors", "/environment", "/sql?details=true")) {
            pages.add(api + page);
        }
        return pages;
    }

    private static byte[] get(String page) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(page))
                .timeout(Duration.ofSeconds(60))
                .build();
        HttpResponse<byte[]> answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofByteArray());
        assertThat(answer.statusCode()).as(page).isIn(200, 302, 404);
        return answer.body();
    }

    /** TensorFlow's own server would be one more. */
    private static void onlyAnnouncedPortsListen(Map<Long, NodeInfo> nodes) {
        assertThat(nodes).hasSize(2);
        nodes.forEach((pid, node) -> {
            Set<Integer> announced = Stream.of("ring", "feed.tcp")
                    .map(name -> node.endpoints().get(name))
                    .map(address -> Integer.valueOf(address.substring(address.lastIndexOf(':') + 1)))
                    .collect(Collectors.toCollection(TreeSet::new));
            Set<ListeningSockets.Listener> listening = ListeningSockets.of(Set.of(pid));
            Set<Integer> ports = new TreeSet<>();
            listening.forEach(listener -> ports.add(listener.port()));
            assertThat(ports).isEqualTo(announced);
            assertThat(listening).allMatch(ListeningSockets.Listener::isLoopback);
        });
    }

    private static List<Path> nodeFolders(Map<Long, NodeInfo> nodes) {
        return nodes.values().stream()
                .map(node -> Path.of(node.endpoints().get("feed.unix")).getParent())
                .toList();
    }

    private static String permissions(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    private static void filesAreTheOwners(Map<Long, NodeInfo> nodes) throws IOException {
        for (Path each : nodeFolders(nodes)) {
            assertThat(permissions(each)).as(each.toString()).isEqualTo("rwx------");
            assertThat(permissions(each.resolve("feed"))).as(each + "/feed").isEqualTo("rw-------");
        }
        Path natives = Path.of(System.getenv()
                .getOrDefault("TFCLUSTER_NATIVES", System.getProperty("user.home") + "/.cache/tfcluster/natives"));
        try (Stream<Path> files = Files.walk(natives)) {
            for (Path file : files.toList()) {
                assertThat(permissions(file).charAt(7))
                        .as("others may write to " + file)
                        .isEqualTo('-');
            }
        }
    }

    /** What Spark's executors wrote, our nodes' output in it. */
    private static List<Path> filesOfSpark() throws IOException {
        try (Stream<Path> all = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return all.filter(file -> String.valueOf(file.getFileName()).startsWith("tfcluster-spark-"))
                    .filter(Files::isDirectory)
                    .toList();
        }
    }
}
