package io.tfcluster.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

@Timeout(60)
class LayersTest {
    private static final float[][] LOGITS = {{2, 1, 0}, {0, 1, 3}};

    private static float[] values(boolean training, Function<ModelBuilder, Operand<TFloat32>> build) {
        try (Graph graph = new Graph();
                Session session = new Session(graph)) {
            Ops tf = Ops.create(graph);
            Map<String, Operand<?>> inputs = new HashMap<>();
            ModelBuilder model = new ModelBuilder(graph, tf, inputs, new VariableStore(tf), training, 5);
            Operand<TFloat32> built = build.apply(model);
            try (Result result = session.runner().fetch(built).run()) {
                TFloat32 tensor = (TFloat32) result.get(0);
                float[] values = new float[Math.toIntExact(tensor.size())];
                int[] at = {0};
                tensor.scalars().forEach(value -> values[at[0]++] = value.getFloat());
                return values;
            }
        }
    }

    private static Operand<TInt64> labels(ModelBuilder model) {
        return model.tf().constant(new long[] {0, 1});
    }

    /** Cross entropy of one row by the definition. */
    private static double entropy(float[] logits, int label, double smoothing) {
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit);
        }
        double entropy = 0;
        for (int i = 0; i < logits.length; i++) {
            double target = (i == label ? 1 - smoothing : 0) + smoothing / logits.length;
            entropy -= target * (logits[i] - Math.log(sum));
        }
        return entropy;
    }

    @Test
    void crossEntropyIsThatOfTheDefinitionWithAndWithoutSmoothing() {
        for (double smoothing : new double[] {0, 0.1}) {
            float[] found = values(
                    false,
                    model -> Layers.softmaxCrossEntropy(model, model.tf().constant(LOGITS), labels(model), smoothing));

            double expected = (entropy(LOGITS[0], 0, smoothing) + entropy(LOGITS[1], 1, smoothing)) / 2;
            assertThat((double) found[0]).isCloseTo(expected, within(1e-5));
        }
    }

    @Test
    void labelOutsideTheClassesIsToldWithItsValue() {
        assertThatThrownBy(() -> values(
                        false,
                        model -> Layers.softmaxCrossEntropy(
                                model, model.tf().constant(LOGITS), model.tf().constant(new long[] {0, 3}), 0)))
                .hasMessageContaining("labels must be 0 to 2, got")
                .hasMessageContaining("[0 3]");
    }

    @Test
    void accuracyIsTheShareOfRowsWhoseLargestLogitIsTheLabels() {
        assertThat(values(false, model -> Layers.accuracy(model, model.tf().constant(LOGITS), labels(model))))
                .containsExactly(0.5f);
    }

    @Test
    void dropoutDropsTheShareAndKeepsTheMeanInTrainingOnly() {
        Function<ModelBuilder, Operand<TFloat32>> build = model -> Layers.dropout(
                model,
                model.tf()
                        .fill(
                                model.tf().constant(new int[] {10_000}),
                                model.tf().constant(1f)),
                0.25);

        float[] trained = values(true, build);
        int dropped = 0;
        for (float value : trained) {
            assertThat(value == 0 || Math.abs(value - 4 / 3f) < 1e-6).isTrue();
            dropped += value == 0 ? 1 : 0;
        }
        assertThat(dropped).isBetween(2_300, 2_700);
        assertThat(values(true, build)).isEqualTo(trained);
        assertThat(values(false, build)).containsOnly(1f);
    }

    @Test
    void poolingReducesHeightAndWidth() {
        float[][][][] picture = {{{{1}, {2}}, {{3}, {4}}}};

        assertThat(values(false, model -> Layers.maxPool(model, model.tf().constant(picture), 2)))
                .containsExactly(4f);
        assertThat(values(
                        false,
                        model -> Layers.globalAveragePool(model, model.tf().constant(picture))))
                .containsExactly(2.5f);
        assertThat(values(false, model -> Layers.flatten(model, model.tf().constant(picture))))
                .containsExactly(1, 2, 3, 4);
    }

    @Test
    void unknownFeaturesAreToldWithTheShapeFound() {
        List<InputSpec> inputs = List.of(new InputSpec("x", TFloat32.class, Shape.of(2, 3)));
        ModelFunction model = builder -> ModelSpec.builder()
                .loss(Layers.mean(builder, Layers.dense(builder, "d", builder.input("x", TFloat32.class), 2)))
                .build();

        assertThatThrownBy(() -> new TrainGraph(
                        model, inputs, Models.config(Optimizer.sgd(1)).build(), 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("layer \"d\" needs [rows, features]")
                .hasMessageContaining("[?, 2, 3]");
    }
}
