package io.tfcluster.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tfcluster.training.CheckpointConfig.Goal;
import io.tfcluster.training.layers.Layers;
import io.tfcluster.training.ring.Ring;
import io.tfcluster.training.ring.Workers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Operand;
import org.tensorflow.TensorBytes;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;

@Timeout(60)
class CheckpointTest {
    @TempDir
    Path folder;

    /** The bits of all that the newest checkpoint of a folder holds. */
    private static Map<String, ByteBuffer> state(Path saved) {
        CheckpointConfig config = CheckpointRun.checkpoints(saved);
        Map<String, ByteBuffer> bits = new TreeMap<>();
        try (Trainer trainer = CheckpointRun.trainer(Ring.single(), config);
                SavedState state = trainer.checkpoints().orElseThrow().newest().orElseThrow()) {
            state.tensors().forEach((name, tensor) -> {
                ByteBuffer bytes = TensorBytes.of(tensor);
                bits.put(name, ByteBuffer.allocate(bytes.remaining()).put(bytes).flip());
            });
        }
        return bits;
    }

    private static void run(Ring ring, Path folder, int steps) {
        try (Trainer trainer = CheckpointRun.trainer(ring, CheckpointRun.checkpoints(folder))) {
            NumberedRows source = CheckpointRun.source(trainer, ring);
            trainer.fit(source.give(steps));
        }
    }

    @Test
    void resumedTrainingEqualsAnUninterruptedOneBitForBit() {
        Path whole = folder.resolve("whole");
        Path parts = folder.resolve("parts");

        run(Ring.single(), whole, 20);
        run(Ring.single(), parts, 12);
        run(Ring.single(), parts, 8);

        assertThat(state(parts)).isEqualTo(state(whole));
        assertThat(state(parts))
                .containsKeys("global_step", "moving", "hidden/kernel", "slots/m/hidden/kernel", "slots/beta2_power");
        Path newest = parts.resolve("ckpt-20");
        assertThat(newest.resolve("variables.index")).exists();
        assertThat(newest.resolve("variables.data-00000-of-00001")).exists();
        assertThat(newest.resolve("ledger.json")).hasContent("[{\"row\":160}]");
        assertThat(parts.resolve("checkpoint")).hasContent("""
                        model_checkpoint_path: "ckpt-20/variables"
                        all_model_checkpoint_paths: "ckpt-12/variables"
                        all_model_checkpoint_paths: "ckpt-20/variables"
                        """);
        assertThat(SavedCheckpoint.newest(CheckpointRun.checkpoints(parts))).hasValueSatisfying(saved -> {
            assertThat(saved.path()).isEqualTo(newest.toString());
            assertThat(saved.step()).isEqualTo(20);
            assertThat(saved.seed()).isEqualTo(3);
            assertThat(saved.positions()).containsExactly("{\"row\":160}");
            assertThat(saved.metrics()).containsKeys("loss", "accuracy");
        });
    }

    @Test
    void twoWorkersGoOnExactlyAndAnyNumberOfWorkersCan() throws Exception {
        Path whole = folder.resolve("whole");
        Path parts = folder.resolve("parts");

        Workers.run(2, ring -> {
            run(ring, whole, 10);
            run(ring, parts, 6);
            return 0;
        });
        Workers.run(2, ring -> {
            run(ring, parts, 4);
            return 0;
        });

        assertThat(state(parts)).isEqualTo(state(whole));
        List<float[]> three = Workers.run(3, ring -> {
            try (Trainer trainer = CheckpointRun.trainer(ring, CheckpointRun.checkpoints(parts))) {
                assertThat(trainer.step()).isEqualTo(10);
                assertThat(trainer.restored().orElseThrow().positions())
                        .containsExactly("{\"row\":160}", "{\"row\":168}");
                return Models.variables(trainer);
            }
        });
        assertThat(three.get(1)).isEqualTo(three.get(0));
        assertThat(three.get(2)).isEqualTo(three.get(0));
        assertThat(state(parts).get("hidden/bias")).isNotNull();
    }

