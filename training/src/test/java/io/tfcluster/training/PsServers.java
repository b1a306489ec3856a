package io.tfcluster.training;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.awaitility.Awaitility;
import org.tensorflow.Graph;
import org.tensorflow.RemoteSession;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.DestroyResourceOp;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.types.TInt64;

/** Parameter servers in JVMs of their own, which can be killed, and workers that are threads of this one. */
final class PsServers implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(60);

    final Map<String, List<String>> jobs;
    private final Path folder;
    private final List<Process> children = new ArrayList<>();
    private final List<TensorFlowServer> workers = new ArrayList<>();
    private int started;

    /** What a worker does. */
    interface Work<T> {
        T run(int rank) throws Exception;
    }

    private PsServers(Path folder, Map<String, List<String>> jobs) {
        this.folder = folder;
        this.jobs = jobs;
    }

    static PsServers start(Path folder, int ps, int workers) throws IOException {
        return start(folder, ps, workers, 0);
    }

    /** As above, with more workers in the cluster that others may start. */
    static PsServers start(Path folder, int ps, int workers, int others) throws IOException {
        List<String> all = ParameterServerTest.addresses(ps + workers + others);
        PsServers servers =
                new PsServers(folder, Map.of("ps", all.subList(0, ps), "worker", all.subList(ps, all.size())));
        for (int i = 0; i < ps; i++) {
            servers.children.add(servers.child(i));
        }
        for (int i = 0; i < workers; i++) {
            servers.workers.add(TensorFlowServer.start(servers.jobs, "worker", i));
        }
        for (int i = 0; i < ps; i++) {
            servers.awaitServing(i + 1);
        }
        return servers;
    }

    private Process child(int ps) throws IOException {
        return ChildTask.start(
                folder.resolve("ps-" + ++started),
                "ps",
                ps,
                String.join(",", jobs.get("ps")),
                String.join(",", jobs.get("worker")));
    }

    private void awaitServing(int start) {
        Awaitility.await("start " + start)
                .atMost(START)
                .until(() -> Files.readString(folder.resolve("ps-" + start)).contains("serving"));
    }

    /** Returns worker {@code rank}'s place among {@code count}. */
    ParameterServers place(int rank, int count) {
        return new ParameterServers(workers.get(rank).target(), jobs.get("ps").size(), "worker", rank, rank, count);
    }

    void kill(int ps) throws InterruptedException {
        children.get(ps).destroyForcibly().waitFor();
    }

    /** Sends a signal, such as STOP or CONT. */
    void signal(int ps, String signal) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + signal, Long.toString(children.get(ps).pid()))
                .start()
                .waitFor();
    }

    void restart(int ps) throws IOException {
        children.set(ps, child(ps));
    }

    /** Lets the servers forget that variables were initialised. */
    void forget() {
        ConfigProto config = ConfigProto.newBuilder()
                .addDeviceFilters("/job:ps")
                .addDeviceFilters("/job:worker/task:0")
                .build();
        try (Graph graph = new Graph()) {
            List<DestroyResourceOp> destroyed = new ArrayList<>();
            for (int ps = 0; ps < jobs.get("ps").size(); ps++) {
                Ops there = Ops.create(graph).withDevice(PsMarks.server(ps));
                destroyed.add(there.destroyResourceOp(
                        Names.handle(there, "", StateGraph.OWN + "mark_" + ps, TInt64.class, Shape.scalar()),
                        DestroyResourceOp.ignoreLookupError(true)));
            }
            try (RemoteSession session =
                    RemoteSession.open(graph, workers.get(0).target(), config)) {
                Session.Runner runner = session.session().runner();
                destroyed.forEach(runner::addTarget);
                runner.run().close();
            }
        }
    }

    /** Runs the work on the first {@code count} workers, and returns what each answered. */
    static <T> List<T> run(int count, Work<T> work) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(count);
        try {
            List<Future<T>> answers = new ArrayList<>();
            for (int rank = 0; rank < count; rank++) {
                int mine = rank;
                answers.add(threads.submit(() -> work.run(mine)));
            }
            List<T> results = new ArrayList<>();
            Exception failure = null; // the first one's, which may be a consequence of another's
            for (Future<T> answer : answers) {
                try {
                    results.add(answer.get(80, TimeUnit.SECONDS));
                } catch (ExecutionException | TimeoutException e) {
                    if (failure == null) {
                        failure = e;
                    } else {
                        failure.addSuppressed(e);
                    }
                }
            }
            if (failure != null) {
                throw failure;
            }
            return results;
        } finally {
            threads.shutdownNow();
        }
    }

    @Override
    public void close() throws InterruptedException {
        for (Process child : children) {
            child.destroyForcibly().waitFor();
        }
    }
}
