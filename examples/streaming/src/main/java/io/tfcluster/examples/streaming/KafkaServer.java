package io.tfcluster.examples.streaming;

import io.tfcluster.ChildJvm;
import io.tfcluster.examples.common.ExampleException;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.tools.StorageTool;
import org.apache.kafka.common.utils.Time;

/**
 * A Kafka for trying and for tests: one broker that is its own controller (KRaft), on 127.0.0.1, in a process of its own. Made by
 * {@link #start}, ended at once by {@link #close()}, or with this process; its data stays in the folder for the next start.
 */
final class KafkaServer implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofMinutes(2);
    private static final String CLUSTER = "dGZjbHVzdGVyLXRyeWluZw";

    private final ChildJvm child;
    private final int port;

    private KafkaServer(ChildJvm child, int port) {
        this.child = child;
        this.port = port;
    }

    /**
     * Starts a broker and waits until it serves, two minutes at most.
     *
     * @param port for clients, 0 for one that is free
     */
    static KafkaServer start(Path folder, int port) {
        int clients = port == 0 ? free() : port;
        ChildJvm child = ChildJvm.start(
                "the Kafka in " + folder,
                KafkaServer.class,
                "512m",
                1,
                clients + " " + free() + " " + folder.toAbsolutePath());
        try {
            child.awaitReady(START_LIMIT);
            return new KafkaServer(child, clients);
        } catch (InterruptedException e) {
            child.close();
            Thread.currentThread().interrupt();
            throw new ExampleException("interrupted while Kafka started", e);
        } catch (RuntimeException e) {
            child.close();
            throw e;
        }
    }

    private static int free() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException("no port is free on this host: " + e, e);
        }
    }

    Brokers brokers() {
        return new Brokers("127.0.0.1:" + port, 30);
    }

    int port() {
        return port;
    }

    @Override
    public void close() {
        child.close();
    }

    /** Called by the child's JVM; the end comes from outside. */
    public static void main(String[] none) throws IOException, InterruptedException {
        ChildJvm.Order order = ChildJvm.begin();
        String[] words = order.text().split(" ", 3);
        Path folder = Files.createDirectories(Path.of(words[2]));
        Properties settings = settings(words[0], words[1], folder);
        Path file = folder.resolve("server.properties");
        try (var out = Files.newBufferedWriter(file, StandardCharsets.ISO_8859_1)) {
            settings.store(out, null);
        }
        int formatted = StorageTool.execute(
                new String[] {"format", "-t", CLUSTER, "-c", file.toString(), "--ignore-formatted"},
                new PrintStream(System.err, true, StandardCharsets.UTF_8));
        if (formatted != 0) {
            throw new IllegalStateException("Kafka cannot use " + folder);
        }
        new KafkaRaftServer(KafkaConfig.fromProps(settings), Time.SYSTEM).startup();
        order.ready();
        new CountDownLatch(1).await();
    }

    private static Properties settings(String clients, String controllers, Path folder) {
        Properties settings = new Properties();
        settings.put("process.roles", "broker,controller");
        settings.put("node.id", "1");
        settings.put("controller.quorum.voters", "1@127.0.0.1:" + controllers);
        settings.put("controller.listener.names", "CONTROLLER");
        settings.put("listeners", "PLAINTEXT://127.0.0.1:" + clients + ",CONTROLLER://127.0.0.1:" + controllers);
        settings.put("advertised.listeners", "PLAINTEXT://127.0.0.1:" + clients);
        settings.put("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
        settings.put("inter.broker.listener.name", "PLAINTEXT");
        settings.put("log.dirs", folder.resolve("data").toString());
        settings.put("auto.create.topics.enable", "false");
        settings.put("offsets.topic.replication.factor", "1");
        settings.put("offsets.topic.num.partitions", "2");
        settings.put("transaction.state.log.replication.factor", "1");
        settings.put("transaction.state.log.min.isr", "1");
        settings.put("transaction.state.log.num.partitions", "2");
        settings.put("log.cleaner.dedupe.buffer.size", Integer.toString(4 << 20));
        settings.put("num.network.threads", "2");
        settings.put("num.io.threads", "2");
        return settings;
    }
}