    @Test
    void newestAndBestAreKeptAndTheBestComesBack() throws Exception {
        CheckpointConfig config = CheckpointRun.checkpoints(folder)
                .every(Trigger.steps(1))
                .keep(2)
                .keepBest("loss", Goal.MAX);
        List<Double> losses = new ArrayList<>();
        List<float[]> variables = new ArrayList<>();
        for (int part = 0; part < 2; part++) { // the second knows of the best from before
            try (Trainer trainer = trainer(config, info -> losses.add(info.loss()))) {
                FitOptions options = FitOptions.builder()
                        .every(Trigger.steps(1), moment -> variables.add(Models.variables(trainer)))
                        .build();
                trainer.fit(CheckpointRun.source(trainer, Ring.single()).give(5), options);
            }
        }
        int best = losses.indexOf(Collections.max(losses)) + 1;

        assertThat(best).isLessThan(9);
        assertThat(entries()).containsExactlyInAnyOrder("best", "checkpoint", "ckpt-" + best, "ckpt-9", "ckpt-10");
        assertThat(folder.resolve("best")).content().contains("model_checkpoint_path: \"ckpt-" + best + "/variables\"");
        try (Trainer trainer = trainer(config, TrainingListener.none())) {
            SavedCheckpoint back =
                    trainer.checkpoints().orElseThrow().restoreBest().orElseThrow();
            assertThat(back.step()).isEqualTo(best);
            assertThat(back.metrics()).containsKeys("loss", "accuracy");
            assertThat(Models.variables(trainer)).isEqualTo(variables.get(best - 1));
            assertThat(trainer.step()).isEqualTo(best);
        }
    }

    private static Trainer trainer(CheckpointConfig config, TrainingListener listener) {
        return CheckpointRun.trainer(Ring.single(), Optimizer.adam(0.02), config, CheckpointRun::model, listener);
    }

    private List<String> entries() throws IOException {
        try (var entries = Files.list(folder)) {
            return entries.map(entry -> String.valueOf(entry.getFileName()))
                    .sorted()
                    .toList();
        }
    }

    private void flipByte(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
    }

