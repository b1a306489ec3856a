package io.tfcluster.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/** A parameter server is killed with SIGKILL while two workers train, and started again at its address. */
@Timeout(120)
class PsRestartTest {
    private static final Rows ROWS = Rows.classes(2_000, 6, 1);
    private static final int STEPS = 40;

    @TempDir
    Path folder;

    private static int[] sizes() {
        int[] sizes = new int[STEPS];
        Arrays.fill(sizes, 10);
        return sizes;
    }

    private static TrainerConfig config(boolean synchronous) {
        TrainerConfig.Builder config = Models.config(Optimizer.momentum(0.05, 0.9))
                .stepTimeout(Duration.ofSeconds(8))
                .peerTimeout(Duration.ofSeconds(40));
        return (synchronous ? config.synchronousServers(0) : config).build();
    }

    private static Trainer trainer(PsServers servers, boolean synchronous, int rank, TrainingListener listener) {
        return Trainer.parameterServer(
                Models::mlp, ROWS.specs(), config(synchronous), servers.place(rank, 2), listener);
    }

    /** What a checkpoint would give: step 5, and a bias. */
    private static SavedState saved() {
        TFloat32 bias = Tensor.of(TFloat32.class, Shape.of(8));
        for (int i = 0; i < 8; i++) {
            bias.setFloat(0.01f, i);
        }
        return new SavedState(
                new SavedCheckpoint("memory", 5, 0, 3, List.of(), Map.of()),
                Map.of("hidden/bias", bias, TrainGraph.GLOBAL_STEP, TInt64.scalarOf(5)));
    }

    @ParameterizedTest
    @CsvSource({"true,0", "true,1", "false,1"})
    void trainingGoesOnWhenTheServerIsBackAndItsVariablesAreRestored(boolean synchronous, int killed) throws Exception {
        try (PsServers servers = PsServers.start(folder, 2, 2)) {
            AtomicBoolean once = new AtomicBoolean();
            AtomicInteger restored = new AtomicInteger();

            List<TrainingSummary> summaries = PsServers.run(2, rank -> {
                TrainingListener listener = info -> {
                    if (rank == 0 && info.step() >= 10 && once.compareAndSet(false, true)) {
                        killAndRestart(servers, killed);
                    }
                };
                try (Trainer trainer = trainer(servers, synchronous, rank, listener)) {
                    trainer.strategy().restoreLostFrom(() -> {
                        restored.incrementAndGet();
                        return Optional.of(saved());
                    });
                    TrainingSummary summary = trainer.fit(ROWS.source(rank * 500, 10, sizes()));
                    Map<String, Double> means = trainer.evaluate(ROWS.source(0, 100, 100));
                    assertThat(means.get("loss")).isNotNaN();
                    return summary;
                }
            });

            assertThat(restored).hasValue(1);
            // Each worker takes each of its rows once, and those after the restoring make the steps since.
            assertThat(summaries).extracting(TrainingSummary::rows).containsOnly(STEPS * 10L);
            assertThat(summaries.get(0).steps()).isBetween(10L, synchronous ? STEPS : 2L * STEPS);
        }
    }

    @Test
    void lossOfVariablesWithoutACheckpointIsToldToAll() throws Exception {
        try (PsServers servers = PsServers.start(folder, 2, 2)) {
            AtomicBoolean once = new AtomicBoolean();

            List<String> messages = PsServers.run(2, rank -> {
                TrainingListener listener = info -> {
                    if (rank == 0 && info.step() >= 10 && once.compareAndSet(false, true)) {
                        killAndRestart(servers, 1);
                    }
                };
                try (Trainer trainer = trainer(servers, true, rank, listener)) {
                    trainer.fit(ROWS.source(rank * 500, 10, sizes()));
                    return "trained";
                } catch (IllegalStateException e) {
                    return String.valueOf(e.getMessage());
                }
            });

            assertThat(messages)
                    .allSatisfy(text -> assertThat(text)
                            .containsAnyOf(
                                    "there is no checkpoint to restore them from", "rank 0 could not restore them"));
        }
    }

    private static void killAndRestart(PsServers servers, int killed) {
        try {
            servers.kill(killed);
            servers.restart(killed);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
