package io.tfcluster.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.tfcluster.training.layers.Layers;
import io.tfcluster.training.ring.Ring;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

@Timeout(120)
class PsSyncTest {
    private static final int STEPS = 50;
    private static final Rows ROWS = Rows.classes(STEPS * 20 + 300, 6, 1);

    @TempDir
    static Path folder;

    private static PsServers servers;

    @BeforeAll
    static void start() throws Exception {
        servers = PsServers.start(folder, 2, 3);
    }

    @AfterAll
    static void stop() throws Exception {
        servers.close();
    }

    @BeforeEach
    void forget() {
        servers.forget();
    }

    static List<Optimizer> optimizers() {
        return AllReduceTest.optimizers();
    }

    /** A hidden layer beside an embedding of the label's successor, and a state that follows the inputs' mean. */
    static ModelSpec model(ModelBuilder model) {
        Operand<TFloat32> x = model.input("x", TFloat32.class);
        Operand<TInt64> label = model.input("label", TInt64.class);
        Operand<TFloat32> table = model.variable("embedding", Shape.of(30, 4), Initializer.glorotUniform());
        Operand<TFloat32> found = model.tf().gather(table, label, model.tf().constant(0));
        Operand<TFloat32> hidden = model.tf().math.tanh(Layers.dense(model, "hidden", x, 8));
        Operand<TFloat32> logits = Layers.dense(
                model,
                "out",
                model.tf()
                        .concat(
                                List.of(hidden, model.tf().math.mul(found, found)),
                                model.tf().constant(1)),
                3);
        Operand<TFloat32> mean = model.state("mean", Shape.of(6), Initializer.zeros());
        Operand<TFloat32> batchMean = model.tf().math.mean(x, model.tf().constant(0));
        model.updateState(
                "mean",
                model.tf()
                        .math
                        .add(
                                mean,
                                model.tf()
                                        .math
                                        .mul(
                                                model.tf().constant(0.1f),
                                                model.tf().math.sub(batchMean, mean))));
        return ModelSpec.builder()
                .loss(Layers.softmaxCrossEntropy(model, logits, label, 0))
                .metric("accuracy", Layers.accuracy(model, logits, label))
                .build();
    }

    static TrainerConfig.Builder config(Optimizer optimizer) {
        return Models.config(optimizer)
                .synchronousServers(0)
                .partitionBytes(256)
                .stepTimeout(Duration.ofSeconds(10))
                .peerTimeout(Duration.ofSeconds(20));
    }

    private static Trainer trainer(TrainerConfig config, int rank, int workers, TrainingListener listener) {
        return Trainer.parameterServer(PsSyncTest::model, ROWS.specs(), config, servers.place(rank, workers), listener);
    }

    static int[] all(int size) {
        int[] sizes = new int[STEPS];
        Arrays.fill(sizes, size);
        return sizes;
    }

    private static float[] alone(Optimizer optimizer) {
        try (Trainer trainer = Trainer.allReduce(
                PsSyncTest::model,
                ROWS.specs(),
                Models.config(optimizer).build(),
                Ring.single(),
                TrainingListener.none())) {
            trainer.fit(ROWS.source(0, 20, all(20)));
            return Models.variables(trainer);
        }
    }

    private static void assertClose(float[] found, float[] expected) {
        assertThat(found).hasSameSizeAs(expected);
        for (int i = 0; i < expected.length; i++) {
            assertThat(found[i]).isCloseTo(expected[i], within(1e-5f));
        }
    }

    @ParameterizedTest
    @MethodSource("optimizers")
    void unevenWorkersAndOneWithoutRowsEqualOneProcessOnTheJoinedBatch(Optimizer optimizer) throws Exception {
        float[] expected = alone(optimizer);
        TrainerConfig config = config(optimizer).build();

        List<float[]> found = PsServers.run(3, rank -> {
            try (Trainer trainer = trainer(config, rank, 3, TrainingListener.none())) {
                BatchSource source = rank == 0
                        ? ROWS.source(0, 20, all(13))
                        : rank == 1 ? ROWS.source(13, 20, all(7)) : ROWS.source(0, 0);
                TrainingSummary summary = trainer.fit(source);
                assertThat(summary.globalRows()).isEqualTo(STEPS * 20);
                assertThat(summary.steps()).isEqualTo(STEPS);
                assertThat(summary.globalDroppedGradients()).isZero();
                assertThat(trainer.variableNames())
                        .containsExactly("embedding", "hidden/kernel", "hidden/bias", "out/kernel", "out/bias", "mean");
                return Models.variables(trainer);
            }
        });

        for (float[] variables : found) {
            assertClose(variables, expected);
        }
    }

