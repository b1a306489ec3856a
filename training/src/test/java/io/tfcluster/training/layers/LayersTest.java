package io.tfcluster.training.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.tfcluster.training.ModelBuilder;
import io.tfcluster.training.TestModel;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

@Timeout(60)
class LayersTest {
    private static final float[][] LOGITS = {{2, 1, 0}, {0, 1, 3}};

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
            float[] found = TestModel.values(
                    false,
                    model -> Layers.softmaxCrossEntropy(model, model.tf().constant(LOGITS), labels(model), smoothing));

            double expected = (entropy(LOGITS[0], 0, smoothing) + entropy(LOGITS[1], 1, smoothing)) / 2;
            assertThat((double) found[0]).isCloseTo(expected, within(1e-5));
        }
    }

    @Test
    void labelOutsideTheClassesIsToldWithItsValue() {
        assertThatThrownBy(() -> TestModel.values(
                        false,
                        model -> Layers.softmaxCrossEntropy(
                                model, model.tf().constant(LOGITS), model.tf().constant(new long[] {0, 3}), 0)))
                .hasMessageContaining("labels must be 0 to 2, got")
                .hasMessageContaining("[0 3]");
    }

    @Test
    void accuracyIsTheShareOfRowsWhoseLargestLogitIsTheLabels() {
        assertThat(TestModel.values(
                        false, model -> Layers.accuracy(model, model.tf().constant(LOGITS), labels(model))))
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

        float[] trained = TestModel.values(true, build);
        int dropped = 0;
        for (float value : trained) {
            assertThat(value == 0 || Math.abs(value - 4 / 3f) < 1e-6).isTrue();
            dropped += value == 0 ? 1 : 0;
        }
        assertThat(dropped).isBetween(2_300, 2_700);
        assertThat(TestModel.values(true, build)).isEqualTo(trained);
        assertThat(TestModel.values(false, build)).containsOnly(1f);
    }

    @Test
    void poolingReducesHeightAndWidth() {
        float[][][][] picture = {{{{1}, {2}}, {{3}, {4}}}};

        assertThat(TestModel.values(
                        false, model -> Layers.maxPool(model, model.tf().constant(picture), 2)))
                .containsExactly(4f);
        assertThat(TestModel.values(
                        false,
                        model -> Layers.globalAveragePool(model, model.tf().constant(picture))))
                .containsExactly(2.5f);
        assertThat(TestModel.values(
                        false, model -> Layers.flatten(model, model.tf().constant(picture))))
                .containsExactly(1, 2, 3, 4);
    }
}
