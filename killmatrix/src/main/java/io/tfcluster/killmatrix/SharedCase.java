package io.tfcluster.killmatrix;

import io.tfcluster.FeedInput;
import io.tfcluster.TFCluster;
import io.tfcluster.reservation.NodeInfo;
import io.tfcluster.tests.harness.Leftovers;
import io.tfcluster.tests.harness.LocalSpark;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A case that leaves driver and application alive. */
final class SharedCase {
    private static final Duration REACH_LIMIT = Duration.ofSeconds(150);
    private static final Duration END_LIMIT = Duration.ofMinutes(4);
    private static final long PAUSE_SECONDS = 2;
    private static final long GONE_SECONDS = 5;

    private final Case of;
    private final LocalSpark spark;
    private final Set<Long> frozen = new HashSet<>();

    SharedCase(Case of, LocalSpark spark) {
        this.of = of;
        this.spark = spark;
    }

    /** What is damaged from outside, and what feeds the cluster: both are another one for MongoDB. */
    interface Scene {
        FeedInput rows(Plan plan);

        void damage(How how);

        /** Bytes of a row beside its number. */
        int payload();
    }

    Result run(@Nullable Scene scene) {
        Leftovers.Snapshot before = Leftovers.snapshot();
        Optional<SmallDisk> disk = SmallDisk.find();
        try (Folder folder = Folder.make()) {
            String models = of.how() == How.DISK_FULL
                    ? disk.orElseThrow().root().toString()
                    : folder.path().toString();
            Plan plan = new Plan(
                    of.who(),
                    of.phase(),
                    of.how(),
                    folder.path().toString(),
                    models,
                    scene == null ? 0 : scene.payload());
            return run(plan, scene, before);
        } finally {
            disk.ifPresent(SmallDisk::clear);
        }
    }

    private Result run(Plan plan, @Nullable Scene scene, Leftovers.Snapshot before) {
        Watch watch = new Watch(node -> {});
        AtomicReference<TFCluster> cluster = new AtomicReference<>();
        CompletableFuture<Verdict.End> ending = new CompletableFuture<>();
        FeedInput rows = scene == null ? new NumberedRows(plan).input(spark.context()) : scene.rows(plan);
        Thread driver = new Thread(
                () -> {
                    Verdict.End end;
                    try {
                        Optional<String> wrong =
                                new ClusterRun(plan, of.restarts(), watch).run(spark.session(), rows, cluster::set);
                        end = new Verdict.End(wrong, null, watch.restarts());
                    } catch (Throwable e) { // Spark throws checked exceptions that no signature tells
                        end = new Verdict.End(Optional.empty(), e, watch.restarts());
                    }
                    ending.complete(end);
                },
                "matrix-driver");
        driver.setDaemon(true);
        driver.start();
        String reached = awaitReached(plan, ending);
        if (reached == null) {
            return broken(plan, "the phase was never reached", ending, cluster, driver, before);
        }
        double[] damaged = new double[1];
        Set<String> culprits = culprits(plan, reached, watch);
        try {
            damage(plan, reached, watch, scene);
        } finally {
            damaged[0] = System.nanoTime() / 1e9;
            plan.marks().set(Marks.DONE, "");
        }
        try {
            Verdict.End end = ending.get(END_LIMIT.toSeconds(), TimeUnit.SECONDS);
            double seconds = System.nanoTime() / 1e9 - damaged[0];
            String outcome = Verdict.of(of, end, culprits, seconds);
            thaw(plan);
            return new Result(of, outcome, seconds, Verdict.firstCause(end.error()), left(before));
        } catch (TimeoutException e) {
            return broken(plan, "hung", ending, cluster, driver, before);
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException("the case was interrupted", e);
        }
    }

    private @Nullable String awaitReached(Plan plan, CompletableFuture<Verdict.End> ending) {
        long end = System.nanoTime() + REACH_LIMIT.toNanos();
        while (System.nanoTime() < end) {
            if (plan.marks().await(Marks.REACHED, Duration.ofMillis(200))) {
                return plan.marks().get(Marks.REACHED).orElse("");
            }
            if (ending.isDone()) {
                return null;
            }
        }
        return null;
    }

