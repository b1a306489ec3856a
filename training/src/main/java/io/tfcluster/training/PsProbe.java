package io.tfcluster.training;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Graph;
import org.tensorflow.RemoteSession;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.RunOptions;

/**
 * Asks parameter servers whether they answer, by a constant on each, in a session of its own.
 *
 * <p>On a daemon thread, which hangs with TensorFlow while a server does not answer, and ends after {@link #close()} when it does.
 */
final class PsProbe implements AutoCloseable {
    private final ParameterServers servers;
    private final List<Integer> asked;
    private final RunOptions options;
    private final ExecutorService thread;
    private @Nullable Graph graph;
    private @Nullable RemoteSession session;

    /** Asks those of the given numbers; a question that takes {@code limit} fails, if TensorFlow lets it. */
    PsProbe(ParameterServers servers, List<Integer> asked, Duration limit) {
        this.servers = servers;
        this.asked = asked;
        this.options = RunOptions.newBuilder().setTimeoutInMs(limit.toMillis()).build();
        this.thread = Executors.newSingleThreadExecutor(work -> {
            Thread made = new Thread(work, "ps-probe-" + servers.task());
            made.setDaemon(true);
            return made;
        });
    }

    /** Returns the numbers of all servers. */
    static List<Integer> all(ParameterServers servers) {
        return IntStream.range(0, servers.count()).boxed().toList();
    }

    /** Returns which servers do not answer within the limit, a new session each. */
    static List<Integer> silent(ParameterServers servers, Duration limit) throws InterruptedException {
        Map<Integer, PsProbe> probes = new LinkedHashMap<>();
        Map<Integer, CompletableFuture<Void>> answers = new LinkedHashMap<>();
        all(servers).forEach(ps -> probes.put(ps, new PsProbe(servers, List.of(ps), limit)));
        long deadline = System.nanoTime() + limit.toNanos();
        probes.forEach((ps, probe) -> answers.put(ps, probe.ask()));
        List<Integer> silent = new ArrayList<>();
        try {
            for (Map.Entry<Integer, CompletableFuture<Void>> answer : answers.entrySet()) {
                if (!answered(answer.getValue(), deadline)) {
                    silent.add(answer.getKey());
                }
            }
        } finally {
            probes.values().forEach(PsProbe::close);
        }
        return silent;
    }

    /** Waits for an answer, or an error, which is one too. */
    static boolean answered(CompletableFuture<Void> answer, long deadline) throws InterruptedException {
        CompletableFuture<Void> ended = answer.handle((nothing, error) -> null);
        try {
            ended.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
            return true;
        } catch (java.util.concurrent.TimeoutException e) {
            return false;
        } catch (java.util.concurrent.ExecutionException e) {
            throw new IllegalStateException("an answer that was handled failed", e);
        }
    }

    /** Asks all; after an error the next question opens a new session. */
    CompletableFuture<Void> ask() {
        return CompletableFuture.runAsync(this::run, thread);
    }

    private void run() {
        try {
            Session.Runner runner = connected().session().runner().setOptions(options);
            asked.forEach(ps -> runner.fetch("ps_" + ps));
            runner.run().close();
        } catch (RuntimeException e) {
            disconnect();
            throw e;
        }
    }

    private RemoteSession connected() {
        RemoteSession open = session;
        if (open != null) {
            return open;
        }
        Graph made = new Graph();
        graph = made;
        ConfigProto.Builder config = ConfigProto.newBuilder().addDeviceFilters(servers.device());
        for (int ps : asked) {
            Ops.create(made).withDevice(PsMarks.server(ps)).withName("ps_" + ps).constant(ps);
            config.addDeviceFilters("/job:ps/task:" + ps);
        }
        open = RemoteSession.open(made, servers.target(), config.build());
        session = open;
        return open;
    }

    /** On a thread of its own, since TensorFlow does not close a session that lost a server before that comes back. */
    private void disconnect() {
        RemoteSession open = session;
        Graph made = graph;
        session = null;
        graph = null;
        Thread closer = new Thread(() -> close(open, made), "ps-probe-close");
        closer.setDaemon(true);
        closer.start();
    }

    private static void close(@Nullable RemoteSession session, @Nullable Graph graph) {
        if (session != null) {
            session.abort();
            session.close();
        }
        if (graph != null) {
            graph.close();
        }
    }

    /** Closes the session, on the probe's thread, when that is free. */
    @Override
    public void close() {
        thread.execute(this::disconnect);
        thread.shutdown();
    }
}
