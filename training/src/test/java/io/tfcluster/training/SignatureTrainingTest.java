package io.tfcluster.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.tfcluster.training.ring.Ring;
import io.tfcluster.training.ring.Workers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** A signature "train" with gradient descent inside: variables w [2], b, a counter "steps" and a rate that nothing changes. */
@Timeout(60)
class SignatureTrainingTest {
    private static final int STEPS = 12;
    private static final Rows ROWS = Rows.classes(STEPS * 20, 2, 1);

    @TempDir
    static Path folder;

    @BeforeAll
    static void unpack() throws Exception {
        Elsewhere.unpack(folder);
    }

    @SuppressWarnings("unchecked") // these signatures compute with floats
    private static Operand<TFloat32> floats(Operand<?> operand) {
        return (Operand<TFloat32>) operand;
    }

    private static ModelFunction line() {
        ImportedModel line = ImportedModel.savedModel(folder.resolve("line"));
        return builder -> {
            Operand<?> x = builder.input("x");
            ModelSpec.Builder spec = ModelSpec.builder();
            if (builder.training()) {
                Operand<TFloat32> y = builder.tf().dtypes.cast(builder.input("label"), TFloat32.class);
                spec.loss(floats(
                        line.trainInto(builder, "train", Map.of("x", x, "y", y)).get("loss")));
            }
            return spec.prediction(
                            "y",
                            line.importInto(builder, "predict", Map.of("x", x)).get("y"))
                    .build();
        };
    }

    private static Trainer trainer(ModelFunction model, Ring ring, TrainingListener listener) {
        return Trainer.allReduce(
                model, ROWS.specs(), Models.config(Optimizer.sgd(9)).build(), ring, listener);
    }

    private static Map<String, Float> named(Trainer trainer) {
        float[] values = Models.variables(trainer);
        Map<String, Float> named = new HashMap<>();
        int at = 0;
        for (String name : trainer.variableNames()) {
            named.put(name, values[at]);
            at += name.equals("w") ? 2 : 1;
        }
        return named;
    }

    private static float[] weights(Trainer trainer) {
        float[] values = Models.variables(trainer);
        int at = 0;
        for (String name : trainer.variableNames()) {
            if (name.equals("w")) {
                return new float[] {values[at], values[at + 1], named(trainer).get("b")};
            }
            at++;
        }
        throw new AssertionError("no w in " + trainer.variableNames());
    }

    private static int[] all(int size) {
        int[] sizes = new int[STEPS];
        Arrays.fill(sizes, size);
        return sizes;
    }

    /** What the signature itself makes of the joined batches. */
    private static List<Float> bySignature() {
        List<Float> losses = new ArrayList<>();
        try (SavedModelBundle bundle =
                SavedModelBundle.load(folder.resolve("line").toString(), "serve")) {
            for (int i = 0; i < STEPS; i++) {
                Map<String, Tensor> batch = ROWS.tensors(i * 20, i * 20 + 20);
                try (TFloat32 y = TFloat32.tensorOf(Shape.of(20))) {
                    for (int j = 0; j < 20; j++) {
                        y.setFloat((float) ROWS.label[i * 20 + j], j);
                    }
                    try (Result result = bundle.function("train").call(Map.of("x", batch.get("x"), "y", y))) {
                        losses.add(((TFloat32) result.get(0)).getFloat());
                    }
                }
                batch.values().forEach(Tensor::close);
            }
        }
        return losses;
    }

    @Test
    void workersTrainAsTheSignatureDoesOnTheJoinedBatch() throws Exception {
        List<Float> expected = bySignature();
        List<Double> losses = new ArrayList<>();
        float[] alone;
        try (Trainer trainer = trainer(line(), Ring.single(), info -> losses.add(info.loss()))) {
            assertThat(trainer.variableNames()).containsExactlyInAnyOrder("w", "b", "steps", "rate");
            trainer.fit(ROWS.source(0, 20, all(20)));
            alone = weights(trainer);
            assertThat(named(trainer)).containsEntry("steps", (float) STEPS).containsEntry("rate", 0.1f);
        }
        for (int i = 0; i < STEPS; i++) {
            assertThat(losses.get(i)).isCloseTo((double) expected.get(i), within(1e-5));
        }

        List<float[]> found = Workers.run(3, ring -> {
            try (Trainer trainer = trainer(line(), ring, TrainingListener.none())) {
                BatchSource source = ring.rank() == 0
                        ? ROWS.source(0, 20, all(13))
                        : ring.rank() == 1 ? ROWS.source(13, 20, all(7)) : ROWS.source(0, 0);
                trainer.fit(source);
                assertThat(named(trainer).get("steps")).isCloseTo(STEPS, within(1e-3f));
                return weights(trainer);
            }
        });

        assertThat(found.get(1)).isEqualTo(found.get(0));
        assertThat(found.get(2)).isEqualTo(found.get(0));
        assertThat(found.get(0)).containsExactly(alone, within(1e-5f));
    }

