package io.tfcluster.tests.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfcluster.EpochReport;
import io.tfcluster.FeedInput;
import io.tfcluster.Ledger;
import io.tfcluster.NodeContext;
import io.tfcluster.TFCluster;
import io.tfcluster.TrainingReport;
import io.tfcluster.tests.harness.Leftovers;
import io.tfcluster.tests.harness.LocalSpark;
import io.tfcluster.training.Optimizer;
import io.tfcluster.training.Trainer;
import io.tfcluster.training.TrainerConfig;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.spark.SparkExecutorInfo;
import org.apache.spark.api.java.JavaRDD;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A node that has enough ends the feed for all: within a second, whatever has not been fed yet. */
final class FeedEndTest {
    private static LocalSpark spark;

    @BeforeAll
    static void startSpark() {
        spark = LocalSpark.shared(2, 2);
    }

    @AfterAll
    static void stopSpark() {
        spark.close();
    }

    private static JavaRDD<Long> slowRows(int partitions) {
        return Ids.rdd(spark.context(), partitions, partitions)
                .flatMap(first -> LongStream.range(0, 1_000)
                        .map(row -> {
                            pause();
                            return first * 1_000 + row;
                        })
                        .boxed()
                        .iterator());
    }

    private static void pause() {
        try {
            Thread.sleep(10);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void assertNoTaskIsLeft() {
        Awaitility.await().untilAsserted(() -> {
            assertThat(spark.context().statusTracker().getActiveJobIds()).isEmpty();
            for (SparkExecutorInfo executor :
                    spark.session().sparkContext().statusTracker().getExecutorInfos()) {
                assertThat(executor.numRunningTasks()).isZero();
            }
        });
    }

    @Test
    void terminateEndsTwoThousandPartitionsWithinASecondAndTheReportHasWhatNodesGot() {
        Leftovers.Snapshot before = Leftovers.snapshot();
        try (TFCluster cluster = TFCluster.run(
                spark.session(),
                Ids::reads,
                new Ids.Plan("", 0, 10, 0, 5),
                Ids.config(2).feed("train", Ids.SCHEMA).build())) {
            List<EpochReport> epochs = cluster.train(slowRows(2_000), Ids.encoder(), 3);
            long returned = System.currentTimeMillis();
            assertNoTaskIsLeft();
            TrainingReport report = cluster.shutdown();

            long endedAt = report.nodes().stream()
                    .filter(node -> node.result().containsKey("endedAt"))
                    .mapToLong(node -> Long.parseLong(node.result().get("endedAt")))
                    .findFirst()
                    .orElseThrow();
            System.out.println("train() returned " + (returned - endedAt) + " ms after the end");
            assertThat(returned - endedAt).isLessThan(3_000); // half a second where nothing else runs
            assertThat(epochs).hasSize(1);
            assertThat(epochs.get(0).terminated()).isTrue();
            for (TrainingReport.Node node : report.nodes()) {
                assertThat(epochs.get(0).rowsByNode())
                        .as("rows of %s as it counted them", node.name())
                        .containsEntry(node.name(), Long.parseLong(node.result().get("rows")));
            }
            assertThat(cluster.ledger().epoch("train", 0).orElseThrow().state()).isEqualTo(Ledger.State.TERMINATED);
        }
        Leftovers.assertNothingLeftSince(before);
    }

    static void takesTenSteps(String args, NodeContext ctx) {
        TrainerConfig config = TrainerConfig.builder(Optimizer.sgd(0.1))
                .batchSize(16)
                .maxSteps(10)
                .threads(1, 1)
                .build();
        try (Trainer trainer = ctx.trainer(Linear::model, config)) {
            ctx.result("steps", Long.toString(trainer.fit(ctx.batches("train")).steps()));
        }
    }

    @Test
    void aTrainersLastStepEndsTheFeedThatWouldGoOnForEver() {
        try (TFCluster cluster = TFCluster.run(
                spark.session(),
                FeedEndTest::takesTenSteps,
                "",
                Linear.config(2).build())) {
            FeedInput rows = FeedInput.of(Linear.points(spark.context(), 100, 4), Linear.trainEncoder());

            List<EpochReport> epochs = cluster.train(rows, 0);
            TrainingReport report = cluster.shutdown();

            assertThat(epochs).isNotEmpty();
            assertThat(report.nodes())
                    .allSatisfy(node -> assertThat(node.result()).containsEntry("steps", "10"));
            assertNoTaskIsLeft();
        }
    }
}