    @Test
    void lateGradientsAreDroppedAndCountedAndTheirRowsLearnedLater() throws Exception {
        TrainerConfig config = config(Optimizer.sgd(0.1)).synchronousServers(1).build();
        CountDownLatch stepsWithoutIt = new CountDownLatch(2);
        List<StepInfo> seen = Collections.synchronizedList(new ArrayList<>());

        List<TrainingSummary> summaries = PsServers.run(3, rank -> {
            try (Trainer trainer = trainer(config, rank, 3, rank == 0 ? listening(seen, stepsWithoutIt) : info -> {})) {
                BatchSource rows = ROWS.source(rank * 100, 5, rank == 2 ? new int[] {7, 7} : new int[] {5, 5, 5, 5});
                return trainer.fit((max, makeDo) -> {
                    TrainingBatch batch = rows.next(max, makeDo);
                    if (rank == 2) { // it read the step before the others made two
                        await(stepsWithoutIt);
                    }
                    return batch;
                });
            }
        });

        TrainingSummary late = summaries.get(2);
        assertThat(late.droppedGradients()).isGreaterThanOrEqualTo(1);
        assertThat(summaries).extracting(TrainingSummary::rows).containsExactly(20L, 20L, 14L);
        assertThat(seen.stream().mapToLong(StepInfo::globalRows).sum()).isLessThanOrEqualTo(54);
        assertThat(summaries.stream()
                        .mapToLong(TrainingSummary::droppedGradients)
                        .sum())
                .isEqualTo(late.globalDroppedGradients());
    }

    private static TrainingListener listening(List<StepInfo> seen, CountDownLatch latch) {
        return info -> {
            seen.add(info);
            latch.countDown();
        };
    }

    static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void badLossStopsAllBeforeTheUpdateAndNamesStepAndRank() throws Exception {
        Rows bad = new Rows(new float[][] {{Float.NaN, 0, 0, 0, 0, 0}}, new long[] {0});
        TrainerConfig config = config(Optimizer.momentum(0.1, 0.9)).build();

        List<String> messages = PsServers.run(2, rank -> {
            try (Trainer trainer = trainer(config, rank, 2, TrainingListener.none())) {
                trainer.fit(ROWS.source(0, 5, 5, 5));
                float[] before = Models.variables(trainer);
                String message = null;
                try {
                    trainer.fit(rank == 1 ? bad.source(0, 0, 1) : ROWS.source(0, 5, 5));
                } catch (IllegalStateException e) {
                    message = e.getMessage();
                }
                assertThat(Models.variables(trainer)).isEqualTo(before);
                trainer.evaluate(ROWS.source(0, 5, 5)); // nobody trains on before all have looked
                TrainingSummary after = trainer.fit(ROWS.source(0, 5, 5));
                assertThat(after.steps()).isEqualTo(3);
                return String.valueOf(message);
            }
        });

        assertThat(messages)
                .allSatisfy(text -> assertThat(text)
                        .contains("loss of step 3 is NaN or infinite on rank 1 of 2", "as after step 2"));
    }

    @Test
    void workerThatDoesNotComeIsNamedAndItsPeersDoNotHang() throws Exception {
        TrainerConfig config =
                config(Optimizer.sgd(0.1)).stepTimeout(Duration.ofSeconds(3)).build();
        CountDownLatch told = new CountDownLatch(2);

        List<String> messages = PsServers.run(3, rank -> {
            try (Trainer trainer = trainer(config, rank, 3, TrainingListener.none())) {
                trainer.fit(ROWS.source(0, 5, 5));
                if (rank == 1) {
                    await(told);
                    return "dead";
                }
                try {
                    trainer.fit(ROWS.source(0, 5, 5, 5));
                    return "trained";
                } catch (IllegalStateException e) {
                    told.countDown();
                    return String.valueOf(e.getMessage());
                }
            }
        });

        assertThat(messages.get(0)).contains("step 2 needs 3 of 3 workers, but rank 1 did not join it");
        assertThat(messages.get(2)).isEqualTo(messages.get(0));
    }

    @Test
    void workerThatWaitsForRowsJoinsItsPeersStepsAndUnevenEndsLoseNone() throws Exception {
        AtomicBoolean ended = new AtomicBoolean();
        TrainerConfig config = config(Optimizer.sgd(0.1)).build();

        List<TrainingSummary> summaries = PsServers.run(3, rank -> {
            try (Trainer trainer = trainer(config, rank, 3, TrainingListener.none())) {
                if (rank == 1) {
                    return trainer.fit(Rows.idle(ended::get));
                }
                BatchSource rows = ROWS.source(0, 20, rank == 0 ? new int[] {20, 20, 20, 3} : new int[] {20});
                return trainer.fit((max, makeDo) -> {
                    TrainingBatch batch = rows.next(max, makeDo);
                    if (rank == 0 && batch.endOfData()) {
                        ended.set(true);
                    }
                    return batch;
                });
            }
        });

        assertThat(summaries).extracting(TrainingSummary::rows).containsExactly(63L, 0L, 20L);
        assertThat(summaries).extracting(TrainingSummary::globalRows).containsOnly(83L);
        assertThat(summaries).extracting(TrainingSummary::steps).containsOnly(4L);
    }

    @Test
    void lastStepEndsAllFits() throws Exception {
        TrainerConfig config = config(Optimizer.sgd(0.1)).maxSteps(9).build();

        List<List<Long>> steps = PsServers.run(2, rank -> {
            try (Trainer trainer = trainer(config, rank, 2, TrainingListener.none())) {
                long first = trainer.fit(ROWS.source(0, 5, 5, 5, 5, 5)).steps();
                return List.of(first, trainer.fit(ROWS.source(0, 5, all(5))).steps());
            }
        });

        assertThat(steps).containsOnly(List.of(4L, 9L));
    }

    @Test
    void moreBackupWorkersThanWorkersAreRefused() {
        TrainerConfig config = config(Optimizer.sgd(0.1)).synchronousServers(2).build();

        assertThatThrownBy(() -> trainer(config, 0, 2, TrainingListener.none()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("backupWorkers 2 leaves no worker of 2");
    }
}