    @Test
    void damagedNewestIsSetAsideAndLeftoversAreRemoved() throws Exception {
        run(Ring.single(), folder, 3);
        run(Ring.single(), folder, 2);
        run(Ring.single(), folder, 2);
        flipByte(folder.resolve("ckpt-7/variables.data-00000-of-00001"));
        Files.delete(folder.resolve("ckpt-5/checkpoint.properties"));
        Files.createDirectories(folder.resolve(".ckpt-9-left"));
        Files.writeString(folder.resolve(".ckpt-9-left/variables.data"), "half");
        Files.writeString(folder.resolve(".checkpoint-left"), "half");

        assertThat(SavedCheckpoint.newest(CheckpointRun.checkpoints(folder)))
                .map(SavedCheckpoint::step)
                .contains(3L);
        try (Trainer trainer = CheckpointRun.trainer(Ring.single(), CheckpointRun.checkpoints(folder))) {
            assertThat(trainer.step()).isEqualTo(3);
            assertThat(entries()).noneMatch(name -> name.startsWith("."));
            NumberedRows source = CheckpointRun.source(trainer, Ring.single());
            trainer.fit(source.give(4));
        }
        assertThat(folder.resolve("ckpt-7")).exists();
        assertThat(entries()).filteredOn(name -> name.startsWith("damaged-")).hasSize(2);

        flipByte(folder.resolve("ckpt-7/variables.index"));
        flipByte(folder.resolve("ckpt-3/variables.index"));
        assertThatThrownBy(() -> SavedCheckpoint.newest(CheckpointRun.checkpoints(folder)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("no checkpoint in " + folder)
                .hasMessageContaining("ckpt-3: variables.index has length and CRC-32C");
    }

    @Test
    void checkpointOfAnotherModelIsRefusedOnAllWorkersWithAList() throws Exception {
        run(Ring.single(), folder, 1);
        ModelFunction other = model -> {
            ModelSpec spec = CheckpointRun.model(model);
            model.state("extra", Shape.of(2), Initializer.zeros());
            return spec;
        };
        ModelFunction wider = model -> ModelSpec.builder()
                .loss(Layers.mean(model, Layers.dense(model, "hidden", model.input("x", TFloat32.class), 9)))
                .build();

        List<String> told = Workers.run(2, ring -> {
            try {
                CheckpointRun.trainer(ring, Optimizer.adam(0.02), CheckpointRun.checkpoints(folder), wider)
                        .close();
                return "nothing";
            } catch (IllegalArgumentException | IllegalStateException e) {
                return e.getMessage();
            }
        });

        assertThat(told.get(0))
                .contains("is of another model; only in the checkpoint: [")
                .contains("moving: DT_FLOAT [6]")
                .contains("hidden/kernel: DT_FLOAT [6, 8] in the checkpoint, DT_FLOAT [6, 9] in the model");
        assertThat(told.get(1))
                .startsWith("rank 0 could not restore a checkpoint: ")
                .contains(told.get(0));
        assertThatThrownBy(() -> CheckpointRun.trainer(
                                Ring.single(), Optimizer.sgd(0.1), CheckpointRun.checkpoints(folder), other)
                        .close())
                .hasMessageContaining("missing in the checkpoint: [extra: DT_FLOAT [2]]");
    }

    @Test
    void anotherOptimizerIsToldAndBeginsWithFreshSlotsIfAllowed() {
        run(Ring.single(), folder, 3);
        CheckpointConfig config = CheckpointRun.checkpoints(folder);
        Optimizer momentum = Optimizer.momentum(0.1, 0.9);

        assertThatThrownBy(() -> CheckpointRun.trainer(Ring.single(), momentum, config, CheckpointRun::model)
                        .close())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("written with another optimizer")
                .hasMessageContaining("slots/momentum/hidden/bias: DT_FLOAT [8]")
                .hasMessageContaining("slots/beta1_power")
                .hasMessageContaining("newOptimizer(true)");
        try (Trainer trainer =
                CheckpointRun.trainer(Ring.single(), momentum, config.newOptimizer(true), CheckpointRun::model)) {
            assertThat(trainer.step()).isEqualTo(3);
            trainer.fit(CheckpointRun.source(trainer, Ring.single()).give(2));
        }
    }

    @Test
    void folderWithCheckpointsIsRefusedUnlessItResumes() {
        run(Ring.single(), folder, 2);

        assertThatThrownBy(() -> CheckpointRun.trainer(Ring.single(), CheckpointConfig.in(folder.toString()))
                        .close())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("holds checkpoints of steps [2]");
    }

    @Test
    void variablesThatAreNotFiniteAreNotSaved() throws Exception {
        Rows bad = new Rows(new float[][] {{Float.NaN, 0, 0, 0, 0, 0}}, new long[] {0});
        TrainerConfig.Builder config =
                Models.config(Optimizer.adam(0.02)).stopOnBadLoss(false).checkpoints(CheckpointRun.checkpoints(folder));
        run(Ring.single(), folder, 2);

        try (Trainer trainer = Trainer.allReduce(
                CheckpointRun::model, bad.specs(), config.build(), Ring.single(), TrainingListener.none())) {
            trainer.fit(bad.source(0, 0, 1));
        }

        assertThat(entries()).contains("ckpt-2").doesNotContain("ckpt-3");
    }

    /** Its loss is finite, its gradient too, and the rate makes the variable infinite. */
    private static ModelSpec exploding(ModelBuilder model) {
        Operand<TFloat32> w = model.variable("w", Shape.of(6), Initializer.constant(1));
        return ModelSpec.builder()
                .loss(Layers.mean(model, model.tf().math.mul(model.input("x", TFloat32.class), w)))
                .build();
    }

    @Test
    void updateThatMakesAVariableInfiniteEndsTheTrainingOfAllAtTheSave() throws Exception {
        Rows large = new Rows(new float[][] {{1e6f, 1e6f, 1e6f, 1e6f, 1e6f, 1e6f}}, new long[] {0});

        List<String> told = Workers.run(2, ring -> {
            try (Trainer trainer = CheckpointRun.trainer(
                    ring, Optimizer.sgd(3e37), CheckpointRun.checkpoints(folder), CheckpointTest::exploding)) {
                trainer.fit(large.source(0, 0, 1));
                return "nothing";
            } catch (IllegalStateException e) {
                return e.getMessage();
            }
        });

        assertThat(told.get(0))
                .contains("variable \"w\" has -Infinity in it after step 1; it is not saved, the last good checkpoint");
        assertThat(told.get(1)).isEqualTo("saving step 1 failed: rank 0: " + told.get(0));
        assertThat(entries()).isEmpty();
    }

    @Test
    void failureToWriteIsToldToAllWorkersAndLeavesTheLastCheckpoint() throws Exception {
        Path parent = folder.resolve("runs");
        List<String> told = Workers.run(2, Duration.ofSeconds(20), ring -> {
            try (Trainer trainer = CheckpointRun.trainer(ring, CheckpointRun.checkpoints(parent))) {
                NumberedRows source = CheckpointRun.source(trainer, ring);
                trainer.fit(source.give(1));
                if (ring.rank() == 0) {
                    Files.move(parent, folder.resolve("moved"));
                    Files.writeString(parent, "a file where the folder was");
                }
                trainer.fit(source.give(1));
                return "nothing";
            } catch (RuntimeException e) {
                return String.valueOf(e.getMessage());
            }
        });

        assertThat(told.get(0)).contains("cannot write checkpoint " + parent.resolve("ckpt-2"));
        assertThat(told.get(1)).startsWith("saving step 2 failed: rank 0: ").contains(told.get(0));
        assertThat(SavedCheckpoint.newest(CheckpointRun.checkpoints(folder.resolve("moved"))))
                .isPresent();
    }
}