    /** Stops a training that goes wrong in another way than was meant. */
    private Result broken(
            Plan plan,
            String what,
            CompletableFuture<Verdict.End> ending,
            AtomicReference<TFCluster> cluster,
            Thread driver,
            Leftovers.Snapshot before) {
        for (StackTraceElement frame : driver.getStackTrace()) {
            System.err.println("  at " + frame);
        }
        TFCluster running = cluster.get();
        if (running != null) {
            running.close();
        }
        driver.interrupt();
        Throwable error = null;
        try {
            error = ending.get(END_LIMIT.toSeconds(), TimeUnit.SECONDS).error();
        } catch (TimeoutException | ExecutionException e) {
            error = e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (error != null) {
            error.printStackTrace();
        }
        thaw(plan);
        return new Result(of, what, 0, Verdict.firstCause(error), left(before));
    }

    private List<String> left(Leftovers.Snapshot before) {
        return Leftover.since(before, spark::executorPids);
    }

    /** What is frozen for ever is not ours to leave behind when it is an executor, which is Spark's: it is killed. */
    private void thaw(Plan plan) {
        if (plan.who() == Who.EXECUTOR || plan.who() == Who.FEED_TASK) {
            frozen.forEach(pid -> Signals.send("KILL", pid));
        }
    }

    private void damage(Plan plan, String reached, Watch watch, @Nullable Scene scene) {
        if (plan.how() == How.DISK_FULL) {
            SmallDisk.find().orElseThrow().fill();
        } else if (scene != null) {
            scene.damage(plan.how());
        } else if (!plan.how().isOwn()) {
            long pid = victim(plan, reached, watch);
            switch (plan.how()) {
                case SIGKILL -> {
                    Signals.send("KILL", pid);
                    awaitEnd(
                            plan.who() == Who.EXECUTOR
                                    ? pid(reached)
                                    : pid); // a node outlives its executor by a moment
                }
                case SIGSTOP -> {
                    frozen.add(pid);
                    Signals.send("STOP", pid);
                }
                case PAUSE -> Signals.pause(pid, PAUSE_SECONDS);
                default -> throw new IllegalArgumentException("no signal is like " + plan.how());
            }
        }
    }

    private static void awaitEnd(long pid) {
        ProcessHandle.of(pid)
                .ifPresent(process -> process.onExit()
                        .completeOnTimeout(process, GONE_SECONDS, TimeUnit.SECONDS)
                        .join());
    }

    private static long pid(String reached) {
        return Long.parseLong(reached.split(" ", 2)[0]);
    }

    private static long victim(Plan plan, String reached, Watch watch) {
        long reporter = pid(reached);
        if (plan.isForFeedTask()) {
            return reporter;
        }
        if (plan.who() == Who.EXECUTOR) {
            return ProcessHandle.of(reporter)
                    .flatMap(ProcessHandle::parent)
                    .orElseThrow()
                    .pid();
        }
        NodeInfo node = watch.nodes().get(plan.who().node());
        return node == null ? reporter : node.pid();
    }

    /** Returns the nodes one of which must be blamed. */
    private static Set<String> culprits(Plan plan, String reached, Watch watch) {
        if (plan.how() == How.CUT_PEERS) {
            return watch.nodes().keySet();
        }
        if (plan.who().isNode()) {
            return Set.of(plan.who().node());
        }
        if (plan.how() == How.SIGSTOP) {
            return watch.nodes().keySet(); // rows that do not come are missed by any node
        }
        String[] words = reached.split(" ", 2);
        String executor = plan.isForFeedTask() ? words[1] : executorOf(Long.parseLong(words[0]), watch);
        Set<String> names = new HashSet<>();
        watch.nodes().forEach((name, node) -> {
            if (node.executorId().equals(executor)) {
                names.add(name);
            }
        });
        return names.isEmpty() ? Set.of(Who.WORKER.node(), Who.CHIEF.node()) : names;
    }

    private static String executorOf(long pid, Watch watch) {
        return watch.nodes().values().stream()
                .filter(node -> node.pid() == pid)
                .map(NodeInfo::executorId)
                .findFirst()
                .orElse("");
    }
}
