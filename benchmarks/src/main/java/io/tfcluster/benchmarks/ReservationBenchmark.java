package io.tfcluster.benchmarks;

import io.tfcluster.reservation.ClusterTemplate;
import io.tfcluster.reservation.ReservationServer;
import io.tfcluster.transport.ClusterSecret;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Thousands of nodes register with one server and all receive the ClusterSpec, against bare sockets that move the same bytes.
 *
 * <p>The server runs in this process, the nodes in a child process: each side needs one file descriptor per node.
 */
final class ReservationBenchmark implements Benchmark {
    /** Descriptors that a JVM needs for itself. */
    private static final int OWN_FILES = 500;

    private static final int WARM_UP = 500;
    private static final Duration LIMIT = Duration.ofMinutes(3);

    private final int wanted;

    ReservationBenchmark(int nodes) {
        this.wanted = nodes;
    }

    @Override
    public String name() {
        return "reservation";
    }

    @Override
    public String about() {
        return wanted + " nodes register with one server and receive the cluster";
    }

    @Override
    public List<Measurement> run(Consumer<String> progress) {
        int nodes = (int) Math.min(wanted, Machine.openFiles() - OWN_FILES);
        if (nodes < wanted) {
            progress.accept("only " + nodes + " nodes: this process may open " + Machine.openFiles()
                    + " files; raise \"ulimit -n\" for all " + wanted);
        }
        try {
            progress.accept("warming up ...");
            bare(Math.min(nodes, WARM_UP), reservation(Math.min(nodes, WARM_UP)).bytes());
            progress.accept(nodes + " nodes in a child process register with a server in this one ...");
            Figures real = reservation(nodes);
            progress.accept("the same bytes over bare sockets ...");
            Figures bare = bare(nodes, real.bytes());
            double megabytes = (double) nodes * real.bytes() / 1e6;
            return List.of(
                    Measurement.of("reservation.nodes", nodes, "nodes"),
                    Measurement.of("reservation.allRegistered", real.registered(), "s", bare.registered()),
                    Measurement.of("reservation.allReceivedAfterThat", real.received(), "s", bare.received()),
                    Measurement.of("reservation.clusterBytesPerNode", real.bytes() / 1e3, "kB"),
                    Measurement.of(
                            "reservation.clusterSpeed",
                            megabytes / real.received(),
                            "MB/s",
                            megabytes / bare.received()),
                    Measurement.of("reservation.heapBefore", real.heapBefore() / 1e6, "MB"),
                    Measurement.of("reservation.heapWithAllNodes", real.heapAfter() / 1e6, "MB"),
                    Measurement.of(
                            "reservation.heapPerNode", (real.heapAfter() - real.heapBefore()) / 1e3 / nodes, "kB"),
                    Measurement.of("reservation.peakResident", real.peakResident() / 1e6, "MB"),
                    Measurement.of("reservation.rejected", real.rejected(), "peers"));
        } catch (IOException e) {
            throw new UncheckedIOException("the reservation benchmark broke: " + e.getMessage(), e);
        }
    }

    private record Figures(
            double registered,
            double received,
            long bytes,
            long heapBefore,
            long heapAfter,
            long peakResident,
            int rejected) {}

    private static Figures reservation(int nodes) throws IOException {
        ClusterSecret secret = ClusterSecret.random();
        ClusterTemplate template = ClusterTemplate.of(nodes, 0, false, Optional.empty());
        try (ReservationServer server =
                        ReservationServer.builder(template, secret).start();
                ChildJvm child = ChildJvm.start(SimulatedNodes.class)) {
            long heapBefore = heap();
            child.say("127.0.0.1 " + server.address().getPort() + " " + nodes + " "
                    + HexFormat.of().formatHex(secret.toBytes()) + " " + server.clusterId() + " 0 0");
            child.hear("connecting");
            long start = System.nanoTime();
            server.awaitNodes(LIMIT);
            long registered = System.nanoTime();
            long bytes = Long.parseLong(child.hear("received "));
            long received = System.nanoTime();
            return new Figures(
                    (registered - start) / 1e9,
                    (received - registered) / 1e9,
                    bytes,
                    heapBefore,
                    heap(),
                    Machine.status("VmHWM"),
                    server.rejected());
        }
    }

    private static Figures bare(int nodes, long bytes) throws IOException {
        try (BareServer server = new BareServer();
                ChildJvm child = ChildJvm.start(SimulatedNodes.class)) {
            ByteBuffer payload = ByteBuffer.allocateDirect(Math.toIntExact(bytes));
            child.say("127.0.0.1 " + server.port() + " " + nodes + " - - " + bytes + " 0");
            child.hear("connecting");
            long start = System.nanoTime();
            server.acceptAll(nodes);
            long registered = System.nanoTime();
            server.sendToAll(payload);
            child.hear("received ");
            long received = System.nanoTime();
            return new Figures((registered - start) / 1e9, (received - registered) / 1e9, bytes, 0, 0, 0, 0);
        }
    }

    private static long heap() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