    @Test
    void referenceVariablesAndSlotsOfTensorFlowOneAreAveragedToo() throws Exception {
        ImportedModel momentum = ImportedModel.savedModel(folder.resolve("momentum"), "train");
        ModelFunction model = builder -> {
            Operand<?> y = builder.tf().dtypes.cast(builder.input("label"), TFloat32.class);
            Map<String, Operand<?>> out = momentum.trainInto(builder, "train", Map.of("x", builder.input("x"), "y", y));
            return ModelSpec.builder().loss(floats(out.get("loss"))).build();
        };
        List<Double> losses = new ArrayList<>();
        float[] alone;
        try (Trainer trainer = trainer(model, Ring.single(), info -> losses.add(info.loss()))) {
            assertThat(trainer.variableNames()).containsExactlyInAnyOrder("w", "w/Momentum", "imported/global_step");
            trainer.fit(ROWS.source(0, 20, all(20)));
            alone = Models.variables(trainer);
        }
        List<float[]> found = Workers.run(2, ring -> {
            try (Trainer trainer = trainer(model, ring, TrainingListener.none())) {
                trainer.fit(ROWS.source(ring.rank() == 0 ? 0 : 13, 20, all(ring.rank() == 0 ? 13 : 7)));
                return Models.variables(trainer);
            }
        });

        assertThat(losses.get(STEPS - 1)).isLessThan(losses.get(0));
        assertThat(alone).contains(STEPS); // the counter
        assertThat(found.get(1)).isEqualTo(found.get(0));
        assertThat(found.get(0)).containsExactly(alone, within(1e-5f));
    }

    @Test
    void predictionsAndExportHaveWhatWasLearned() {
        Path exported = folder.resolve("line-trained");
        Map<String, Tensor> inputs = ROWS.tensors(0, 3);
        try (Trainer trainer = trainer(line(), Ring.single(), TrainingListener.none())) {
            trainer.fit(ROWS.source(0, 20, all(20)));
            float[] w = weights(trainer);
            Map<String, Tensor> predicted = trainer.predict(inputs);
            TFloat32 y = (TFloat32) predicted.get("y");
            assertThat(y.getFloat(1)).isCloseTo(w[0] * ROWS.x[1][0] + w[1] * ROWS.x[1][1] + w[2], within(1e-5f));
            trainer.exportSavedModel(exported);
            try (SavedModelBundle bundle = SavedModelBundle.load(exported.toString(), "serve");
                    Result result = bundle.function("serving_default").call(Map.of("x", inputs.get("x")))) {
                assertThat(((TFloat32) result.get(0)).getFloat(2)).isCloseTo(y.getFloat(2), within(1e-6f));
            }
            predicted.values().forEach(Tensor::close);
        }
        inputs.values().forEach(Tensor::close);
    }

    @Test
    void signatureThatChangesNothingIsRefused() {
        ImportedModel line = ImportedModel.savedModel(folder.resolve("line"));
        assertThatThrownBy(() -> trainer(
                                builder -> ModelSpec.builder()
                                        .loss(floats(line.trainInto(builder, "predict", Map.of("x", builder.input("x")))
                                                .get("y")))
                                        .build(),
                                Ring.single(),
                                TrainingListener.none())
                        .close())
                .hasMessageContaining("changes a variable, so it trains nothing")
                .hasMessageContaining("ImportedModel.importInto");
    }

    @Test
    void otherPeoplesTrainSignatureLearns() throws Exception {
        Path path = Elsewhere.data("savedmodels/rust_regression_example");
        ImportedModel regression = ImportedModel.savedModel(path);
        ModelFunction model = builder -> {
            Ops tf = builder.tf();
            Operand<TFloat32> x = tf.math.mean(builder.input("x", TFloat32.class), tf.constant(1));
            Operand<TFloat32> y = tf.math.add(tf.math.mul(x, tf.constant(0.5f)), tf.constant(2f));
            return ModelSpec.builder()
                    .loss(floats(regression
                            .trainInto(builder, "train", Map.of("x", x, "y", y))
                            .get("loss")))
                    .build();
        };
        List<List<Double>> losses = Workers.run(2, ring -> {
            List<Double> own = new ArrayList<>();
            try (Trainer trainer = trainer(model, ring, info -> own.add(info.loss()))) {
                trainer.fit(ROWS.source(ring.rank() * 10, 20, all(10)));
                assertThat(trainer.variableNames()).contains("w", "b", "SGD/iter");
            }
            return own;
        });

        assertThat(losses.get(0)).isEqualTo(losses.get(1));
        assertThat(losses.get(0).get(STEPS - 1)).isLessThan(losses.get(0).get(0));
    }
}
