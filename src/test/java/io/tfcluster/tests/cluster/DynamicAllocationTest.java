package io.tfcluster.tests.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tfcluster.TFCluster;
import io.tfcluster.TrainingReport;
import io.tfcluster.tests.harness.Leftovers;
import io.tfcluster.tests.harness.LocalSpark;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Spark takes executors away that have had no task for a while; it must leave those alone whose nodes only wait for rows. */
@Timeout(300)
final class DynamicAllocationTest {
    private static final Duration IDLE = Duration.ofSeconds(2);
    private static final Duration LIMIT = Duration.ofSeconds(90);

    @Test
    void executorsComeForTheNodesStayWithThemAndGoAfterThem() {
        Leftovers.Snapshot before = Leftovers.snapshot();
        Map<String, String> conf = Map.of(
                "spark.dynamicAllocation.enabled", "true",
                "spark.dynamicAllocation.shuffleTracking.enabled", "true",
                "spark.dynamicAllocation.minExecutors", "0",
                "spark.dynamicAllocation.maxExecutors", "3",
                "spark.dynamicAllocation.executorIdleTimeout", IDLE.toSeconds() + "s",
                "spark.executor.cores", "1");
        try (LocalSpark spark = LocalSpark.start("local-cluster[3,1,512]", 0, conf)) {
            TrainingReport report;
            try (TFCluster cluster = TFCluster.run(
                    spark.session(),
                    Mains::consumes,
                    "",
                    Linear.config(2).reservationTimeout(LIMIT).build())) {
                await().atMost(LIMIT)
                        .until(
                                () -> { // one more than the nodes need, by tasks that take a while
                                    spark.context()
                                            .parallelize(List.of(1, 2, 3, 4, 5, 6), 6)
                                            .foreach(i -> TimeUnit.MILLISECONDS.sleep(300));
                                    return executors(spark) == 3;
                                });

                await().atMost(LIMIT).during(IDLE.multipliedBy(3)).until(() -> executors(spark) == 2);
                cluster.train(Linear.points(spark.context(), 1_000, 4), Linear.trainEncoder(), 1);
                report = cluster.shutdown();
            }
            assertThat(report.epochs())
                    .singleElement()
                    .satisfies(epoch -> assertThat(epoch.rowsTaken()).isEqualTo(1_000));
            await().atMost(LIMIT).until(() -> executors(spark) == 0);
        }
        Leftovers.assertNothingLeftSince(before);
    }

    private static int executors(LocalSpark spark) {
        return spark.session().sparkContext().statusTracker().getExecutorInfos().length - 1; // one is the driver
    }
}
