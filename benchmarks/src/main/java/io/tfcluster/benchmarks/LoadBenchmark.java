package io.tfcluster.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Thousands of nodes that report their progress, to a server or a whole driver that has one core, from a process that has another one. */
final class LoadBenchmark implements Benchmark {
    /** Descriptors that a JVM needs for itself. */
    private static final int OWN_FILES = 500;

    private final LoadServer.Kind kind;
    private final int wanted;
    private final long beatMillis;
    private final int seconds;

    LoadBenchmark(LoadServer.Kind kind, Settings settings) {
        this.kind = kind;
        boolean server = kind == LoadServer.Kind.HEARTBEATS;
        this.wanted = (server ? 10_000 : 1_000) / (settings.quick() ? 20 : 1);
        this.beatMillis = server ? 1_000 : 250;
        this.seconds = settings.quick() ? 3 : 30;
    }

    @Override
    public String name() {
        return "load." + kind.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public String about() {
        return kind == LoadServer.Kind.HEARTBEATS
                ? wanted + " nodes' heartbeats, one a second, to a server on one core"
                : wanted + " nodes' progress, four times a second, to a driver on one core";
    }

    @Override
    public List<Measurement> run(Consumer<String> progress) {
        int nodes = (int) Math.min(wanted, Machine.openFiles() - OWN_FILES);
        if (nodes < wanted) {
            progress.accept("only " + nodes + " nodes: a process may open " + Machine.openFiles()
                    + " files; raise \"ulimit -n\" for all " + wanted);
        }
        progress.accept(name() + ": " + nodes + " nodes for " + seconds + " s ...");
        List<String> serverCore = core(0);
        if (serverCore.isEmpty()) {
            progress.accept("taskset is missing (util-linux has it): server and nodes share all cores");
        }
        try (ChildJvm server = ChildJvm.start(serverCore, LoadServer.class);
                ChildJvm clients = ChildJvm.start(
                        core(Runtime.getRuntime().availableProcessors() > 1 ? 1 : 0), SimulatedNodes.class)) {
            server.say(kind + " " + nodes + " " + seconds);
            String[] where = server.hear("server ").split(" ", -1);
            clients.say("127.0.0.1 " + where[0] + " " + nodes + " " + where[1] + " " + where[2] + " 0 " + beatMillis);
            clients.hear("connecting");
            server.hear("registered");
            clients.hear("received ");
            double[] figures = Stream.of(server.hear("figures ").split(" ", -1))
                    .mapToDouble(Double::parseDouble)
                    .toArray();
            return List.of(
                    Measurement.of(name() + ".nodes", nodes, "nodes"),
                    Measurement.of(name() + ".rate", figures[0], "beats/s", nodes * 1e3 / beatMillis)
                            .aimingAt(Target.ratioAtLeast(0.98)),
                    Measurement.of(name() + ".cpu", 100 * figures[1], "% core").aimingAt(Target.atMost(100)),
                    Measurement.of(name() + ".lag", figures[2], "ms"),
                    Measurement.of(name() + ".lag99", figures[3], "ms").aimingAt(Target.atMost(1_000)),
                    Measurement.of(name() + ".lagWorst", figures[4], "ms"),
                    Measurement.of(name() + ".wronglySilent", figures[5], "nodes")
                            .aimingAt(Target.atMost(0)),
                    Measurement.of(name() + ".heap", figures[6] / 1e6, "MB"));
        } catch (IOException e) {
            throw new UncheckedIOException("the load benchmark broke: " + e.getMessage(), e);
        }
    }

    /** Returns the command that runs another one on one core, empty if there is no such program. */
    private static List<String> core(int number) {
        boolean there = Stream.of(System.getenv("PATH").split(":", -1))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, "taskset")));
        return there ? List.of("taskset", "-c", Integer.toString(number)) : new ArrayList<>();
    }
}
