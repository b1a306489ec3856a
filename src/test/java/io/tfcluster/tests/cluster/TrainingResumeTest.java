package io.tfcluster.tests.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tfcluster.ClusterConfig;
import io.tfcluster.EpochReport;
import io.tfcluster.FeedInput;
import io.tfcluster.NodeContext;
import io.tfcluster.NodeExitException;
import io.tfcluster.TFCluster;
import io.tfcluster.TrainingReport;
import io.tfcluster.feeding.FeedSchema;
import io.tfcluster.feeding.RowWriter;
import io.tfcluster.tests.harness.LocalSpark;
import io.tfcluster.training.CheckpointConfig;
import io.tfcluster.training.FitOptions;
import io.tfcluster.training.Initializer;
import io.tfcluster.training.ModelBuilder;
import io.tfcluster.training.ModelSpec;
import io.tfcluster.training.Optimizer;
import io.tfcluster.training.Trainer;
import io.tfcluster.training.TrainerConfig;
import io.tfcluster.training.Trigger;
import io.tfcluster.training.layers.Layers;
import java.io.Serializable;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Operand;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/** A training that loses a worker goes on from its checkpoint with exactly the rows that the variables have not seen. */
@Timeout(240)
final class TrainingResumeTest {
    private static final int ROWS = 900;
    private static LocalSpark spark;

    @TempDir
    Path folder;

    /** Where to save; whether worker 1 leaves in the middle. */
    record Plan(String checkpoints, boolean leaves) implements Serializable {}

    @BeforeAll
    static void startSpark() {
        spark = LocalSpark.shared(2, 2);
    }

    @AfterAll
    static void stopSpark() {
        spark.close();
    }

    /** A number for each id, which every visit makes smaller. */
    static ModelSpec visits(ModelBuilder model) {
        Operand<TFloat32> visits = model.variable("visits", Shape.of(ROWS, 1), Initializer.zeros());
        Operand<TFloat32> own = model.tf()
                .gather(visits, model.input("id", TInt64.class), model.tf().constant(0));
        return ModelSpec.builder()
                .loss(Layers.mean(model, own))
                .prediction("visits", own)
                .build();
    }

    static void main(Plan plan, NodeContext ctx) {
        TrainerConfig config = TrainerConfig.builder(Optimizer.sgd(1))
                .batchSize(8)
                .threads(1, 1)
                .checkpoints(CheckpointConfig.in(plan.checkpoints())
                        .every(Trigger.steps(4))
                        .resume(true))
                .build();
        try (Trainer trainer = ctx.trainer(TrainingResumeTest::visits, config)) {
            ctx.result("before", Long.toString(visited(trainer)));
            trainer.fit(
                    ctx.batches("train"),
                    FitOptions.builder()
                            .every(Trigger.steps(1), moment -> {
                                if (plan.leaves() && ctx.index() == 1 && moment.step() == 22) {
                                    Runtime.getRuntime().halt(3);
                                }
                            })
                            .build());
            ctx.result("after", Long.toString(visited(trainer)));
        }
    }

    private static long visited(Trainer trainer) {
        try (TInt64 ids = TInt64.vectorOf(LongStream.range(0, ROWS).toArray())) {
            Tensor visits = trainer.predict(Map.of("id", ids)).get("visits");
            try (visits) {
                return ((TFloat32) visits)
                        .streamOfObjects()
                        .filter(each -> each != 0)
                        .count();
            }
        }
    }

    private FeedInput rows() {
        return FeedInput.of(
                spark.context().parallelize(IntStream.range(0, ROWS).boxed().toList(), 5),
                (Integer id, RowWriter out) -> out.putLong(id));
    }

    private TFCluster start(boolean leaves) {
        ClusterConfig config = ClusterConfig.builder(2)
                .feed("train", FeedSchema.builder().int64("id").build())
                .nodeMemory("256m")
                .threads(1, 1)
                .heartbeat(Duration.ofMillis(250), Duration.ofSeconds(20))
                .feedTimeout(Duration.ofSeconds(60))
                .build();
        return TFCluster.run(
                spark.session(),
                TrainingResumeTest::main,
                new Plan(folder.resolve("run").toString(), leaves),
                config);
    }

    @Test
    void rowsOfALostTrainingAreLearnedOnceAfterAll() {
        try (TFCluster cluster = start(true)) {
            assertThatThrownBy(() -> {
                        cluster.train(rows(), 1);
                        cluster.shutdown();
                    })
                    .isInstanceOf(NodeExitException.class)
                    .hasMessageContaining("worker:1")
                    .hasMessageContaining("exited with code 3");
        }

        try (TFCluster cluster = start(false)) {
            List<EpochReport> epochs =
                    cluster.train(rows().resume(folder.resolve("run").toString()), 1);
            TrainingReport report = cluster.shutdown();

            long before = Long.parseLong(report.nodes().get(0).result().get("before"));
            EpochReport epoch = epochs.get(0);
            assertThat(before).isBetween(100L, ROWS - 100L);
            assertThat(epoch.resumedRows()).isEqualTo(before);
            assertThat(epoch.rowsTaken()).isEqualTo(ROWS - before);
            assertThat(report.nodes())
                    .allSatisfy(node -> assertThat(node.result().get("after")).isEqualTo("" + ROWS));
        }
    }
}
