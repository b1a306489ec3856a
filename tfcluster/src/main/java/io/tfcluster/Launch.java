package io.tfcluster;

import io.tfcluster.reservation.Role;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkFiles;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.storage.StorageLevel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The processes of one cluster as the driver starts them: one Spark task for each node on an executor, a child of the driver for each
 * parameter server beside it.
 *
 * <p>With dynamic allocation, what the tasks return, an ordinal each, stays in their executors' block managers while the cluster lives. Spark knows
 * nothing of the nodes, and would take an executor away that has had no task for a minute; one that holds cached data it keeps
 * ({@code spark.dynamicAllocation.cachedExecutorIdleTimeout}).
 */
final class Launch implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Launch.class);

    private final SparkContext sc;
    private final LaunchPlan plan;
    private final SparkJobs jobs;
    private final LaunchWatch watch;
    private final List<Integer> onExecutors = new ArrayList<>();
    private final List<Integer> onDriver = new ArrayList<>();
    private final List<NodeProcess> processes = new ArrayList<>();
    private final CompletableFuture<Void> job = new CompletableFuture<>();
    private final JavaRDD<Integer> launched;
    private final Thread thread;

    Launch(SparkContext sc, LaunchPlan plan, String group, boolean parameterServersOnDriver) {
        this.sc = sc;
        this.plan = plan;
        this.jobs = new SparkJobs(sc, group);
        this.watch = new LaunchWatch(group);
        for (int ordinal = 0; ordinal < plan.template().size(); ordinal++) {
            boolean ps = plan.template().slots().get(ordinal).role() == Role.PS;
            (ps && parameterServersOnDriver ? onDriver : onExecutors).add(ordinal);
        }
        this.launched = JavaSparkContext.fromSparkContext(sc)
                .parallelize(onExecutors, Math.max(1, onExecutors.size()))
                .mapPartitions(new LaunchTask(plan));
        if (Slots.comeAndGo(sc.conf())) {
            launched.setName("nodes of " + group).persist(StorageLevel.MEMORY_AND_DISK());
        }
        this.thread = new Thread(this::runJob, "tfcluster-launch-" + plan.clusterId());
        this.thread.setDaemon(true);
    }

    void start() {
        sc.addSparkListener(watch);
        thread.start();
        for (int ordinal : onDriver) {
            processes.add(
                    NodeProcess.start(plan, ordinal, 0, "driver", plan.serverHost(), SparkFiles.getRootDirectory()));
        }
    }

    private void runJob() {
        try {
            jobs.run("tfcluster " + plan.clusterId() + ": " + onExecutors.size() + " nodes", () -> {
                launched.count();
                return job.complete(null);
            });
        } catch (Exception e) { // Spark throws its own, which Java takes for checked
            job.completeExceptionally(e);
        }
    }

    /** Returns what the task that launches a node is doing. */
    String taskOf(int ordinal) {
        int index = onExecutors.indexOf(ordinal);
        return index < 0 ? "a child process of the driver" : watch.of(index);
    }

    /** Completes when the launching tasks have ended: with the cluster's start in mode SPARK, with the nodes in mode TENSORFLOW. */
    CompletableFuture<Void> job() {
        return job;
    }

    /** Waits for the launching tasks of a cluster whose nodes have all said farewell. */
    void awaitEnd(Duration limit) {
        try {
            job.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            log.warn(
                    "the launching tasks of cluster {} have not ended {} after its nodes; cancelling them",
                    plan.clusterId(),
                    limit);
        } catch (ExecutionException e) {
            if (plan.inputMode() == InputMode.TENSORFLOW) {
                log.warn(
                        "a launching task of cluster {} failed after its nodes had ended",
                        plan.clusterId(),
                        e.getCause());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Cancels the launching job, if it still runs, and ends the driver's own children; takes at most 5 s a child. */
    @Override
    public void close() {
        if (!job.isDone()) {
            jobs.cancel();
        }
        for (NodeProcess process : processes) {
            process.close();
        }
        if (!sc.isStopped()) {
            launched.unpersist(false);
            sc.removeSparkListener(watch);
        }
    }
}
