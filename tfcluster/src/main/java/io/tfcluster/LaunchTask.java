package io.tfcluster;

import io.tfcluster.reservation.FencedException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.SparkEnv;
import org.apache.spark.SparkFiles;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Spark task that starts one node on the executor where Spark put it.
 *
 * <p>It holds its slot until the whole cluster stands, so that the nodes of one cluster need as many slots at once and Spark spreads them
 * over the executors. Then, in {@link InputMode#SPARK}, it ends and leaves the slot to feed tasks, while the process lives on as a child of
 * the executor; in {@link InputMode#TENSORFLOW} it stays until the process ends.
 *
 * <p>It fails only as long as the cluster does not stand, for then Spark's next attempt may do better. Afterwards a node's end, whatever its exit
 * code, is the driver's to judge: a second attempt would run the user's main function again, beside or after the first.
 */
record LaunchTask(LaunchPlan plan) implements FlatMapFunction<Iterator<Integer>, Integer> {
    private static final Logger log = LoggerFactory.getLogger(LaunchTask.class);

    /** The driver gives up first, and says more. */
    private static final Duration BEYOND_THE_DRIVERS = Duration.ofSeconds(60);

    /** Starts the nodes of these ordinals, and returns the ordinals. */
    @Override
    public Iterator<Integer> call(Iterator<Integer> ordinals) throws InterruptedException {
        List<Integer> launched = new ArrayList<>();
        while (ordinals.hasNext()) {
            int ordinal = ordinals.next();
            launched.add(ordinal);
            try {
                launch(ordinal);
            } catch (FencedException e) { // no failure: Spark must not cancel the other nodes' tasks for it
                log.info("{} is not started again: {}", plan.template().name(ordinal), e.getMessage());
            }
        }
        return launched.iterator();
    }

    private void launch(int ordinal) throws InterruptedException {
        SparkEnv env = SparkEnv.get();
        NodeProcess node = NodeProcess.start(
                plan,
                ordinal,
                TaskContext.get().attemptNumber(),
                env.executorId(),
                env.blockManager().blockManagerId().host(),
                SparkFiles.getRootDirectory());
        boolean stays = false;
        try {
            node.awaitReady(plan.reservationTimeout().plus(BEYOND_THE_DRIVERS));
            stays = plan.inputMode() == InputMode.SPARK;
            if (!stays) {
                node.awaitExit();
            }
        } finally {
            if (!stays) {
                node.close();
            }
        }
    }
}
