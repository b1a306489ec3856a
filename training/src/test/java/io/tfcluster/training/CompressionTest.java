package io.tfcluster.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.tfcluster.training.layers.Layers;
import io.tfcluster.training.ring.Compression;
import io.tfcluster.training.ring.RingException;
import io.tfcluster.training.ring.Workers;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

@Timeout(60)
class CompressionTest {
    private static final int STEPS = 30;
    private static final Rows ROWS = Rows.classes(STEPS * 20, 6, 1);

    /** Wide enough for its gradients to be worth compressing. */
    private static ModelSpec wide(ModelBuilder model) {
        Operand<TFloat32> hidden =
                model.tf().math.tanh(Layers.dense(model, "hidden", model.input("x", TFloat32.class), 600));
        Operand<TFloat32> logits = Layers.dense(model, "out", hidden, 3);
        Operand<TInt64> label = model.input("label", TInt64.class);
        return ModelSpec.builder()
                .loss(Layers.softmaxCrossEntropy(model, logits, label, 0))
                .build();
    }

    private static List<float[]> train(Compression compression) throws Exception {
        int[] sizes = new int[STEPS];
        Arrays.fill(sizes, 10);
        return Workers.run(3, ring -> {
            TrainerConfig config = Models.config(Optimizer.momentum(0.02, 0.9))
                    .compression(compression)
                    .build();
            try (Trainer trainer =
                    Trainer.allReduce(CompressionTest::wide, ROWS.specs(), config, ring, TrainingListener.none())) {
                // Rank 2 has no rows.
                TrainingSummary summary =
                        trainer.fit(ring.rank() == 2 ? ROWS.source(0, 0) : ROWS.source(ring.rank() * 10, 20, sizes));
                assertThat(summary.globalRows()).isEqualTo(STEPS * 20);
                return Models.variables(trainer);
            }
        });
    }

    @Test
    void halfFloatsStayCloseAndGiveAllRanksTheSameBits() throws Exception {
        List<float[]> plain = train(Compression.NONE);
        List<float[]> compressed = train(Compression.FLOAT16);

        assertThat(compressed.get(1)).isEqualTo(compressed.get(0));
        assertThat(compressed.get(2)).isEqualTo(compressed.get(0));
        float worst = 0;
        for (int i = 0; i < plain.get(0).length; i++) {
            worst = Math.max(worst, Math.abs(plain.get(0)[i] - compressed.get(0)[i]));
        }
        assertThat(worst).isPositive().isLessThan(2e-3f);
    }

    @Test
    void statesTravelAsTheyAre() throws Exception {
        float value = 1.2345678f;
        List<float[]> found = Workers.run(2, ring -> {
            TrainerConfig config = Models.config(Optimizer.sgd(0.1))
                    .compression(Compression.FLOAT16)
                    .build();
            ModelFunction model = builder -> {
                builder.state("a/seen", Shape.of(5_000), Initializer.zeros());
                builder.updateState(
                        "a/seen",
                        builder.tf()
                                .fill(
                                        builder.tf().constant(new int[] {5_000}),
                                        builder.tf().constant(value)));
                return wide(builder);
            };
            try (Trainer trainer = Trainer.allReduce(model, ROWS.specs(), config, ring, TrainingListener.none())) {
                trainer.fit(ROWS.source(ring.rank() * 10, 20, 10));
                return Arrays.copyOf(Models.variables(trainer), 5_000);
            }
        });

        for (float each : found.get(0)) {
            assertThat(each).isCloseTo(value, within(1e-6f));
        }
    }

    @Test
    void workersThatDoNotCompressAlikeAreToldSo() throws Exception {
        List<String> told = Workers.run(2, ring -> {
            TrainerConfig config = Models.config(Optimizer.sgd(0.1))
                    .compression(ring.rank() == 0 ? Compression.NONE : Compression.FLOAT16)
                    .build();
            try (Trainer trainer =
                    Trainer.allReduce(CompressionTest::wide, ROWS.specs(), config, ring, TrainingListener.none())) {
                trainer.fit(ROWS.source(0, 20, 20));
                return "nothing";
            } catch (RingException e) {
                return String.valueOf(e.getMessage());
            }
        });

        // Who finds out first closes, and the other one may see only that.
        assertThat(told).doesNotContain("nothing").anyMatch(text -> text.contains("computes something else"));
    }
}
